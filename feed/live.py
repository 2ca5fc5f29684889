"""Tells open browsers what happened: a line for each change, to those who may see the room."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

from appservice.ids import EventId, RoomId, UserId
from feed.model import Change
from feed.store import FeedStore

_MOST_WAITING = 200


class Live:
    """Spreads changes over open connections."""

    def __init__(self, *, store: FeedStore) -> None:
        self._store = store
        self._open: set[asyncio.Queue[Change]] = set()

    def tell(self, changes: Sequence[Change]) -> None:
        """Hand *changes* to all who listen; who is too slow loses the oldest."""
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
        """Yield the changes in rooms that an account is in, now and not only at the beginning."""
        joined = await self._store.joined(user_id)
        while True:
            change = await queue.get()
            if change.kind in {"members", "group"}:
                joined = await self._store.joined(user_id)
            if change.room_id in joined:
                yield change
