"""Whom Parvis itself brought into groups: only they are taken out when a rule no longer means them."""

import sqlalchemy as sa

from appservice.database import KEPT, Change, Database, insert_new, metadata
from appservice.ids import UserId

brought_table = sa.Table(
    "brought_members",
    metadata,
    sa.Column("uuid", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    info=KEPT,
)


class BroughtMembers:
    """The ledger's questions."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def into(self, uuid: str) -> frozenset[UserId]:
        """Return who was brought into a group."""
        rows = await self._database.read(
            sa.select(brought_table.c.user_id).where(brought_table.c.uuid == uuid)
        )
        return frozenset(UserId(row.user_id) for row in rows)

    async def note(self, uuid: str, user_id: UserId) -> None:
        """Remember one; before the invitation is sent, so that a crash forgets nobody."""
        await self._database.write(Change(_insert, ({"uuid": uuid, "user_id": user_id},)))

    async def forget(self, uuid: str, user_id: UserId) -> None:
        """Forget one, after they were taken out."""
        table = brought_table
        await self._database.write(
            Change(sa.delete(table).where(table.c.uuid == uuid, table.c.user_id == user_id))
        )


_insert = insert_new(brought_table)
