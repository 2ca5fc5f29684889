"""When the homeserver counts as away."""

import asyncio

from appservice.errors import Unreachable
from appservice.reachability import Reachability


async def _changes(failing: int) -> list[bool]:
    """Return what pages are told while *failing* questions in a row are not answered."""
    reachability, told, asked = Reachability(), list[bool](), 0
    reachability.on_change(lambda: told.append(reachability.away))
    enough = asyncio.Event()

    async def ask() -> None:
        nonlocal asked
        asked += 1
        if asked <= failing:
            raise Unreachable("broken")
        reachability.answered()
        enough.set()

    watching = asyncio.create_task(reachability.watch(ask))
    async with asyncio.timeout(10):
        await enough.wait()
    watching.cancel()
    return told


async def test_one_question_without_answer_is_no_outage():
    assert await _changes(1) == []


async def test_two_in_a_row_are_one_until_it_answers():
    assert await _changes(2) == [True, False]
