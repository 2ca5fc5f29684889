"""What comes for a crowded room gathers, so that a long outage ends in a few digests, not in one for
each call.
"""

import time
from collections.abc import Awaitable, Callable, Collection, Mapping

from appservice.ids import RoomId

_OPEN = 0.1
"""For this share of the gap, after it, everything is told."""


class Gathering:
    """Knows until when things gather, room by room."""

    def __init__(
        self,
        crowded: Callable[[Collection[RoomId]], Awaitable[Collection[RoomId]]],
        *,
        gap: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """*crowded* returns the rooms that are, of those it is given; *gap* is in seconds."""
        self._crowded = crowded
        self._gap = gap
        self._clock = clock
        self._until: dict[RoomId, float] = {}

    async def waits(self, rooms: Collection[RoomId]) -> Mapping[RoomId, float]:
        """Return until when, in seconds since 1970, nothing is told in those of *rooms* where it
        gathers.
        """
        crowded, now = await self._crowded(rooms), self._clock()
        for room_id in rooms:
            # What is due is told in parts; what comes after that gathers anew.
            over = self._until.get(room_id, 0.0) + self._gap * _OPEN < now
            if room_id not in crowded:
                self._until.pop(room_id, None)
            elif over:
                self._until[room_id] = now + self._gap
        return {room_id: self._until[room_id] for room_id in crowded if self._until[room_id] > now}
