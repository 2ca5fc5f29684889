"""Who is invited, signed in or unreachable, and why: from what is known alone."""

from collections.abc import Mapping

import pytest

from appservice.ids import UserId
from appservice.mail.tray import MailState
from spaces.inviting.accounts import Known
from spaces.inviting.codes import Codes
from spaces.inviting.reach import Facts, Reach, Why, reached
from spaces.inviting.tickets import Ticket, Way
from spaces.people import DirectoryPerson

_ANA = UserId("@ana:example.org")
_NOW = 1_000


def _ticket(way: Way = Way.SHEET, *, made: int = 1, expires: int = 2_000, **more: int) -> Ticket:
    return Ticket(f"{way}{made}", _ANA, way, UserId("@boss:example.org"), made, expires, **more)


def _reach(
    *tickets: Ticket,
    email: str = "",
    account: Known | None = None,
    mails: Mapping[str, MailState] | None = None,
) -> tuple[Reach, Why]:
    facts = Facts({_ANA: account} if account else {}, {_ANA: tickets}, mails or {}, _NOW)
    (one,) = reached([DirectoryPerson(_ANA, "Ana", email)], facts)
    return one.reach, one.why


_BY_MAIL = _ticket(Way.MAIL)
_INVITED, _UNREACHABLE = Reach.INVITED, Reach.UNREACHABLE


@pytest.mark.parametrize(
    ("tickets", "state", "wanted"),
    [
        ([_ticket()], None, (_INVITED, Why.BY_SHEET)),
        ([_BY_MAIL], MailState.SENT, (_INVITED, Why.BY_MAIL)),
        ([_BY_MAIL], MailState.WAITING, (_INVITED, Why.MAIL_WAITS)),
        ([_BY_MAIL], MailState.HANDED, (_INVITED, Why.MAIL_WAITS)),
        ([_BY_MAIL], MailState.REFUSED, (_UNREACHABLE, Why.REFUSED)),
        ([_BY_MAIL], MailState.DOUBTFUL, (_UNREACHABLE, Why.DOUBTFUL)),
        ([_ticket(), _BY_MAIL], MailState.REFUSED, (_INVITED, Why.BY_SHEET)),
        ([_ticket(expires=999)], None, (_UNREACHABLE, Why.EXPIRED)),
        ([_ticket(expires=1_000)], None, (_UNREACHABLE, Why.EXPIRED)),
        ([_ticket(used=500)], None, (_INVITED, Why.OPENED)),
        ([_ticket(used=500, expires=999)], None, (_UNREACHABLE, Why.EXPIRED)),
        ([_ticket(revoked=500)], None, (_UNREACHABLE, Why.NOT_INVITED)),
        ([_ticket(Way.MAIL, expires=999)], MailState.SENT, (_UNREACHABLE, Why.EXPIRED)),
        ([], None, (_UNREACHABLE, Why.NOT_INVITED)),
    ],
)
def test_what_was_given_out_says_how_far_somebody_is(tickets, state, wanted):
    mails = {_BY_MAIL.id: state} if state else {}

    assert _reach(*tickets, email="ana@example.org", mails=mails) == wanted


def test_who_has_signed_in_needs_no_invitation():
    for tickets in ([], [_ticket()], [_ticket(expires=1)]):
        assert _reach(*tickets, account=Known(seen=5)) == (Reach.SIGNED_IN, Why.NONE)


def test_who_cannot_be_written_to_is_told_apart():
    assert _reach() == (_UNREACHABLE, Why.NO_ADDRESS)
    assert _reach(email="not an address") == (_UNREACHABLE, Why.BAD_ADDRESS)
    closed = Known(seen=5, closed=True)
    assert _reach(_ticket(), account=closed) == (_UNREACHABLE, Why.CLOSED)


def test_only_people_who_count_are_listed_and_by_name():
    people = [
        DirectoryPerson(UserId("@c:x"), "Zoé"),
        DirectoryPerson(UserId("@b:x"), "éva"),
        DirectoryPerson(UserId("@gone:x"), "Abel", active=False),
        DirectoryPerson(UserId("@bot:x"), "Bot", staff=False),
    ]

    found = reached(people, Facts({}, {}, {}, _NOW))
    assert [one.person.name for one in found] == ["éva", "Zoé"]


def test_a_code_is_read_however_it_is_typed():
    codes = Codes(key=b"k" * 32)
    code = codes.of("sheet:1")

    assert code == codes.of("sheet:1")
    assert len(code.replace("-", "")) == 20
    assert not set(code) & set("OILU")
    spoken = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert codes.mark(spoken) == codes.mark(code)
    assert len({codes.of(f"sheet:{number}") for number in range(1000)}) == 1000
    assert Codes(key=b"j" * 32).of("sheet:1") != code
    assert code.replace("-", "") not in codes.mark(code)
