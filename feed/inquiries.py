"""What other parts of the house ask of the feed: how alive a room is, where a post stands.

Nobody is shown these answers as they are; whoever asks says to whom they go.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from appservice.database import Database
from appservice.ids import EventId, RoomId
from appservice.payload import Payload
from feed.folding import folded
from feed.store import FeedStore

_QUESTION = "question"
_MOST = 50


@dataclass(frozen=True)
class OpenQuestion:
    """A post that asks something and has no comment."""

    event_id: EventId
    title: str


class Inquiries:
    """Reads the serving generation."""

    def __init__(self, *, database: Database, store: FeedStore) -> None:
        self._database = database
        self._store = store

    async def last_post(self, room_id: RoomId) -> int:
        """Return when a person last posted in a room, in milliseconds since 1970; 0 for never."""
        table = self._store.tables.messages.c
        rows = await self._database.read(
            sa.select(sa.func.max(table.at))
            .where(table.room_id == room_id, table.root == "")
            .where(table.robot == sa.false(), table.deleted == sa.false())
        )
        return int(rows[0][0] or 0)

    async def unanswered(
        self, room_id: RoomId, *, since: int, before: int
    ) -> Sequence[OpenQuestion]:
        """Return the questions asked between two times that nobody has commented."""
        table = self._store.tables.messages.c
        rows = await self._database.read(
            sa.select(table.event_id, table.heading, table.facts)
            .where(table.room_id == room_id, table.root == "", table.comments == 0)
            .where(table.robot == sa.false(), table.deleted == sa.false())
            .where(table.at >= since, table.at < before)
            .order_by(table.at)
        )
        asked = [row for row in rows if _asks(Payload.parse(bytes(row.facts)))]
        return [OpenQuestion(EventId(row.event_id), row.heading) for row in asked[:_MOST]]

    async def room_of(self, event_id: EventId) -> RoomId | None:
        """Return the room in which a post stands, or None if there is no such post."""
        table = self._store.tables.messages.c
        rows = await self._database.read(
            sa.select(table.room_id)
            .where(table.event_id == event_id, table.root == "")
            .where(table.deleted == sa.false())
        )
        return RoomId(rows[0].room_id) if rows else None


def _asks(facts: Payload) -> bool:
    labels = {folded(label) for label in facts.texts("labels")}
    return facts.text("type") == _QUESTION or _QUESTION in labels
