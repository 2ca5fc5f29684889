"""The threads under SQLite, when those who ask for them give up."""

import asyncio
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.engines import open_engine
from tests.harness.wait import until


async def _one(connection: AsyncConnection) -> int:
    return int(await connection.scalar(sa.text("SELECT 1")))


async def test_who_gives_up_while_a_connection_opens_leaves_no_thread_behind(tmp_path: Path):
    """A thread that nobody ends would keep the whole program from ending."""
    before = set(threading.enumerate())
    for turns in range(40):
        engine = open_engine(f"sqlite:///{tmp_path}/{turns}.db")
        asking = asyncio.create_task(engine.look(_one))
        # Somewhere between the first step and the answer.
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await engine.transact(_one)
        await engine.close()

    async def ended() -> bool:
        return set(threading.enumerate()) <= before

    await until(ended, "every thread has ended")


async def test_who_comes_after_the_end_opens_nothing(tmp_path: Path):
    engine = open_engine(f"sqlite:///{tmp_path}/parvis.db")
    opening = asyncio.create_task(engine.look(_one))
    await asyncio.sleep(0)
    before = set(threading.enumerate())

    await engine.close()

    with pytest.raises(RuntimeError, match="was closed"):
        await engine.look(_one)
    with pytest.raises(RuntimeError, match="was closed"):
        await opening

    async def ended() -> bool:
        return not set(threading.enumerate()) - before

    await until(ended, "no thread was begun")
