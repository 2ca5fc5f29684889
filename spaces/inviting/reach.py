"""Whether a person is signed in, invited or unreachable, and why: a pure answer from what is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from appservice.ids import UserId
from appservice.mail.settings import is_address
from appservice.mail.tray import MailState
from spaces.folding import folded
from spaces.inviting.accounts import UNKNOWN, Known
from spaces.inviting.tickets import Ticket, Way
from spaces.people import DirectoryPerson


class Reach(StrEnum):
    """How far a person has come."""

    INVITED = "invited"
    SIGNED_IN = "signed-in"
    UNREACHABLE = "unreachable"


class Why(StrEnum):
    """The reason, where there is more to say; each names its remedy in the words for it."""

    BY_MAIL = "by mail"
    MAIL_WAITS = "mail waits"
    BY_SHEET = "by sheet"
    OPENED = "opened"
    """The code was used, and the person has not been seen yet."""
    CLOSED = "closed"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"
    EXPIRED = "expired"
    NOT_INVITED = "not invited"
    NO_ADDRESS = "no address"
    BAD_ADDRESS = "bad address"
    NONE = ""


@dataclass(frozen=True)
class Reached:
    """One person of the directory, and how far they have come."""

    person: DirectoryPerson
    reach: Reach
    why: Why = Why.NONE
    until: int = 0
    """Until when their invitation is good, in milliseconds since 1970; 0 where none is."""

    @property
    def mailable(self) -> bool:
        """Tell whether a letter can be addressed to them."""
        return is_address(self.person.email)


@dataclass(frozen=True)
class Facts:
    """All that the answer depends on. *mails* are by the id of the ticket that each carries."""

    accounts: Mapping[UserId, Known]
    tickets: Mapping[UserId, Sequence[Ticket]]
    mails: Mapping[str, MailState]
    now: int


def reached(people: Sequence[DirectoryPerson], facts: Facts) -> list[Reached]:
    """Return everybody who counts, by name."""
    found = [_reached(person, facts) for person in people if person.counts]
    return sorted(found, key=lambda one: (folded(one.person.name), one.person.user_id))


def _reached(person: DirectoryPerson, facts: Facts) -> Reached:
    account = facts.accounts.get(person.user_id, UNKNOWN)
    if account.closed:
        return Reached(person, Reach.UNREACHABLE, Why.CLOSED)
    if account.seen:
        return Reached(person, Reach.SIGNED_IN)
    tickets = facts.tickets.get(person.user_id, ())
    for ticket in reversed(tickets):
        why = _leads(ticket, facts)
        if why is not Why.NONE:
            return Reached(person, Reach.INVITED, why, ticket.expires)
    return Reached(person, Reach.UNREACHABLE, _why_not(person, tickets, facts))


def _leads(ticket: Ticket, facts: Facts) -> Why:
    """Say how a ticket leads its person in, if it does."""
    if ticket.used and facts.now < ticket.expires:
        return Why.OPENED
    if not ticket.is_live(facts.now):
        return Why.NONE
    if ticket.way is Way.SHEET:
        return Why.BY_SHEET
    state = facts.mails.get(ticket.id)
    if state is MailState.SENT:
        return Why.BY_MAIL
    return Why.MAIL_WAITS if state in {MailState.WAITING, MailState.HANDED} else Why.NONE


def _why_not(person: DirectoryPerson, tickets: Sequence[Ticket], facts: Facts) -> Why:
    given = [ticket for ticket in tickets if not ticket.revoked]
    if given:
        last = facts.mails.get(given[-1].id)
        failed = {MailState.REFUSED: Why.REFUSED, MailState.DOUBTFUL: Why.DOUBTFUL}
        live = given[-1].is_live(facts.now)
        return failed.get(last, Why.EXPIRED) if last and live else Why.EXPIRED
    if not person.email:
        return Why.NO_ADDRESS
    return Why.NOT_INVITED if is_address(person.email) else Why.BAD_ADDRESS
