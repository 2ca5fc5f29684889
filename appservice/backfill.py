"""Finds what no push brought: walks rooms back to the last event that we know.

    start: ping -> refuse one push -> walk every room     (Synapse forgets pushes when it crashes)
    a gap seen, a doubtful send: walk that room
    the homeserver is back after it did not answer, and nightly: the same

A walk reads `/messages` backwards, page by page, down to the event where the last complete walk
began; what a push lost may lie behind what later pushes brought, so knowing one event is no reason
to stop. What is missing is stored in the order of the timeline.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import structlog

from appservice.account import Account
from appservice.errors import Forbidden, HomeserverError, NotFound
from appservice.events import RoomEvent
from appservice.ids import EventId, RoomId
from appservice.inbox import Inbox
from appservice.payload import Payload

_PAGE, _LOOK = 100, 10
"""Events: of a page, and of the first one where little can be missing."""
_ROOMS_AT_ONCE = 4
_LONGEST_WALK = 500
"""Pages; a room with more missing than this is walked by `parvis rebuild`."""

log = structlog.get_logger(__name__)


class Backfill:
    """Walks rooms as the bot."""

    def __init__(self, *, bot: Account, inbox: Inbox, wake: Callable[[], None]) -> None:
        self._bot = bot
        self._inbox = inbox
        self._wake = wake

    async def walk_all(self) -> None:
        """Walk every room the bot is in; a room that fails is left to the next walk."""
        slots = asyncio.Semaphore(_ROOMS_AT_ONCE)

        async def walk(room_id: RoomId) -> None:
            async with slots:
                try:
                    await self.walk(room_id)
                except HomeserverError as error:
                    log.warning("room not walked", room=room_id, error=str(error))

        await asyncio.gather(*(walk(room_id) for room_id in await self._bot.joined_rooms()))

    async def walk(self, room_id: RoomId, *, pages: int = _LONGEST_WALK) -> None:
        """Store what *room_id* holds and we lack, at most so many *pages* of 100 events back."""
        stop = await self._inbox.walked_to(room_id)
        newest, missing = "", list[Payload]()
        start = ""
        for _ in range(pages):
            # Mostly nothing is missing, and the homeserver works for each event that it returns.
            limit = _LOOK if stop and not start else _PAGE
            page = await self._bot.messages_raw(room_id, start=start, limit=limit)
            newest = newest or next((event.text("event_id") for event in page.events), "")
            missing.extend(await self._unknown(page.events))
            met = stop and any(event.text("event_id") == stop for event in page.events)
            if not page.end or met:
                break
            start = page.end
        else:
            if pages == _LONGEST_WALK:
                log.warning("room walked in part; `parvis rebuild` reads the rest", room=room_id)
        if missing:
            log.info("walk found what no push brought", room=room_id, events=len(missing))
            await self._inbox.store([event.json() for event in reversed(missing)], walked=True)
            self._wake()
        if newest:
            await self._inbox.mark_walked(room_id, EventId(newest))

    async def _unknown(self, events: Sequence[Payload]) -> list[Payload]:
        ids = [EventId(event.text("event_id")) for event in events]
        known = await self._inbox.known(ids)
        return [event for event, event_id in zip(events, ids, strict=True) if event_id not in known]


async def whole_timeline(bot: Account, room_id: RoomId) -> AsyncIterator[Sequence[RoomEvent]]:
    """Yield a room's events from its beginning to now, page by page, for `rebuild`.

    A room that the bot may no longer read yields nothing.
    """
    start = ""
    while True:
        try:
            page = await bot.messages(room_id, start=start, backwards=False, limit=_PAGE)
        except (Forbidden, NotFound):
            return
        if page.events:
            yield page.events
        if not page.end or page.end == start:
            return
        start = page.end
