"""The groups that we know, as rows; `survey` makes them anew from the rooms themselves."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from appservice.database import REBUILT, Change, Database, metadata, upsert
from appservice.ids import RoomId
from appservice.payload import Payload
from spaces.model import Group, declaration_of

groups_table = sa.Table(
    "groups",
    metadata,
    sa.Column("uuid", sa.Text, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("declared", sa.JSON, nullable=False),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("space_id", sa.Text, nullable=False, unique=True),
    sa.Column("posts_id", sa.Text, nullable=False, unique=True),
    sa.Column("chat_id", sa.Text, unique=True),
    info=REBUILT,
)


class GroupStore:
    """The questions about groups. What a person may know is asked of `Directory`."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def put(self, group: Group) -> None:
        """Store *group* as it is now."""
        await self._database.write(Change(_upsert, (_row(group),)))

    async def replace(self, groups: Sequence[Group]) -> None:
        """Store exactly *groups*."""
        changes = [Change(sa.delete(groups_table))]
        if groups:
            changes.append(Change(_upsert, tuple(_row(group) for group in groups)))
        await self._database.write(*changes)

    async def all(self) -> Sequence[Group]:
        """Return every group, secret ones too, by name."""
        rows = await self._database.read(sa.select(groups_table).order_by(groups_table.c.name))
        return [_parse(row) for row in rows]

    async def by_uuid(self, uuid: str) -> Group | None:
        """Return one group."""
        return await self._one(groups_table.c.uuid == uuid)

    async def by_slug(self, slug: str) -> Group | None:
        """Return the group at an address."""
        return await self._one(groups_table.c.slug == slug)

    async def by_room(self, room_id: RoomId) -> Group | None:
        """Return the group that a room belongs to."""
        columns = groups_table.c
        return await self._one(
            sa.or_(
                columns.space_id == room_id,
                columns.posts_id == room_id,
                columns.chat_id == room_id,
            )
        )

    async def _one(self, condition: sa.ColumnElement[bool]) -> Group | None:
        rows = await self._database.read(sa.select(groups_table).where(condition))
        return _parse(rows[0]) if rows else None


_upsert = upsert(groups_table, "uuid")


def _row(group: Group) -> dict[str, object]:
    declared = group.declaration
    return {
        "uuid": declared.uuid,
        "slug": declared.slug,
        "name": declared.name,
        # The row holds what the rooms declare, so that one reader serves both.
        "declared": declared.content(order=""),
        "roles": declared.roles_content(),
        "space_id": group.space_id,
        "posts_id": group.posts_id,
        "chat_id": group.chat_id,
    }


def _parse(row: sa.Row[Any]) -> Group:
    return Group(
        declaration_of(Payload(row.declared), row.name, Payload(row.roles)),
        RoomId(row.space_id),
        RoomId(row.posts_id),
        RoomId(row.chat_id) if row.chat_id else None,
    )
