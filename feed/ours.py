"""Which rooms are the organization's: their create event says so, and it never changes; or the
space of a group of ours names them (groups.py).

The bot hears more rooms than these: what people say to it in private, rooms that somebody invited
it to. Nothing of them belongs in the feed's tables, not even unseen. Whether a room is ours must
not depend on whether its create event came before its messages, so where none came it is asked for.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import sqlalchemy as sa

from appservice.database import Database
from appservice.errors import Forbidden
from appservice.events import RoomEvent
from appservice.ids import RoomId, UserId
from feed.tables import FeedTables

CREATE = "m.room.create"


class CurrentState(Protocol):
    """Answers what a room's state is now: the bot's account."""

    async def state_event(
        self, room_id: RoomId, event_type: str, state_key: str = ""
    ) -> RoomEvent | None:
        """Return the present event, or None."""


class OwnRooms:
    """Knows the rooms of one generation."""

    def __init__(
        self,
        *,
        database: Database,
        tables: FeedTables,
        homeserver: CurrentState,
        creators: Collection[UserId],
    ) -> None:
        self._database = database
        self._tables = tables
        self._homeserver = homeserver
        self._creators = creators
        self._ours: set[RoomId] = set()
        self._others: set[RoomId] = set()

    async def unnoted(self, events: Sequence[RoomEvent]) -> Sequence[RoomEvent] | None:
        """Return the create event of the room of *events* if the tables lack it, nothing if they
        have it, and None for a room that is not ours.
        """
        room_id = events[0].room_id
        if room_id in self._ours or room_id in self._others:
            return () if room_id in self._ours else None
        if await self._is_noted(room_id):
            self._ours.add(room_id)
            return ()
        created = next((event for event in events if event.type == CREATE), None)
        created = created or await self._asked(room_id)
        if created is not None and room_row(created, self._creators):
            return (created,)
        if created is not None:
            self._others.add(room_id)
        return None

    def look_again(self) -> None:
        """Ask anew of rooms that were not ours: a group's space may name one as its own by now."""
        self._others.clear()

    async def _asked(self, room_id: RoomId) -> RoomEvent | None:
        try:
            return await self._homeserver.state_event(room_id, CREATE)
        except Forbidden:
            return None  # Where the bot is not in, as yet or any more.

    async def _is_noted(self, room_id: RoomId) -> bool:
        rooms = self._tables.rooms.c
        found = await self._database.read(
            sa.select(rooms.room_id).where(rooms.room_id == room_id, rooms.part != "")
        )
        return bool(found)


def room_row(created: RoomEvent, creators: Collection[UserId]) -> Mapping[str, str] | None:
    """Return what a create event says of a room of ours, None of any other."""
    mark = created.content.at("org.parvis.room")
    if created.sender not in creators or not mark.text("part"):
        return None
    return {
        "room_id": created.room_id,
        "uuid": mark.text("group"),
        "part": mark.text("part"),
        "predecessor": created.content.text("predecessor", "room_id"),
    }
