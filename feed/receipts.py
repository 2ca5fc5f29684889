"""Private read receipts, so that a person's other clients know what they read here.

They are sent with the person's own token, and nobody else learns of them. They are a courtesy:
what follows within a moment is one receipt, no page waits for them, and one that is refused or
cut off by a restart is forgotten, since the next one says more.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from appservice.errors import HomeserverError, RateLimited, Unreachable
from appservice.ids import EventId, RoomId
from feed.marks import Receipt
from feed.sessions import Sessions

_MOMENT = 2.0
_AWAY = 30.0
_MOST_WAITING = 10_000

log = structlog.get_logger(__name__)


class Receipts:
    """The task that sends them. start() and close() frame its life."""

    def __init__(self, *, people: Sessions) -> None:
        self._people = people
        self._waiting: dict[tuple[str, RoomId, str], EventId] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send."""
        self._task = asyncio.create_task(self._send_for_ever(), name="receipts")

    async def close(self) -> None:
        """Stop; what waits is forgotten."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def tell(self, session: str, receipts: Sequence[Receipt]) -> None:
        """Have *receipts* sent in a moment, in the name of a session."""
        for one in receipts:
            if len(self._waiting) < _MOST_WAITING:
                self._waiting[session, one.room_id, one.thread] = one.event_id
        self._wake.set()

    async def _send_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(_MOMENT)
            self._wake.clear()
            batch, self._waiting = self._waiting, {}
            for key, event_id in batch.items():
                await self._send(key, event_id)

    async def _send(self, key: tuple[str, RoomId, str], event_id: EventId) -> None:
        session, room_id, thread = key
        try:
            account = await self._people.account(session)
            await account.acknowledge_privately(room_id, event_id, thread=thread)
        except (Unreachable, RateLimited) as error:
            self._waiting.setdefault(key, event_id)
            self._wake.set()
            await asyncio.sleep(error.retry_after if isinstance(error, RateLimited) else _AWAY)
        except (HomeserverError, OSError, SQLAlchemyError) as error:
            log.info("a receipt was not sent", room=room_id, error=str(error))
