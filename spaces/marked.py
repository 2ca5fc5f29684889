"""Our rooms, found by their mark: the group's uuid and the room's part in it.

    marks --> the oldest of each uuid and part --tombstone and predecessor name each other--> next one

The mark stands in the create event and counts only if the bot or the co-creator sent that event:
anybody may make a room with any content and invite the bot to it. An upgrade is followed only where
both rooms say so and both are ours: a tombstone alone can be forged.
"""

import asyncio
from collections.abc import Collection, Mapping

from appservice.account import Account
from appservice.errors import Forbidden, NotFound
from appservice.events import RoomEvent
from appservice.ids import RoomId, UserId
from spaces.model import ROOM_EVENT
from spaces.vocabulary import Part

_AT_ONCE = 8


class MarkedRooms:
    """Reads all of the bot's rooms once; what it then makes is added by hand."""

    def __init__(self, *, bot: Account, creators: Collection[UserId]) -> None:
        self._bot = bot
        self._creators = frozenset(creators)
        self._read_rooms: Mapping[tuple[str, Part], RoomId] | None = None
        self._made: dict[tuple[str, Part], RoomId] = {}
        self._heirs: dict[RoomId, RoomId] = {}
        self._reading = asyncio.Lock()

    async def all(self) -> Mapping[tuple[str, Part], RoomId]:
        """Return the rooms by uuid and part; the root's uuid is empty.

        Raises rather than leave out a room that cannot be read now: it would be made twice.
        """
        async with self._reading:
            if self._read_rooms is None:
                self._read_rooms = await self._read()
        # What was made while others read is not in what they read.
        return {**self._read_rooms, **self._made}

    async def find(self, uuid: str, part: Part) -> RoomId | None:
        """Return one room, or None if there is none."""
        return self._made.get((uuid, part)) or (await self.all()).get((uuid, part))

    def add(self, uuid: str, part: Part, room_id: RoomId) -> None:
        """Note a room that was made just now."""
        self._made[uuid, part] = room_id

    def forget(self) -> None:
        """Read anew at the next question: a call failed, and may have taken effect all the same."""
        self._read_rooms = None

    async def heir(self, room_id: RoomId) -> RoomId | None:
        """Return the room of ours that was made to follow another, whether it does yet or not."""
        await self.all()
        return self._heirs.get(room_id)

    def add_heir(self, room_id: RoomId, heir: RoomId) -> None:
        """Note a room that was made just now to follow another."""
        self._heirs[room_id] = heir

    async def _read(self) -> dict[tuple[str, Part], RoomId]:
        slots = asyncio.Semaphore(_AT_ONCE)

        async def look(room_id: RoomId) -> RoomEvent | None:
            async with slots:
                try:
                    return await self._bot.state_event(room_id, "m.room.create")
                except (Forbidden, NotFound):
                    return None  # Left between the two calls.

        found = await asyncio.gather(*(look(room) for room in await self._bot.joined_rooms()))
        ours = [event for event in found if event is not None and event.sender in self._creators]
        rooms: dict[tuple[str, Part], RoomId] = {}
        for event in sorted(ours, key=lambda event: event.origin_ts):
            mark = event.content.at(ROOM_EVENT)
            if mark.text("part") not in set(Part):
                continue
            if old := event.content.text("predecessor", "room_id"):
                self._heirs.setdefault(RoomId(old), event.room_id)
            else:
                rooms.setdefault((mark.text("group"), Part(mark.text("part"))), event.room_id)
        return {key: await self._followed(room_id) for key, room_id in rooms.items()}

    async def _followed(self, room_id: RoomId) -> RoomId:
        """Return the room in which *room_id* goes on, as far as both sides say so."""
        while heir := self._heirs.get(room_id):
            tombstone = await self._bot.state_content(room_id, "m.room.tombstone")
            if tombstone is None or tombstone.text("replacement_room") != heir:
                break
            room_id = heir
        return room_id
