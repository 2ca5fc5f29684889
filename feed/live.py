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
        self._open: set[asyncio.Queue[Change]] = set()
        self._moves = 0

    def tell(self, changes: Sequence[Change]) -> None:
        """Hand *changes* to all who listen; who is too slow loses the oldest."""
        self._moves += sum(change.kind in _MOVING for change in changes)
        for queue in self._open:
            for change in changes:
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(change)

    async def shows(self, event_id: EventId, *, gone: bool = False) -> bool:
        """Tell whether the tables know an event, or know that it is gone."""
        return await self._store.knows(event_id, gone=gone)

    async def is_in(self, user_id: UserId, room_id: RoomId) -> bool:
        """Tell whether the tables know an account as a member."""
        return room_id in await self._store.joined(user_id)

    @contextmanager
    def listening(self) -> Iterator[asyncio.Queue[Change]]:
        """Lend a queue that fills for as long as the block lasts."""
        queue: asyncio.Queue[Change] = asyncio.Queue(_MOST_WAITING)
        self._open.add(queue)
        try:
            yield queue
        finally:
            self._open.discard(queue)

    async def visible(
        self, queue: "asyncio.Queue[Change]", user_id: UserId
    ) -> AsyncIterator[Change]:
        """Yield the changes in rooms that an account is in, now and not only at the beginning.

        Moves are counted apart: the queue of who is slow may have lost the one that shut them out.
        """
        moves, joined = self._moves, await self._store.joined(user_id)
        while True:
            change = await queue.get()
            if moves != self._moves:
                moves, joined = self._moves, await self._store.joined(user_id)
            if change.room_id in joined:
                yield change
