"""Questions that are asked at the same moment, answered by one read.

    get(a) get(b) ... while a read runs --> wait --> one read for all of them --> answers

Whoever asks is answered by a read that begins after the asking, so an answer is never older than
its question; under a burst one read serves dozens, and nothing has to be kept or made invalid.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Together(Generic[T]):
    """Gathers the questions about one kind of row."""

    def __init__(self, read: Callable[[Sequence[str]], Awaitable[Mapping[str, T]]]) -> None:
        """*read* returns what it finds of the keys that it is given."""
        self._read = read
        self._asked: dict[str, asyncio.Future[T | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def get(self, key: str) -> T | None:
        """Return what is found under *key*, or None."""
        if key not in self._asked:
            self._asked[key] = asyncio.get_running_loop().create_future()
        answer = self._asked[key]
        if self._task is None:
            self._task = asyncio.create_task(self._answer_all(), name="reads together")
        return await asyncio.shield(answer)

    async def _answer_all(self) -> None:
        try:
            while asked := self._asked:
                self._asked = {}
                await self._answer(asked)
        finally:
            self._task = None

    async def _answer(self, asked: Mapping[str, asyncio.Future[T | None]]) -> None:
        try:
            found = await self._read(list(asked))
        except Exception as error:  # noqa: BLE001 - it belongs to those who asked
            for answer in asked.values():
                answer.set_exception(error)
            return
        for key, answer in asked.items():
            answer.set_result(found.get(key))
