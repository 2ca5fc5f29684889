"""What lasts as long as the program outlives its own failures."""

import asyncio

import structlog

from appservice.background import Background


async def test_work_that_fails_is_logged_and_begins_anew():
    begun, done = [], asyncio.Event()

    async def nightly() -> None:
        begun.append(len(begun))
        if len(begun) < 3:
            raise LookupError("the disk is full")
        done.set()

    background = Background(pause=0.01)
    with structlog.testing.capture_logs() as lines:
        background.start("nightly", nightly)
        await asyncio.wait_for(done.wait(), 5)
    await background.close()

    assert begun == [0, 1, 2]
    assert [line["work"] for line in lines] == ["nightly", "nightly"]


async def test_closing_ends_what_still_runs():
    ended = asyncio.Event()

    async def for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    background = Background()
    background.start("for ever", for_ever)
    await asyncio.sleep(0)
    await background.close()

    assert ended.is_set()
