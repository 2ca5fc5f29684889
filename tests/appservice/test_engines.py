"""The threads under SQLite, when those who ask for them give up."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.engines import Engine, open_engine
from tests.harness.wait import until


async def _one(connection: AsyncConnection) -> int:
    return int(await connection.scalar(sa.text("SELECT 1")))


@asynccontextmanager
async def _engine(path: Path) -> AsyncIterator[Engine]:
    engine = open_engine(f"sqlite:///{path}")
    try:
        yield engine
    finally:
        await engine.close()


async def test_who_gives_up_while_a_connection_opens_leaves_no_thread_behind(tmp_path: Path):
    """A thread that nobody ends would keep the whole program from ending."""
    before = set(threading.enumerate())
    for turns in range(40):
        async with _engine(tmp_path / f"{turns}.db") as engine:
            asking = asyncio.create_task(engine.look(_one))
            # Somewhere between the first step and the answer.
            for _ in range(turns):
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            await engine.transact(_one)

    await until(lambda: _ended(before), "every thread has ended")


async def test_who_waits_is_served_though_all_before_gave_up(tmp_path: Path):
    async with _engine(tmp_path / "parvis.db") as engine:
        first = [asyncio.create_task(engine.look(_one)) for _ in range(8)]
        last = asyncio.create_task(engine.look(_one))
        await asyncio.sleep(0)

        for one in first:
            one.cancel()

        assert await asyncio.wait_for(last, 5) == 1


async def test_who_comes_after_the_end_opens_nothing(tmp_path: Path):
    before = set(threading.enumerate())
    async with _engine(tmp_path / "parvis.db") as engine:
        opening = asyncio.create_task(engine.look(_one))
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="was closed"):
        await engine.look(_one)
    await asyncio.gather(opening, return_exceptions=True)
    await until(lambda: _ended(before), "every thread has ended")


async def test_a_file_that_is_no_database_fails_each_who_asks_and_leaves_no_thread(tmp_path: Path):
    before = set(threading.enumerate())
    (tmp_path / "parvis.db").write_text("No database at all. " * 100)

    async with _engine(tmp_path / "parvis.db") as engine:
        for _ in range(6):
            with pytest.raises(sqlite3.DatabaseError):
                await engine.transact(_one)

    await until(lambda: _ended(before), "every thread has ended")


async def _ended(before: set[threading.Thread]) -> bool:
    return set(threading.enumerate()) <= before
