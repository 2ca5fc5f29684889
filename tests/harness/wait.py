"""Waiting for a condition, with a deadline, saying what was awaited."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(condition: Callable[[], Awaitable[T]], what: str, *, within: float = 60.0) -> T:
    """Return the first true answer of *condition*; fail naming *what* after *within* seconds."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        answer = await condition()
        if answer:
            return answer
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"not within {within:g} s: {what}; last answer {answer!r}")
        await asyncio.sleep(0.02)
