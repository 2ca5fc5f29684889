"""The rows of rooms and groups, derived from state that the bot or the co-creator wrote."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.database import insert_new, upsert
from appservice.events import MEMBER, RoomEvent
from appservice.ids import EventId, RoomId, UserId
from appservice.payload import Payload
from feed.model import Access, Change
from feed.ours import CREATE, room_row
from feed.tables import FeedTables

CHARTER = ("audience", "needs", "obstacles", "relief", "reason")
"""The answers of a charter that pages show, in this order."""
ROOT = ""
"""The uuid of the organization's own space."""


class GroupRows:
    """Derives groups of one generation."""

    def __init__(
        self, tables: FeedTables, *, creators: frozenset[UserId], silent: frozenset[UserId]
    ) -> None:
        """Only rooms of *creators* are ours; *silent* accounts are not counted as people."""
        self._tables = tables
        self._creators = creators
        self._silent = silent
        self._set_room = upsert(tables.rooms, "room_id")
        self._new_room = insert_new(tables.rooms)
        self._set_group = upsert(tables.groups, "uuid")

    async def refresh(
        self, connection: AsyncConnection, events: Sequence[RoomEvent]
    ) -> Sequence[Change]:
        """Bring the room of *events* up to date, and the group that it belongs to."""
        room_id = events[0].room_id
        for event in events:
            if event.type == CREATE:
                await self._note_room(connection, event)
        uuid = await self._uuid(connection, room_id)
        if not uuid:
            return ()
        if any(event.type != MEMBER for event in events):
            await self._refresh_group(connection, uuid)
            return (Change(0, room_id, "group", EventId("")),)
        await self._count_members(connection, uuid)
        return (Change(0, room_id, "members", EventId("")),)

    async def _note_room(self, connection: AsyncConnection, event: RoomEvent) -> None:
        if row := room_row(event, self._creators):
            await connection.execute(self._set_room, [row])

    async def _uuid(self, connection: AsyncConnection, room_id: RoomId) -> str:
        rooms = self._tables.rooms
        return (
            await connection.scalar(sa.select(rooms.c.uuid).where(rooms.c.room_id == room_id)) or ""
        )

    async def _refresh_group(self, connection: AsyncConnection, uuid: str) -> None:
        rooms = await self._rooms(connection, uuid)
        space = rooms.get("space")
        if space is None:
            return
        declared = await self._state(connection, space, "org.parvis.group")
        rooms |= await self._take_in(connection, uuid, declared)
        if not declared or "posts" not in rooms:
            return
        name = await self._state(connection, space, "m.room.name")
        access = declared.text("access")
        row = {
            "uuid": uuid,
            "slug": declared.text("slug"),
            "name": name.text("name"),
            "kind": declared.text("kind"),
            # What cannot be read counts as secret: better unseen than betrayed.
            "access": access if access in set(Access) else Access.SECRET.value,
            "landmark": declared.text("tier") == "landmark",
            "place": declared.text("order"),
            "charter": declared.text("charter", "text"),
            "answers": _answers(declared.at("charter")),
            "labels": list(declared.texts("labels")),
            "sources": await self._sources(connection, rooms["posts"]),
            "parent": declared.text("parent"),
            "space_id": space,
            "posts_id": rooms["posts"],
            "chat_id": rooms.get("chat", ""),
            "partners": list(declared.texts("partners")),
            "archived": declared.flag("archived"),
            "rests_since": declared.number("rests_since") or 0,
            "language": declared.text("language"),
            "rule": declared.text("rule"),
            "successor": declared.text("successor"),
            "former": [
                one.text("room")
                for one in declared.items("former")
                if one.text("part") == "posts" and one.text("room") != rooms["posts"]
            ],
            "members": 0,
        }
        await connection.execute(self._set_group, [row])
        await self._count_members(connection, uuid)

    async def _take_in(
        self, connection: AsyncConnection, uuid: str, declared: Payload
    ) -> dict[str, str]:
        """Note the rooms that a group's own space names, whoever made them; return them by part."""
        named = {part: declared.text("rooms", part) for part in ("posts", "chat")}
        named = {part: room_id for part, room_id in named.items() if room_id}
        former = [(one.text("part"), one.text("room")) for one in declared.items("former")]
        rows = [
            {"room_id": room_id, "uuid": uuid, "part": part, "predecessor": ""}
            for part, room_id in (*named.items(), *former)
            if part in {"posts", "chat"} and room_id
        ]
        if rows:
            await connection.execute(self._new_room, rows)
        return named

    async def _rooms(self, connection: AsyncConnection, uuid: str) -> dict[str, str]:
        """Return a group's rooms by part: the oldest of each, or the one in which it goes on.

        An upgrade counts where the old room's tombstone and the new room's beginning name each other.
        """
        rooms = self._tables.rooms
        found = await connection.execute(
            sa.select(rooms.c.part, rooms.c.room_id, rooms.c.predecessor)
            .where(rooms.c.uuid == uuid)
            .order_by(rooms.c.room_id.desc())
        )
        rows = found.all()
        heirs = {row.predecessor: row.room_id for row in rows if row.predecessor}
        current = {row.part: row.room_id for row in rows if not row.predecessor}
        for part, room_id in current.items():
            while heir := heirs.get(room_id):
                tombstone = await self._state(connection, room_id, "m.room.tombstone")
                if tombstone.text("replacement_room") != heir:
                    break
                room_id = heir  # noqa: PLW2901 - a walk along the chain
            current[part] = room_id
        return current

    async def _state(self, connection: AsyncConnection, room_id: str, event_type: str) -> Payload:
        state = self._tables.state
        raw = await connection.scalar(
            sa.select(state.c.content).where(
                state.c.room_id == room_id, state.c.type == event_type, state.c.state_key == ""
            )
        )
        return Payload.parse(bytes(raw)) if raw else Payload()

    async def _sources(self, connection: AsyncConnection, room_id: str) -> list[str]:
        """Return the names of the apps that feed a room, as its own state says."""
        state = self._tables.state
        found = await connection.execute(
            sa.select(state.c.content)
            .where(state.c.room_id == room_id, state.c.type == "org.parvis.connection")
            .order_by(state.c.state_key)
        )
        names = (Payload.parse(bytes(row.content)).text("name") for row in found)
        return sorted({name for name in names if name})

    async def _count_members(self, connection: AsyncConnection, uuid: str) -> None:
        groups, members = self._tables.groups, self._tables.members
        count = (
            sa.select(sa.func.count())
            .where(members.c.room_id == groups.c.space_id, members.c.membership == "join")
            .where(members.c.user_id.not_in(self._silent))
            .scalar_subquery()
        )
        await connection.execute(
            sa.update(groups).where(groups.c.uuid == uuid).values(members=count)
        )


def _answers(charter: Payload) -> dict[str, str]:
    return {name: text for name in CHARTER if (text := charter.text(name))}
