"""Asks the homeserver now and then who has signed in: for everybody at once, never for one page.

With the admin credential the homeserver tells when each account was last used. Without it, who is in
the organization's space has signed in: nobody else can put them there.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import structlog

from appservice.account import Account
from appservice.administration import Administration
from appservice.errors import HomeserverError
from appservice.events import MEMBER, RoomEvent
from appservice.ids import UserId
from spaces.inviting.accounts import UNKNOWN, Accounts, Known
from spaces.people_store import PeopleStore
from spaces.reconcile import Reconciler

_EVERY = 300.0
_GATHER = 1.0

log = structlog.get_logger(__name__)


class Lookout:
    """Keeps what is known of accounts; look_for_ever() is a task."""

    def __init__(
        self,
        *,
        bot: Account,
        accounts: Accounts,
        people: PeopleStore,
        reconciler: Reconciler,
        administration: Administration | None,
        clock: Callable[[], int],
    ) -> None:
        self._bot = bot
        self._accounts = accounts
        self._people = people
        self._reconciler = reconciler
        self._administration = administration
        self._clock = clock
        self._wake = asyncio.Event()

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Look soon when somebody joins a room by themselves: they may never have been seen before."""
        if any(
            event.type == MEMBER
            and event.content.text("membership") == "join"
            and event.sender == event.state_key
            for event in events
        ):
            self._wake.set()

    async def look_for_ever(self, *, every: float = _EVERY) -> None:
        """Look now, again *every* so many seconds, and soon after somebody came."""
        while True:
            self._wake.clear()
            try:
                await self.look()
            except HomeserverError as error:
                log.info("accounts not looked at", error=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), every)
                await asyncio.sleep(_GATHER)

    async def look(self) -> None:
        """Note what the homeserver tells of the directory's people, unless all have been seen."""
        known = await self._accounts.all()
        asked = {
            person.user_id
            for person in await self._people.all()
            if person.counts and not known.get(person.user_id, UNKNOWN).seen
        }
        if asked:
            told = await self._told()
            await self._accounts.note({who: now for who, now in told.items() if who in asked})

    async def _told(self) -> Mapping[UserId, Known]:
        if self._administration:
            return {
                account.user_id: Known(account.seen, account.closed)
                async for account in self._administration.accounts()
            }
        there = await self._bot.joined_members(await self._reconciler.root())
        return {user_id: Known(self._clock()) for user_id in there}
