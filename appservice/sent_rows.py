"""Notes in the outbox what its rows became, while the next ones are sent already.

Killed in between, a row that was sent is sent again with the same txn id, which makes nothing new.
"""

import asyncio

from appservice.ids import EventId
from appservice.outbox import Outbox

_REMEMBERED = 4096


class SentRows:
    """The rows that this process sent of late."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._became: dict[int, EventId] = {}
        self._noting: dict[int, asyncio.Task[None]] = {}

    def note(self, row_id: int, event_id: EventId) -> asyncio.Task[None]:
        """Begin to note what a row became; the task ends when the disk has it, or raises."""
        self._became[row_id] = event_id
        if len(self._became) > _REMEMBERED:
            del self._became[next(iter(self._became))]
        noting = asyncio.create_task(self._note(row_id, event_id), name="note of what was sent")
        self._noting[row_id] = noting
        return noting

    def event_of(self, row_id: int) -> EventId | None:
        """Return what a row became, also before it is noted; None where that is not known here."""
        return self._became.get(row_id)

    async def has_noted(self, row_id: int, event_id: EventId) -> bool:
        """Tell whether it is noted that a row became this event; wait where it is being noted."""
        if noting := self._noting.get(row_id):
            await asyncio.wait([noting])
        return self._became.get(row_id) == event_id

    async def _note(self, row_id: int, event_id: EventId) -> None:
        try:
            await self._outbox.mark_sent(row_id, event_id)
        except BaseException:
            self._became.pop(row_id, None)  # It waits still: its echo, or the next try, settles it.
            raise
        finally:
            self._noting.pop(row_id, None)
