"""How people are called in a room, also once they are out of it.

A kick, a ban, and most leavings name nobody: what the room's state says then is the bare id. So
every joining's name is kept beside it, by event, which makes the order of arrival meaningless: the
newest that stands counts for who is out.
"""

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.database import insert_new
from appservice.events import MEMBER, RoomEvent
from appservice.formatting import clean_name
from feed.tables import FeedTables


class Names:
    """Keeps the names of one generation."""

    def __init__(self, tables: FeedTables) -> None:
        self._tables = tables
        self._new_name = insert_new(tables.names)

    async def add(self, connection: AsyncConnection, events: Iterable[RoomEvent]) -> None:
        """Store the names that joinings among *events* gave, whenever they were."""
        rows = [
            {
                "event_id": event.event_id,
                "room_id": event.room_id,
                "user_id": event.state_key,
                "name": member_name(event),
                "at": event.origin_ts,
            }
            for event in events
            if event.type == MEMBER and event.state_key and not event.redacted
            if event.content.text("membership") == "join"
        ]
        if rows:
            await connection.execute(self._new_name, rows)
            await self.let_go(connection, [str(row["event_id"]) for row in rows])

    async def let_go(self, connection: AsyncConnection, event_ids: Collection[str]) -> None:
        """Forget those of the names that were redacted."""
        names, redacted = self._tables.names, self._tables.redacted.c
        gone = sa.exists().where(
            redacted.event_id == names.c.event_id, redacted.room_id == names.c.room_id
        )
        await connection.execute(
            sa.delete(names).where(names.c.event_id.in_(event_ids)).where(gone)
        )


def member_name(event: RoomEvent) -> str:
    """Return the name that a member event gives."""
    user_id = event.state_key or ""
    return clean_name(event.content.text("displayname"), otherwise=user_id[1:].partition(":")[0])


def shown_name(tables: FeedTables) -> sa.ColumnElement[str]:
    """Return the name of a row of members: the present one, or the last that they had inside."""
    members, names = tables.members.c, tables.names.c
    last = (
        sa.select(names.name)
        .where(names.room_id == members.room_id, names.user_id == members.user_id)
        .order_by(names.at.desc(), names.event_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return sa.case(
        (members.membership == "join", members.name),
        else_=sa.func.coalesce(last, members.name),
    ).label("name")
