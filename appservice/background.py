"""Work that lasts as long as the program. What it raises is logged, and after a pause it begins anew.

An exception ends a plain task without a word: what it did every night is then done no more, and
nobody learns of it before they need it.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

_PAUSE = 10.0

log = structlog.get_logger(__name__)


class Background:
    """The tasks of one part of the house. close() ends them all."""

    def __init__(self, *, pause: float = _PAUSE) -> None:
        """*pause* is how many seconds failed work rests before it begins anew."""
        self._pause = pause
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Begin *work*, which may last for ever; once it returns it is done."""
        self._tasks.append(asyncio.create_task(self._last(name, work), name=name))

    async def close(self) -> None:
        """End what still runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _last(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Exception:
                log.exception("background work failed", work=name)
                await asyncio.sleep(self._pause)
            else:
                return
