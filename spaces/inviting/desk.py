"""The inviter's side: who has come how far, letters and sheets for those who are to come, taking back."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from appservice.database import Change
from appservice.ids import UserId
from appservice.languages import Language
from appservice.mail.tray import Mail
from spaces.inviting.codes import Codes
from spaces.inviting.letters import day, in_language, invitation, language_of
from spaces.inviting.reach import Facts, Reach, Reached, Why, reached
from spaces.inviting.stores import Stores
from spaces.inviting.tickets import Ticket, Way
from spaces.people import DirectoryPerson

MOST_SHEETS = 200
"""Of one printing: a browser lays so many out at once."""
_DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True)
class InvitingSettings:
    """What letters and sheets say besides the code, and for how long that is good."""

    organization: str
    site: str
    """The address of the pages."""
    language: Language
    time_zone: ZoneInfo
    days: int
    kept_days: int
    """For how many days it is remembered afterwards who was given one."""


@dataclass(frozen=True)
class Sheet:
    """What is printed for one person."""

    person: DirectoryPerson
    code: str
    address: str
    """Where the code leads in; it stands behind "#", which browsers do not send and nobody logs."""
    until: str
    """The day on which the code ends, in words."""
    language: Language


@dataclass(frozen=True)
class Invited:
    """What became of a request to invite: people who get a letter, and those who cannot."""

    mailed: tuple[DirectoryPerson, ...] = ()
    without_address: tuple[DirectoryPerson, ...] = ()


class Desk:
    """What inviters may do. Who they are is decided by whoever calls."""

    def __init__(
        self,
        *,
        settings: InvitingSettings,
        stores: Stores,
        codes: Codes,
        clock: Callable[[], int],
        posted: Callable[[], None] | None,
        spared: frozenset[UserId],
    ) -> None:
        """*posted* is called when letters lie in the tray, None where none go out; *spared* are the
        accounts that belong to nobody, to which no code must lead.
        """
        self._settings = settings
        self._people = stores.people
        self._accounts = stores.accounts
        self._tickets = stores.tickets
        self._tray = stores.tray
        self._codes = codes
        self._clock = clock
        self._posted = posted
        self._spared = spared

    @property
    def mails(self) -> bool:
        """Tell whether letters go out."""
        return self._posted is not None

    async def standing(self) -> Sequence[Reached]:
        """Return everybody of the directory, by name, and how far they have come."""
        people = [one for one in await self._people.all() if one.user_id not in self._spared]
        facts = Facts(
            accounts=await self._accounts.all(),
            tickets=await self._tickets.by_person(),
            mails=await self._tray.states(),
            now=self._clock(),
        )
        return reached(people, facts)

    async def mail(self, user_ids: Sequence[UserId], *, by: UserId, nonce: str) -> Invited:
        """Have letters sent to those of *user_ids* who are not signed in yet; once for each *nonce*."""
        batch = f"{Way.MAIL}:{by}:{nonce}:"
        if done := await self._tickets.of_batch(batch):
            known = {person.user_id: person for person in await self._people.all()}
            return Invited(tuple(known[one.user_id] for one in done if one.user_id in known))
        wanted = await self._wanted(user_ids)
        mailed = [one.person for one in wanted if one.mailable]
        tickets = [self._ticket(batch, person, Way.MAIL, by) for person in mailed]
        letters = [self._letter(*both) for both in zip(tickets, mailed, strict=True)]
        earlier = await self._letters_of({person.user_id for person in mailed})
        changes = [self._tray.withdraw(*earlier)] if earlier else []
        if letters:
            changes.append(self._tray.enqueue(*letters))
        await self._issue(tickets, *changes)
        if self._posted and letters:
            self._posted()
        return Invited(tuple(mailed), tuple(one.person for one in wanted if not one.mailable))

    async def sheets(
        self, user_ids: Sequence[UserId], *, by: UserId, nonce: str, language: Language
    ) -> Sequence[Sheet]:
        """Return sheets for those of *user_ids* who are not signed in yet, the first MOST_SHEETS.

        Asked again with the same *nonce* they are the same sheets. *language* is for those whose
        directory tells none.
        """
        batch = f"{Way.SHEET}:{by}:{nonce}:"
        tickets = await self._tickets.of_batch(batch)
        if not tickets:
            wanted = (await self._wanted(user_ids))[:MOST_SHEETS]
            tickets = [self._ticket(batch, one.person, Way.SHEET, by) for one in wanted]
            await self._issue(tickets)
        people = {person.user_id: person for person in await self._people.all()}
        return [
            self._sheet(ticket, people[ticket.user_id], language)
            for ticket in tickets
            if ticket.user_id in people
        ]

    async def revoke(self, user_ids: Sequence[UserId]) -> None:
        """Take back all codes of people, and their letters that have not gone out."""
        await self._tickets.write(*await self.taking_back(user_ids))

    async def taking_back(self, user_ids: Sequence[UserId]) -> Sequence[Change]:
        """Return what does that, for a commit of somebody else's: of those who leave, for instance."""
        if not user_ids:
            return ()
        letters = await self._letters_of(set(user_ids))
        besides = [self._tray.withdraw(*letters)] if letters else []
        return (self._tickets.revoke(*user_ids, now=self._clock()), *besides)

    async def forget_for_ever(self, *, every: float) -> None:
        """Forget old codes and letters now, and again *every* so many seconds."""
        while True:
            await self.forget()
            await asyncio.sleep(every)

    async def forget(self) -> None:
        """Forget the codes, and the letters that carried them, which ended long enough ago."""
        before = self._clock() - self._settings.kept_days * _DAY_MS
        await self._tickets.write(
            self._tickets.forget(before=before), self._tray.forget(before=before)
        )

    async def _wanted(self, user_ids: Sequence[UserId]) -> list[Reached]:
        chosen = set(user_ids)
        return [
            one
            for one in await self.standing()
            if one.person.user_id in chosen and may_be_invited(one)
        ]

    async def _letters_of(self, user_ids: set[UserId]) -> list[str]:
        by_person = await self._tickets.by_person()
        return [
            ticket.id
            for user_id in user_ids
            for ticket in by_person.get(user_id, ())
            if ticket.way is Way.MAIL
        ]

    async def _issue(self, tickets: Sequence[Ticket], *besides: Change) -> None:
        marks = {self._codes.mark(self._codes.of(one.id)): one for one in tickets}
        await self._tickets.issue(marks, *besides, now=self._clock())

    def _ticket(self, batch: str, person: DirectoryPerson, way: Way, by: UserId) -> Ticket:
        now = self._clock()
        expires = now + self._settings.days * _DAY_MS
        return Ticket(f"{batch}{person.user_id}", person.user_id, way, by, now, expires)

    def _sheet(self, ticket: Ticket, person: DirectoryPerson, default: Language) -> Sheet:
        language, code = language_of(person, default), self._codes.of(ticket.id)
        until = day(ticket.expires, zone=self._settings.time_zone, language=language)
        return Sheet(person, code, self._address(code), until, language)

    def _letter(self, ticket: Ticket, person: DirectoryPerson) -> Mail:
        words, code = in_language(person, self._settings.language), self._codes.of(ticket.id)
        return invitation(
            ticket,
            person,
            code=code,
            address=self._address(code),
            site=self._settings.site,
            organization=self._settings.organization,
            until=day(ticket.expires, zone=self._settings.time_zone, language=words.language),
            words=words,
        )

    def _address(self, code: str) -> str:
        return f"{self._settings.site}/welcome#{code}"


def may_be_invited(one: Reached) -> bool:
    """Tell whether a code may lead to an account: never to one that somebody uses already."""
    return one.reach is not Reach.SIGNED_IN and one.why is not Why.CLOSED
