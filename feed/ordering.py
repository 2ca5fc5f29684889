"""The order key of a message: when it was written, as far as its homeserver can be believed.

Our own homeserver dates what its people write, and lets only appservices date back. Another one
may send any date, so its messages stand no later than our homeserver brought them.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from appservice.events import RoomEvent
from appservice.ids import EventId, UserId, server_of


class Arrivals(Protocol):
    """Remembers when events came in: the inbox, whose rows are kept."""

    async def received(self, event_ids: Sequence[EventId]) -> Mapping[EventId, int]:
        """Return the times, in milliseconds since 1970, of those that were taken in."""


class OrderKeys:
    """Dates messages."""

    def __init__(self, *, arrivals: Arrivals, bot: UserId) -> None:
        self._arrivals = arrivals
        self._own = server_of(bot)

    async def of(self, messages: Sequence[RoomEvent]) -> Mapping[EventId, int]:
        """Return each message's key: a rebuild finds the same one, as arrivals are kept.

        What never came in by the inbox counts as arriving now.
        """
        keys = {event.event_id: event.origin_ts for event in messages}
        foreign = [event for event in messages if server_of(event.sender) != self._own]
        if foreign:
            received = await self._arrivals.received([event.event_id for event in foreign])
            now = int(time.time() * 1000)
            for event in foreign:
                came = received.get(event.event_id, now)
                keys[event.event_id] = min(event.origin_ts, came)
        return keys
