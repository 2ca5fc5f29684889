"""A file says which account acts for a connection; its token stands elsewhere."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from appservice.database import Database
from appservice.errors import CommandError, ParvisError
from appservice.ids import RoomId, UserId
from appservice.languages import Language, phrases
from appservice.migrations import migrate
from appservice.outgoing import Outgoing
from appservice.outgoing_settings import OutgoingSettings
from appservice.vault import Vault
from bridges.acting.accounts import Accounts
from bridges.acting.declared import DeclaredAccount, DeclaredAccounts
from bridges.actions import Account, Who
from bridges.connection import Connection, Connections
from bridges.discovery import apps
from tests.harness.source import Source, open_source

_BOT, _EN = UserId("@parvis:example.org"), phrases(Language.EN)
_GITHUB, _TRELLO = apps()["github"], apps()["trello"]


@asynccontextmanager
async def _opened(
    url: str, app: str = "github"
) -> AsyncIterator[tuple[Accounts, DeclaredAccounts, Connection, Source]]:
    database, vault = await Database.open(url), Vault([Vault.new_key()])
    client = Outgoing(OutgoingSettings(private_hosts=("127.0.0.1",)))
    try:
        await migrate(database)
        connections = Connections(database=database, vault=vault)
        made = await connections.add(apps()[app], RoomId("!r:example.org"), _BOT)
        accounts = Accounts(database=database, vault=vault)
        declared = DeclaredAccounts(apps=apps(), accounts=accounts, caller=client, giver=_BOT)
        async with open_source() as source:
            yield accounts, declared, await connections.get(made), source
    finally:
        await client.close()
        await database.close()


async def test_an_account_is_set_up_once_and_written_without_its_token(sqlite_url: str):
    async with _opened(sqlite_url) as (accounts, declaring, connection, source):
        wanted = DeclaredAccount(base=source.url, token="ghp_4711")
        first = await declaring.change(wanted, _GITHUB, connection)
        await declaring.carry_out(first, connection, _EN)
        again = await declaring.change(wanted, _GITHUB, connection)
        written = await declaring.declared(connection)
        exported = await declaring.change(written, _GITHUB, connection)
        kept, calls = await accounts.of(connection.id), len(source.asked)

    assert first.told("code", "Vélo", _EN) == (
        f"the account that acts for connection “code” of “Vélo”: {source.url}"
    )
    assert again is exported is None
    assert calls == 1
    assert (kept.account.token, kept.name) == ("ghp_4711", "parvis-bot")
    assert written == DeclaredAccount(base=source.url)


async def test_a_token_is_not_taken_along_to_another_server(sqlite_url: str):
    async with _opened(sqlite_url) as (accounts, declaring, connection, source):
        kept = Account("https://api.github.com", "ghp_4711")
        await accounts.keep(connection.id, kept, Who("1", "parvis"), _BOT)
        change = await declaring.change(DeclaredAccount(base=source.url), _GITHUB, connection)
        await declaring.carry_out(change, connection, _EN)
        after = (await accounts.of(connection.id)).account

    assert change.wants_token
    assert "lacks its token" in change.told("code", "Vélo", _EN)
    assert source.asked == []
    assert after == kept


async def test_what_the_source_does_not_take_is_said_and_not_kept(sqlite_url: str):
    async with _opened(sqlite_url) as (accounts, declaring, connection, source):
        source.refusals.append((401, {}))
        change = await declaring.change(
            DeclaredAccount(base=source.url, token="wrong-4711"), _GITHUB, connection
        )
        with pytest.raises(ParvisError, match="not known there any more") as refused:
            await declaring.carry_out(change, connection, _EN)
        kept = await accounts.of(connection.id)

    assert kept is None
    assert "wrong-4711" not in str(refused.value)


async def test_a_key_is_written_nowhere_and_an_app_without_actions_takes_no_account(
    sqlite_url: str,
):
    async with _opened(sqlite_url, "trello") as (accounts, declaring, connection, _):
        account = Account("https://api.trello.com", "tok", "key-4711")
        await accounts.keep(connection.id, account, Who("1", "parvis"), _BOT)
        written = await declaring.declared(connection)
        same = await declaring.change(written, _TRELLO, connection)
        with pytest.raises(CommandError):
            await declaring.change(DeclaredAccount(token="x"), apps()["rss"], None)

    assert written == DeclaredAccount(base="https://api.trello.com")
    assert same is None
