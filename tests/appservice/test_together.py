"""Who asks at the same moment is answered by one read, and never by an older one."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from appservice.together import Together


class _Shelf:
    """Reads that take until they are let go; each remembers what it was asked."""

    def __init__(self) -> None:
        self.books = {"a": 1}
        self.asked: list[Sequence[str]] = []
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()

    async def read(self, keys: Sequence[str]) -> Mapping[str, int]:
        self.asked.append(keys)
        found = {key: self.books[key] for key in keys if key in self.books}
        self.begun.set()
        await self.may_end.wait()
        if "broken" in keys:
            raise LookupError("broken")
        return found


async def test_a_question_asked_during_a_read_waits_for_the_next():
    shelf = _Shelf()
    reads = Together(shelf.read)
    first = asyncio.create_task(reads.get("a"))
    await asyncio.wait_for(shelf.begun.wait(), 5)

    shelf.books["a"] = 2
    later = [asyncio.create_task(reads.get(key)) for key in ("a", "a", "b")]
    await asyncio.sleep(0)
    shelf.may_end.set()

    assert await first == 1
    assert await asyncio.gather(*later) == [2, 2, None]
    assert shelf.asked == [["a"], ["a", "b"]]


async def test_a_read_that_fails_fails_those_who_asked_and_nobody_after_them():
    shelf = _Shelf()
    shelf.may_end.set()
    reads = Together(shelf.read)

    with pytest.raises(LookupError):
        await asyncio.wait_for(reads.get("broken"), 5)
    assert await asyncio.wait_for(reads.get("a"), 5) == 1
