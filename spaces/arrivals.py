"""Brings people in: by invitation, or at once where the homeserver's admin credential is set."""

import asyncio
import time
from collections.abc import Callable, Iterable

import structlog

from appservice.account import Account
from appservice.administration import Administration
from appservice.errors import HomeserverError, NotFound, RateLimited
from appservice.ids import RoomId, UserId
from spaces.members import Members
from spaces.model import Group
from spaces.people import DirectoryPerson

_ASK_AGAIN = 60.0
_TRIES = 3
_LONGEST_WAIT = 15.0

log = structlog.get_logger(__name__)


class Arrivals:
    """An account that does not exist is not invited: its first sign-in would find a stranger's word."""

    def __init__(
        self,
        *,
        bot: Account,
        members: Members,
        administration: Administration | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bot = bot
        self._members = members
        self._administration = administration
        self._clock = clock
        self._there: set[UserId] = set()
        self._asked: dict[UserId, float] = {}

    @property
    def at_once(self) -> bool:
        """Tell whether people are in without an answer of theirs."""
        return self._administration is not None

    async def into_group(self, group: Group, person: DirectoryPerson, *, reason: str) -> bool:
        """Bring a person into a group's rooms; return False if they have no account yet."""
        if not await self._has_account(person):
            return False
        await self._members.invite(group, person.user_id, reason=reason)
        await self._join(person.user_id, *group.rooms)
        return True

    def know(self, accounts: Iterable[UserId]) -> None:
        """Note that these accounts exist."""
        self._there.update(accounts)

    async def into_room(self, room_id: RoomId, person: DirectoryPerson, *, invited: bool) -> bool:
        """Bring a person into one room, like the organization's space; return False without an account."""
        if not await self._has_account(person):
            return False
        if not invited:
            await self._bot.invite(room_id, person.user_id)
        await self._join(person.user_id, room_id)
        return True

    async def _has_account(self, person: DirectoryPerson) -> bool:
        """Tell whether an account exists, making it where we can; a no is believed for a minute."""
        user_id, now = person.user_id, self._clock()
        if user_id in self._there:
            return True
        if now - self._asked.get(user_id, -_ASK_AGAIN) < _ASK_AGAIN:
            return False
        try:
            await self._bot.profile(user_id)
        except NotFound:
            if not await self._made(person):
                self._asked[user_id] = now
                return False
        self._there.add(user_id)
        return True

    async def _made(self, person: DirectoryPerson) -> bool:
        if self._administration is None:
            return False
        try:
            await self._administration.make_account(person.user_id, name=person.name)
        except HomeserverError as error:
            log.warning("an account was not made", user=person.user_id, error=str(error))
            return False
        return True

    async def _join(self, user_id: UserId, *rooms: RoomId) -> None:
        """Let a person join by themselves, if we can; else their invitation stands."""
        if self._administration is None:
            return
        try:
            async with self._administration.acting_as(user_id) as account:
                for room_id in rooms:
                    await _join_patiently(account, room_id)
        except HomeserverError as error:
            log.warning("a person is invited only", user=user_id, error=str(error))


async def _join_patiently(account: Account, room_id: RoomId) -> None:
    """Join a room; the homeserver lets an account join few rooms at once."""
    for _ in range(_TRIES):
        try:
            await account.join(room_id)
        except RateLimited as error:
            await asyncio.sleep(min(error.retry_after, _LONGEST_WAIT))
        else:
            return
    await account.join(room_id)
