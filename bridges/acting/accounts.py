"""The account at a source that writes for a connection: its token is encrypted, and shown to nobody."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from appservice.database import Change, Database, upsert
from appservice.ids import UserId
from appservice.vault import Vault
from bridges.acting.store import accounts_table
from bridges.actions import Account, Who


@dataclass(frozen=True)
class Kept:
    """An account as it is kept: *id* and *name* are the source's, *given* milliseconds since 1970."""

    account: Account
    id: str
    name: str
    given: int


class Accounts:
    """The questions about accounts."""

    def __init__(self, *, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def of(self, connection: str) -> Kept | None:
        """Return the account of a connection, or None."""
        rows = await self._database.read(_by_connection, {"wanted": connection})
        return self._kept(rows[0]) if rows else None

    async def ids(self, connections: Sequence[str]) -> dict[str, str]:
        """Return the source's id of the account of each connection that has one."""
        columns = accounts_table.c
        rows = await self._database.read(
            sa.select(columns.connection, columns.account_id).where(
                columns.connection.in_(connections)
            )
        )
        return {row.connection: row.account_id for row in rows}

    async def bases(self, connections: Sequence[str]) -> dict[str, str]:
        """Return the source's address of each connection that has an account."""
        columns = accounts_table.c
        rows = await self._database.read(
            sa.select(columns.connection, columns.base_url).where(
                columns.connection.in_(connections)
            )
        )
        return {row.connection: row.base_url for row in rows}

    async def keep(self, connection: str, account: Account, who: Who, giver: UserId) -> None:
        """Keep an account in place of the one before."""
        row = {
            "connection": connection,
            "base_url": account.base,
            "login": account.user,
            "token": self._vault.lock(account.token),
            "account_id": who.id,
            "account_name": who.name,
            "given_by": giver,
            "given": int(time.time() * 1000),
        }
        await self._database.write(Change(_keep, (row,)))

    async def forget(self, connection: str) -> None:
        """Forget the account of a connection."""
        await self._database.write(forgotten(connection))

    def _kept(self, row: sa.Row[Any]) -> Kept:
        account = Account(row.base_url, self._vault.open(bytes(row.token)), row.login)
        return Kept(account, row.account_id, row.account_name, row.given)


def forgotten(connection: str) -> Change:
    """Return the change that forgets an account, for whatever ends its connection."""
    return Change(_forget, ({"wanted": connection},))


_by_connection = sa.select(accounts_table).where(
    accounts_table.c.connection == sa.bindparam("wanted")
)
_keep = upsert(accounts_table, "connection")
_forget = sa.delete(accounts_table).where(accounts_table.c.connection == sa.bindparam("wanted"))
