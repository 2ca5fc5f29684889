"""Tells open browsers what happened: a line for each change, to those who may see the room."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

from appservice.ids import EventId, RoomId, UserId
from feed.model import Change
from feed.store import FeedStore

_MOST_WAITING = 200
_MOVING = {"members", "group"}


class Live:
    """Spreads changes over open connections."""

    def __init__(self, *, store: FeedStore) -> None:
        self._store = store
        self._open: dict[asyncio.Queue[Change | None], str] = {}
        self._moves = 0

    def tell(self, changes: Sequence[Change]) -> None:
        """Hand *changes* to all who listen; who is too slow loses the oldest."""
        self._moves += sum(change.kind in _MOVING for change in changes)
        for queue in self._open:
            for change in changes:
                _put(queue, change)

    def tell_everybody(self) -> None:
        """Have all open pages look again: the homeserver went away, or came back."""
        self.tell([Change(0, RoomId(""), "homeserver", EventId(""))])

    @property
    def open(self) -> int:
        """Return how many listen."""
        return len(self._open)

    async def shows(self, event_id: EventId, *, gone: bool = False) -> bool:
        """Tell whether the tables know an event, or know that it is gone."""
        return await self._store.knows(event_id, gone=gone)

    async def is_in(self, user_id: UserId, room_id: RoomId) -> bool:
        """Tell whether the tables know an account as a member."""
        return room_id in await self._store.joined(user_id)

    def end(self, session: str) -> None:
        """End what the pages of a session are told: it was signed out."""
        for queue, listener in self._open.items():
            if listener == session:
                _put(queue, None)

    @contextmanager
    def listening(self, session: str = "") -> Iterator["asyncio.Queue[Change | None]"]:
        """Lend a queue that fills for as long as the block lasts; None ends a session's."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue(_MOST_WAITING)
        self._open[queue] = session
        try:
            yield queue
        finally:
            del self._open[queue]

    async def visible(
        self, queue: "asyncio.Queue[Change | None]", user_id: UserId
    ) -> AsyncIterator[Change]:
        """Yield the changes in rooms that an account is in, now and not only at the beginning.

        Moves are counted apart: the queue of who is slow may have lost the one that shut them out.
        """
        moves, joined = self._moves, await self._store.joined(user_id)
        while change := await queue.get():
            if moves != self._moves:
                moves, joined = self._moves, await self._store.joined(user_id)
            if change.room_id in joined or not change.room_id:
                yield change


def _put(queue: "asyncio.Queue[Change | None]", change: Change | None) -> None:
    """Add to a queue; a full one loses its oldest, but never its end."""
    if queue.full() and queue.get_nowait() is None:
        change = None
    queue.put_nowait(change)
