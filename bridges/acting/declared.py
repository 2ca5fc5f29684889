"""The account that acts for a connection, as a file declares it: what differs, and how it is made true.

A token is given by the file that the declaration names, or on the connection's page; where it is not,
the account is named as wanting one, and nothing else waits for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from appservice.errors import CommandError, ParvisError
from appservice.ids import UserId
from appservice.languages import N_, Phrases
from bridges.acting.accounts import Accounts, Kept
from bridges.acting.calling import Caller
from bridges.acting.setup import Given, fault_of, set_up
from bridges.actions import Account
from bridges.base import App
from bridges.connection import Connection


@dataclass(frozen=True)
class DeclaredAccount:
    """What a file says of an account; empty texts are not said."""

    base: str = ""
    user: str = ""
    token: str = ""


@dataclass(frozen=True)
class AccountChange:
    """The account that a connection should have. Without a token, it waits for one on its page."""

    account: Account
    app: App

    @property
    def wants_token(self) -> bool:
        """Tell whether it cannot be set up yet."""
        return not self.account.token

    def told(self, name: str, group: str, words: Phrases) -> str:
        """Return the difference in words, never a token."""
        text = N_("the account that acts for connection “{name}” of “{group}”: {account}")
        if self.wants_token:
            text = N_(
                "the account that acts for connection “{name}” of “{group}” ({account}) lacks its token: "
                "name it by `token_file`, or give it on the connection’s page"
            )
        shown = " ".join(
            part for part in (_user_shown(self.account, self.app), self.account.base) if part
        )
        return words(text, name=name, group=group, account=shown)


class DeclaredAccounts:
    """Compares, and sets up."""

    def __init__(
        self, *, apps: Mapping[str, App], accounts: Accounts, caller: Caller, giver: UserId
    ) -> None:
        """*giver* is in whose name accounts are given."""
        self._apps = apps
        self._accounts = accounts
        self._caller = caller
        self._giver = giver

    async def change(
        self, declared: DeclaredAccount, app: App, before: Connection | None
    ) -> AccountChange | None:
        """Return what *declared* changes, None if nothing; raise CommandError for what cannot be."""
        if app.actions is None:
            raise CommandError(N_("Nothing can be done in {app} from here."), app=app.name)
        kept = await self._accounts.of(before.id) if before else None
        wanted = _wanted(declared, app, kept)
        if kept and wanted == kept.account:
            return None
        if wanted.token and (fault := fault_of(wanted, app)):
            raise CommandError(fault)
        return AccountChange(wanted, app)

    async def carry_out(
        self, change: AccountChange, connection: Connection, words: Phrases
    ) -> None:
        """Set the account up, if it has its token; raise ParvisError if its source does not take it."""
        if change.wants_token:
            return
        given = Given(change.account.base, change.account.user, change.account.token)
        made = await set_up(
            connection,
            change.app,
            given,
            self._giver,
            accounts=self._accounts,
            caller=self._caller,
            words=words,
        )
        if not made.done:
            raise ParvisError(f"{connection.options.name or connection.short}: {made.text}")

    async def declared(self, connection: Connection) -> DeclaredAccount | None:
        """Return the account of a connection as a file says it, without its token."""
        kept = await self._accounts.of(connection.id)
        app = self._apps.get(connection.app)
        if kept is None or app is None:
            return None
        return DeclaredAccount(kept.account.base, _user_shown(kept.account, app))


def _wanted(declared: DeclaredAccount, app: App, kept: Kept | None) -> Account:
    """Return the whole account; a token that we have goes nowhere else than where it was given for."""
    usual = app.actions.base_url if app.actions else ""
    now = kept.account if kept else Account(usual, "")
    base, user = (declared.base or now.base).rstrip("/"), declared.user or now.user
    same = (base, user) == (now.base, now.user)
    return Account(base, declared.token or (now.token if same else ""), user)


def _user_shown(account: Account, app: App) -> str:
    """Return the account's user, where that is no key."""
    return "" if app.actions is None or app.actions.user_is_key else account.user
