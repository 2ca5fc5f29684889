"""The raw rows of the feed: what events say, not yet what it means."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.database import insert_new, upsert
from appservice.events import MEMBER, RoomEvent, relation_of
from appservice.formatting import media_path
from appservice.ids import EventId
from appservice.payload import Payload
from feed.names import member_name
from feed.reading import target_of
from feed.tables import NOT_DERIVED, FeedTables

_LONGEST_KEY = 64


class RawRows:
    """Inserts into one generation; a row that stands already is left as it is."""

    def __init__(self, tables: FeedTables) -> None:
        self._tables = tables
        self._new_message = insert_new(tables.messages)
        self._new_edit = insert_new(tables.edits)
        self._new_reaction = insert_new(tables.reactions)
        self._new_redaction = insert_new(tables.redacted)
        self._new_media = insert_new(tables.media)
        self._set_state = upsert(tables.state, "room_id", "type", "state_key")
        self._set_member = upsert(tables.members, "room_id", "user_id")

    async def state_times(
        self, connection: AsyncConnection, events: Sequence[RoomEvent]
    ) -> dict[tuple[str, str], int]:
        """Return the times of the state that stands now, by type and key."""
        state, members = self._tables.state.c, self._tables.members.c
        keys = [event.state_key for event in events]
        room_id = events[0].room_id
        rows = await connection.execute(
            sa.select(state.type, state.state_key, state.at)
            .where(state.room_id == room_id, state.state_key.in_(keys))
            .union_all(
                sa.select(sa.literal(MEMBER), members.user_id, members.at).where(
                    members.room_id == room_id, members.user_id.in_(keys)
                )
            )
        )
        return {(row[0], row[1]): row[2] for row in rows}

    async def add_state(self, connection: AsyncConnection, events: Sequence[RoomEvent]) -> None:
        """Overwrite what stands under the same type and key."""
        members = [_member_row(event) for event in events if event.type == MEMBER]
        others = [_state_row(event) for event in events if event.type != MEMBER]
        if members:
            await connection.execute(self._set_member, members)
            await self._add_avatars(connection, members)
        if others:
            await connection.execute(self._set_state, others)

    async def add_messages(
        self,
        connection: AsyncConnection,
        events: Sequence[RoomEvent],
        keys: Mapping[EventId, int],
    ) -> None:
        """Store messages under their order *keys*; one that came stripped is noted as redacted."""
        rows = [_message_row(event, keys[event.event_id]) for event in events]
        if rows:
            await connection.execute(self._new_message, rows)
        stripped = [
            {"event_id": event.event_id, "room_id": event.room_id}
            for event in events
            if event.redacted
        ]
        if stripped:
            await connection.execute(self._new_redaction, stripped)

    async def add_edits(self, connection: AsyncConnection, events: Sequence[RoomEvent]) -> None:
        """Store edits, whoever sent them: which one counts is derived."""
        rows = [
            {
                "event_id": event.event_id,
                "room_id": event.room_id,
                "target": relation.target,
                "sender": event.sender,
                "at": event.origin_ts,
                "content": event.content.at("m.new_content").json(),
            }
            for event in events
            if (relation := relation_of(event.content)) and event.content.at("m.new_content")
        ]
        if rows:
            await connection.execute(self._new_edit, rows)

    async def add_reactions(self, connection: AsyncConnection, events: Sequence[RoomEvent]) -> None:
        """Store reactions, but not those that are redacted already."""
        rows = [
            {
                "event_id": event.event_id,
                "room_id": event.room_id,
                "target": relation.target,
                "sender": event.sender,
                "key": relation.key[:_LONGEST_KEY].replace("\x00", ""),
                "at": event.origin_ts,
            }
            for event in events
            if (relation := relation_of(event.content)) and relation.key
        ]
        if rows:
            await connection.execute(self._new_reaction, rows)
            await self._drop_redacted_reactions(connection, [str(row["event_id"]) for row in rows])

    async def add_redactions(
        self, connection: AsyncConnection, events: Sequence[RoomEvent]
    ) -> Sequence[EventId]:
        """Store which events are gone; return the messages that look different now."""
        if not events:
            return []
        gone = [event.redacts for event in events if event.redacts]
        rows = [{"event_id": event.redacts, "room_id": event.room_id} for event in events]
        await connection.execute(self._new_redaction, rows)
        touched = list(gone)
        for table in (self._tables.reactions, self._tables.edits):
            found = await connection.execute(
                sa.select(table.c.target).where(table.c.event_id.in_(gone))
            )
            touched += [EventId(row[0]) for row in found]
        await self._drop_redacted_reactions(connection, gone)
        return touched

    async def _drop_redacted_reactions(
        self, connection: AsyncConnection, event_ids: Sequence[str]
    ) -> None:
        reactions, redacted = self._tables.reactions, self._tables.redacted
        await connection.execute(
            sa.delete(reactions)
            .where(reactions.c.event_id.in_(event_ids))
            .where(
                sa.exists().where(
                    redacted.c.event_id == reactions.c.event_id,
                    redacted.c.room_id == reactions.c.room_id,
                )
            )
        )

    async def _add_avatars(
        self, connection: AsyncConnection, members: Sequence[dict[str, object]]
    ) -> None:
        media = self._tables.media
        for row in members:
            await connection.execute(
                sa.delete(media).where(
                    media.c.source == row["user_id"], media.c.room_id == row["room_id"]
                )
            )
        shown = [
            {"mxc": row["avatar"], "room_id": row["room_id"], "source": row["user_id"]}
            for row in members
            if row["avatar"] and row["membership"] == "join"
        ]
        if shown:
            await connection.execute(self._new_media, shown)


def _member_row(event: RoomEvent) -> dict[str, object]:
    return {
        "room_id": event.room_id,
        "user_id": event.state_key or "",
        "membership": event.content.text("membership"),
        "name": member_name(event),
        "avatar": media_path(event.content.text("avatar_url")),
        "at": event.origin_ts,
    }


def _state_row(event: RoomEvent) -> dict[str, object]:
    return {
        "room_id": event.room_id,
        "type": event.type,
        "state_key": event.state_key or "",
        "sender": event.sender,
        "at": event.origin_ts,
        "content": event.content.json(),
    }


def _message_row(event: RoomEvent, at: int) -> dict[str, object]:
    content = Payload() if event.redacted else event.content
    target, answered = target_of(content)
    return {
        "event_id": event.event_id,
        "room_id": event.room_id,
        "sender": event.sender,
        "at": at,
        "relates": target,
        "in_reply_to": answered,
        "base": content.json(),
        "root": None if target else "",
        "deleted": False,
        "edited_at": None,
        "title": "",
        "heading": "",
        "html": "",
        "text": "",
        "source": "",
        "language": "",
        "facts": NOT_DERIVED,
        "step": False,
        "robot": False,
        "verdict": "",
        "held": False,
        "comments": 0,
        "steps": 0,
        "latest_comment": "",
        "latest_step": "",
    }
