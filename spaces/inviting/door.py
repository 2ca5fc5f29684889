"""The newcomer's side: a one-time code leads to a password of one's own, or to the usual sign-in.

    code --> claim (a minute) --> account made, password set --> used, all other codes ended
                    `--> the homeserver is away: given back

A code that is unknown, used, taken back or too old, or of somebody who signed in meanwhile, is answered
alike. The homeserver is asked once more before a password is set: a sheet that lay about must not take
over an account in use, nor one that administers the homeserver.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from appservice.administration import Administration
from appservice.errors import HomeserverError, ParvisError
from appservice.ids import UserId, localpart
from spaces.folding import folded
from spaces.inviting.accounts import Known
from spaces.inviting.codes import Codes
from spaces.inviting.stores import Stores
from spaces.inviting.tickets import Ticket, Way
from spaces.people import DirectoryPerson

SHORTEST, LONGEST = 10, 512
"""Signs of a password; Synapse takes no longer ones by its admin API."""

log = structlog.get_logger(__name__)


class NoSuchCode(ParvisError):
    """The code lets nobody in; why is nobody's business."""


class WeakPassword(ParvisError):
    """The password is too short, too long, or the person's own name."""


@dataclass(frozen=True)
class Newcomer:
    """Who stands at the door."""

    user_id: UserId
    name: str


class Door:
    """What somebody with a code may do."""

    def __init__(
        self,
        *,
        stores: Stores,
        codes: Codes,
        administration: Administration | None,
        clock: Callable[[], int],
        spared: frozenset[UserId],
    ) -> None:
        """*spared* are the accounts that belong to nobody."""
        self._people = stores.people
        self._accounts = stores.accounts
        self._tickets = stores.tickets
        self._tray = stores.tray
        self._codes = codes
        self._administration = administration
        self._clock = clock
        self._spared = spared

    @property
    def makes_accounts(self) -> bool:
        """Tell whether newcomers can be given a password here."""
        return self._administration is not None

    async def look(self, code: str) -> Newcomer:
        """Return whom a code lets in, or raise NoSuchCode; it stays good."""
        ticket = await self._tickets.live(self._codes.mark(code), self._clock())
        if ticket is None:
            raise NoSuchCode
        person = await self._person(ticket.user_id)
        return Newcomer(person.user_id, person.name)

    async def set_password(self, code: str, password: str) -> Newcomer:
        """Give the code's person their password, making their account if there is none.

        Raises NoSuchCode, WeakPassword (the code stays good for another try), or HomeserverError.
        """
        if self._administration is None:
            raise NoSuchCode
        newcomer = await self.look(code)
        check_password(password, newcomer)
        ticket = await self._claim(code)
        try:
            await self._check_account(self._administration, ticket)
            await self._administration.set_password(newcomer.user_id, password, name=newcomer.name)
        except (HomeserverError, NoSuchCode):
            await self._tickets.give_back(ticket)
            raise
        await self._use(ticket)
        return newcomer

    async def lead(self, code: str) -> Newcomer:
        """Use a code up for the organization's own sign-in, or raise NoSuchCode."""
        newcomer = await self.look(code)
        await self._use(await self._claim(code))
        return newcomer

    async def saw(self, user_id: UserId) -> None:
        """Keep that a person has signed in: no code leads to their account any more."""
        if not (await self._accounts.one(user_id)).seen:
            await self._accounts.saw([user_id], at=self._clock())

    async def _claim(self, code: str) -> Ticket:
        ticket = await self._tickets.claim(self._codes.mark(code), self._clock())
        if ticket is None:
            raise NoSuchCode
        return ticket

    async def _use(self, ticket: Ticket) -> None:
        given = await self._tickets.of_person(ticket.user_id)
        letters = [one.id for one in given if one.way is Way.MAIL]
        besides = [self._tray.withdraw(*letters)] if letters else []
        await self._tickets.use(ticket, *besides, now=self._clock())

    async def _person(self, user_id: UserId) -> DirectoryPerson:
        """Return the person, if the directory still has them, and nobody uses their account yet."""
        person, known = await self._people.one(user_id), await self._accounts.one(user_id)
        if (
            person is None
            or not person.counts
            or known.seen
            or known.closed
            or user_id in self._spared
        ):
            raise NoSuchCode
        return person

    async def _check_account(self, administration: Administration, ticket: Ticket) -> None:
        """Raise NoSuchCode if the account is in use, closed, or an administrator's."""
        account = await administration.account(ticket.user_id)
        if account is None:
            return
        seen = account.seen
        if not seen and await administration.is_signed_in(ticket.user_id):
            seen = self._clock()
        if seen or account.closed:
            await self._accounts.note({ticket.user_id: Known(seen, account.closed)})
        if seen or account.closed or account.is_administrator:
            log.warning("a code led to an account that it must not open", user=ticket.user_id)
            raise NoSuchCode


def check_password(password: str, newcomer: Newcomer) -> None:
    """Raise WeakPassword unless *password* will do: length is what counts (NIST SP 800-63B, 3.1.1.2)."""
    own = {folded(newcomer.name), folded(localpart(newcomer.user_id)), folded(newcomer.user_id)}
    if not SHORTEST <= len(password) <= LONGEST or folded(password) in own:
        raise WeakPassword
    if len(set(password)) == 1 or "\x00" in password:
        raise WeakPassword
