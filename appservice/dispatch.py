"""Hands events from the inbox to the subscribers: in order within a room, rooms side by side.

A batch of one room goes to each subscriber in turn. If one fails on it, the batch is given again
event by event, and the poison event is parked; so a subscriber must bear being told twice. What
one subscriber fails on, the others hear all the same: somebody's leaving must not get lost.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import structlog
from sqlalchemy.exc import OperationalError

from appservice.errors import MalformedEvent, RateLimited, Unreachable
from appservice.events import RoomEvent, parse_event
from appservice.ids import RoomId
from appservice.inbox import Inbox, InboxRow
from appservice.trouble import Report, Trouble

_BATCH = 500
_PER_ROOM = 100
_AWAY = {0, 502, 503, 504}
"""No answer, or one that a proxy gives for a homeserver that is away; a 500 may be the event's."""

log = structlog.get_logger(__name__)


class Subscriber(Protocol):
    """Learns what happens in rooms."""

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Take in *events* of one room, in order; must be idempotent."""


class Dispatch:
    """The task that empties the inbox. start() and close() frame its life."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        subscribers: Sequence[Subscriber],
        report: Report,
    ) -> None:
        """*report* is told of each event that had to be parked."""
        self._inbox = inbox
        self._subscribers = subscribers
        self._report = report
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what waits from before."""
        self._wake.set()
        self._task = asyncio.create_task(self._dispatch_for_ever(), name="dispatch")

    def wake(self) -> None:
        """Tell that the inbox has something new."""
        self._idle.clear()
        self._wake.set()

    async def idle(self) -> None:
        """Wait until nothing is left that came in before this call."""
        await self._idle.wait()

    async def close(self) -> None:
        """Stop; what was not finished is given again at the next start."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _dispatch_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while rows := await self._inbox.new(limit=_BATCH):
                    await self._hand_out(rows)
            except Exception:
                log.exception("inbox cannot be emptied")
                self._wake.set()
                await asyncio.sleep(1)
                continue
            if not self._wake.is_set():
                self._idle.set()

    async def _hand_out(self, rows: Sequence[InboxRow]) -> None:
        rooms: dict[RoomId, list[InboxRow]] = {}
        for row in rows:
            rooms.setdefault(row.room_id, []).append(row)
        ends = await asyncio.gather(
            *(self._hand_out_room(batch) for batch in rooms.values()), return_exceptions=True
        )
        # Only now: a room that is still being told must not be told again beside itself.
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _hand_out_room(self, rows: Sequence[InboxRow]) -> None:
        for start in range(0, len(rows), _PER_ROOM):
            batch = rows[start : start + _PER_ROOM]
            try:
                await self._tell(batch)
            except Exception as error:  # noqa: BLE001 - whatever a stranger's event provokes
                await self._one_by_one(batch, error)
            else:
                await self._inbox.mark_done([row.seq for row in batch])

    async def _tell(self, rows: Sequence[InboxRow]) -> None:
        events = [parse_event(row.raw) for row in rows]
        for subscriber in self._subscribers:
            await subscriber.receive(events)

    async def _one_by_one(self, rows: Sequence[InboxRow], first: Exception) -> None:
        log.info("batch failed, going event by event", events=len(rows), error=repr(first))
        for row in rows:
            try:
                event = parse_event(row.raw)
            except MalformedEvent as error:
                await self._park(row, error)
                continue
            if failure := await self._tell_each(event):
                log.error("event parked", event_id=row.event_id, exc_info=failure)
                await self._park(row, failure)
            else:
                await self._inbox.mark_done([row.seq])

    async def _tell_each(self, event: RoomEvent) -> Exception | None:
        """Tell every subscriber, whatever another made of it; return the first failure.

        That the database or the homeserver is away is no fault of the event, so it is raised.
        """
        failure: Exception | None = None
        for subscriber in self._subscribers:
            try:
                await subscriber.receive([event])
            except Exception as error:
                if _is_away(error):
                    raise
                failure = failure or error
        return failure

    async def _park(self, row: InboxRow, error: Exception) -> None:
        await self._inbox.park(row.seq, repr(error))
        self._report(Trouble.EVENT, f"{row.event_id} in {row.room_id}: {type(error).__name__}")


def _is_away(error: Exception) -> bool:
    if isinstance(error, Unreachable):
        return error.status in _AWAY
    return isinstance(error, (OSError, OperationalError, RateLimited))
