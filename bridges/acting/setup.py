"""Sets up the account of a connection: it is asked who it is before it is kept."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from appservice.addresses import may_carry_secret
from appservice.ids import UserId
from appservice.languages import N_, Phrases
from bridges.acting.accounts import Accounts
from bridges.acting.calling import Caller, Later, carry_out
from bridges.actions import Account, Refusal, Who
from bridges.base import App
from bridges.cards import one_line
from bridges.connection import Connection

_LONGEST = 2000


@dataclass(frozen=True)
class Given:
    """What an owner gave."""

    base: str
    user: str
    token: str


@dataclass(frozen=True)
class SetUp:
    """What came of it, in the giver's language, and whether the account was kept."""

    text: str
    done: bool


async def set_up(
    connection: Connection,
    app: App,
    given: Given,
    giver: UserId,
    *,
    accounts: Accounts,
    caller: Caller,
    words: Phrases,
) -> SetUp:
    """Ask the source who the account is; keep it, or say what is wrong and what helps."""
    assert app.actions  # noqa: S101 - the page of another app has no such form
    account = Account(
        (given.base.strip() or app.actions.base_url).rstrip("/"),
        given.token.strip(),
        given.user.strip(),
    )
    if fault := fault_of(account, app):
        return SetUp(words(fault), done=False)
    end = await carry_out(caller, account, app.actions.check(account))
    if isinstance(end, Who) and end.id and not end.lacks:
        await accounts.keep(connection.id, account, end, giver)
        text = N_("{app} knows the account as {name}. It is kept; the token is shown to nobody.")
        return SetUp(words(text, app=app.name, name=one_line(end.name)), done=True)
    return SetUp(_wrong(end, app, words), done=False)


def _wrong(end: object, app: App, words: Phrases) -> str:
    needs = words(app.actions.needs) if app.actions else ""
    if isinstance(end, Who) and end.lacks:
        text = N_("{app} knows the account as {name}, but it lacks {what}. It needs {needs}.")
        what = words(end.lacks)
        return words(text, app=app.name, name=one_line(end.name), what=what, needs=needs)
    if isinstance(end, Refusal):
        why = words(end.why, **{name: one_line(one) for name, one in end.values.items()}).strip()
    elif isinstance(end, Later) and end.why:
        why = words(end.why)
    else:
        why = words(N_("its answer is not one of {app}’s."), app=app.name)
    text = N_("{app} does not take the account: {why} It needs {needs}. Nothing was kept.")
    return words(text, app=app.name, why=why, needs=needs)


def fault_of(account: Account, app: App) -> str:
    """Return what is wrong with an account before anybody is asked: a msgid; empty if nothing is."""
    assert app.actions  # noqa: S101 - as above
    if not account.token or len(account.token) > _LONGEST or not account.token.isprintable():
        return N_("The token is missing.")
    if not account.user and app.actions.user and not app.actions.user_optional:
        return N_("The account’s name is missing.")
    if not account.user.isprintable() or ":" in account.user or len(account.user) > _LONGEST:
        return N_("The account’s name cannot be read.")
    if not _is_base(account.base):
        return N_("The address must begin with https://.")
    # An address is shown and exported.
    named = "@" in urlsplit(account.base).netloc
    return N_("The address holds a name or a password: there are fields for them.") if named else ""


def _is_base(base: str) -> bool:
    """Tell whether a token may go there: in clear only inside the house."""
    try:
        parts = urlsplit(base)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.query or parts.fragment or not host or len(base) > _LONGEST:
        return False
    return may_carry_secret(base)
