"""Units of work on both engines: together in one commit, each alone in its failure."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.database import Change, Database, insert_new

_words = sa.Table(
    "words",
    sa.MetaData(),
    sa.Column("word", sa.Text, primary_key=True),
    sa.Column("said", sa.BigInteger, nullable=False),
)
_insert = sa.insert(_words)
_insert_new = insert_new(_words)
_say_again = (
    sa.update(_words)
    .where(_words.c.word == sa.bindparam("wanted"))
    .values(said=_words.c.said + sa.bindparam("times"))
)


def _row(word: str, said: int = 1) -> dict[str, object]:
    return {"word": word, "said": said}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(database_url)

    async def make(connection: AsyncConnection) -> None:
        await connection.run_sync(_words.metadata.create_all)

    await opened.run(make)
    yield opened
    await opened.close()


async def _all(database: Database) -> dict[str, int]:
    return {row.word: row.said for row in await database.read(sa.select(_words))}


async def test_a_unit_that_fails_fails_alone(database: Database):
    await database.write(Change(_insert, (_row("there"),)))

    results = await asyncio.gather(
        database.write(Change(_insert, (_row("one"),))),
        database.write(Change(_insert, (_row("two"), _row("there")))),
        database.write(Change(_insert, (_row("three"),)), Change(_insert, (_row("there"),))),
        database.write(Change(_insert_new, (_row("there", 9), _row("four")))),
        database.write(
            Change(_insert, (_row("five"),)),
            Change(_say_again, ({"wanted": "five", "times": 2},)),
            Change(_say_again, ({"wanted": "five", "times": 3},)),
        ),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [
        type(None), IntegrityError, IntegrityError, type(None), type(None),
    ]  # fmt: skip
    assert await _all(database) == {"there": 1, "one": 1, "four": 1, "five": 6}


async def test_what_work_finds_comes_back_and_what_it_raises_leaves_nothing(database: Database):
    async def count(connection: AsyncConnection) -> int:
        await connection.execute(_insert, [_row("one"), _row("two")])
        return int(await connection.scalar(sa.select(sa.func.count()).select_from(_words)))

    async def fail(connection: AsyncConnection) -> None:
        await connection.execute(_insert, [_row("three")])
        raise LookupError("on purpose")

    counted, failed, written = await asyncio.gather(
        database.run(count),
        database.run(fail),
        database.write(Change(_insert, (_row("four"),))),
        return_exceptions=True,
    )

    assert counted in {2, 3}  # PostgreSQL may have carried the other unit out before.
    assert (type(failed), written) == (LookupError, None)
    assert set(await _all(database)) == {"one", "two", "four"}


async def test_who_looks_finds_what_was_written_before(database: Database):
    async def look(connection: AsyncConnection) -> list[int]:
        found = [await connection.scalar(sa.select(sa.func.count()).select_from(_words))]
        rows = await connection.execute(sa.select(_words.c.said).order_by(_words.c.word))
        return [*found, *(row.said for row in rows)]

    for number in range(20):
        await database.write(Change(_insert, (_row(f"{number:02}", number),)))
        assert await database.look(look) == [number + 1, *range(number + 1)]


async def test_a_reader_of_sqlite_cannot_write(sqlite_url: str):
    database = await Database.open(sqlite_url)

    async def write(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql("CREATE TABLE forbidden (x)")

    with pytest.raises(sa.exc.OperationalError, match="readonly"):
        await database.look(write)
    await database.close()


async def test_work_on_sqlite_that_waits_for_something_else_is_refused(sqlite_url: str):
    database = await Database.open(sqlite_url)

    async def dawdle(_connection: AsyncConnection) -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="waited for something else"):
        await database.run(dawdle)
    await database.close()
