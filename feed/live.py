"""Tells open browsers what happened: each change, to those who may see its room now.

    tell(changes) --> kept for a while, for who was cut off   --+
                  --> the queue of each open page             --+--> visible(): rooms joined now

Times are milliseconds of our own clock, which never goes back: a page that comes back says until
when it knows, and is told the rest, or that all may differ. They are no numbers in a row, which
would tell how much happens in rooms that one does not see.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from appservice.ids import EventId, RoomId, UserId
from feed.model import Change
from feed.store import FeedStore

_MOST_WAITING = 200
_MOST_KEPT = 500
_MOST_OF_SESSION, _MOST_OF_ACCOUNT = 8, 24
"""Pages that listen at once: a browser has six connections, and its hidden pages hold none."""
_MOVING = {"members", "group"}

EVERYTHING = "refresh"
"""The kind of change that says: look at the whole page again."""


@dataclass(frozen=True)
class Listener:
    """Whose page listens; both are empty for a form that waits for its own effect."""

    session: str = ""
    user_id: str = ""


_NOBODY = Listener()


class Live:
    """Spreads changes over open connections."""

    def __init__(self, *, store: FeedStore) -> None:
        self._store = store
        self._open: dict[asyncio.Queue[Change | None], Listener] = {}
        self._moves = 0
        self._began = time.time() - time.monotonic()
        self._kept: deque[Change] = deque()
        self._horizon = self.now() - 1

    def now(self) -> int:
        """Return the time on the clock of changes."""
        return int((self._began + time.monotonic()) * 1000)

    def tell(self, changes: Sequence[Change]) -> None:
        """Hand *changes* to all who listen, and keep them for those who come back."""
        self._moves += sum(change.kind in _MOVING for change in changes)
        now = self.now()
        for change in changes:
            told = replace(change, seq=now)
            self._kept.append(told)
            for queue in self._open:
                _put(queue, told)
        while len(self._kept) > _MOST_KEPT:
            self._horizon = self._kept.popleft().seq

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
            if listener.session == session:
                _put(queue, None)

    def close(self) -> None:
        """End what all pages are told."""
        for queue in self._open:
            _put(queue, None)

    @contextmanager
    def listening(self, who: Listener = _NOBODY) -> Iterator["asyncio.Queue[Change | None]"]:
        """Lend a queue that fills for as long as the block lasts; None ends it.

        One page too many of a session or an account ends the oldest.
        """
        queue: asyncio.Queue[Change | None] = asyncio.Queue(_MOST_WAITING)
        self._open[queue] = who
        if who.session:
            self._end_oldest([one for one in self._open.items() if one[1] == who], _MOST_OF_SESSION)
            of_account = [one for one in self._open.items() if one[1].user_id == who.user_id]
            self._end_oldest(of_account, _MOST_OF_ACCOUNT)
        try:
            yield queue
        finally:
            self._open.pop(queue, None)

    def _end_oldest(
        self, listening: "Sequence[tuple[asyncio.Queue[Change | None], Listener]]", most: int
    ) -> None:
        for queue, _ in listening[: max(len(listening) - most, 0)]:
            _put(queue, None)
            del self._open[queue]

    async def visible(
        self, queue: "asyncio.Queue[Change | None]", user_id: UserId, *, since: int
    ) -> AsyncIterator[Change]:
        """Yield the changes after *since* in rooms that an account is in, now and not only at the
        beginning; that all may differ, when it came into a room or was shut out.

        Moves are counted apart: the queue of who is slow may have lost the one that shut them out.
        """
        moves, joined = self._moves, await self._store.joined(user_id)
        changes = self._missed(since)
        while True:
            for change in changes:
                if moves != self._moves:
                    before = joined
                    moves, joined = self._moves, await self._store.joined(user_id)
                    if joined != before:
                        yield _everything(change.seq)
                if change.room_id in joined or not change.room_id:
                    yield change
            if not (changes := await _waiting(queue)):
                return

    def _missed(self, since: int) -> Sequence[Change]:
        """Return what was told from *since* on; all, if that is no longer known."""
        if not self._horizon < since <= self.now():
            return [_everything(self.now())]
        return _newest([change for change in self._kept if change.seq >= since])


def _everything(at: int) -> Change:
    return Change(at, RoomId(""), EVERYTHING, EventId(""))


def _put(queue: "asyncio.Queue[Change | None]", change: Change | None) -> None:
    """Add to a queue; who is so slow that it is full will look at everything again, or end."""
    if queue.full():
        waiting = [queue.get_nowait() for _ in range(queue.qsize())]
        change = None if None in waiting or change is None else _everything(change.seq)
    queue.put_nowait(change)


async def _waiting(queue: "asyncio.Queue[Change | None]") -> Sequence[Change]:
    """Wait for changes; nothing says that the session has ended."""
    taken = [await queue.get()]
    taken += [queue.get_nowait() for _ in range(queue.qsize())]
    return () if None in taken else _newest([change for change in taken if change])


def _newest(changes: Sequence[Change]) -> Sequence[Change]:
    """Leave out what a later change of the same post covers."""
    newest: dict[tuple[str, str], Change] = {}
    for change in changes:
        key = (change.event_id or change.kind, change.room_id)
        newest.pop(key, None)
        newest[key] = change
    return list(newest.values())
