"""A case is found by what people call it, without a look at the other cases of its connection."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from appservice import migrations
from appservice.database import Change, Database
from appservice.migrations import migrate
from bridges.casebook import Casebook
from bridges.cases import Case, Dated
from bridges.store import cases_table

_KEY, _ID = ("c1", "Deal/Ab7"), "Deal/Ab7"
_URL = "https://App.example/deals/7"
_CASE = Case(number="#Ops-7", url=Dated(_URL, 1))
_NAMES = ("#ops-7", " OPS-7 ", "deal/ab7", "AB7", _URL.upper())


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[tuple[Database, Casebook]]:
    database = await Database.open(url)
    try:
        await migrate(database)
        yield database, Casebook(database=database)
    finally:
        await database.close()


async def _knows(database: Database, book: Casebook, *cases: Case) -> None:
    """Store one case as it was said to be, one time after the other."""
    for case in cases:
        known = (await book.known([_KEY])).get(_KEY)
        await database.write(book.put(*_KEY, case, known, "as it looks"))


async def test_a_case_is_found_by_each_of_its_names_and_by_no_former_one(database_url: str):
    async with _opened(database_url) as (database, book):
        await _knows(database, book, Case(number="#old-1", url=Dated("https://old.example", 1)))
        old = await book.named("c1", "old-1")
        await _knows(database, book, _CASE, Case(number=_CASE.number, url=Dated(_URL, 2)))
        await database.write(book.put("c2", "7", _CASE, None, ""))
        await database.write(book.put("c1", "8", Case(), None, ""))
        found = {name: await book.named("c1", name) for name in _NAMES}
        former = [await book.named("c1", name) for name in ("#old-1", "https://old.example")]
        nothing = [await book.named("c1", name) for name in ("", "#", "deal/", "!ops-7", "7")]

    assert old == [_ID]
    assert list(found.values()) == [[_ID]] * len(_NAMES)
    assert former == [[], []]
    assert nothing == [[]] * 5


async def test_two_cases_of_one_number_are_both_found_and_others_are_not_even_read(
    database_url: str,
):
    async with _opened(database_url) as (database, book):
        for case_id, number in (("a", "#7"), ("b", "!7"), ("c", "")):
            await database.write(book.put("c1", case_id, Case(number=number), None, ""))
        unreadable = sa.update(cases_table).where(cases_table.c.case_id == "c")
        await database.write(Change(unreadable.values(state=b"no JSON")))
        both, one = await book.named("c1", "7"), await book.named("c1", "!7")
        none = await book.named("c1", "#")

    assert sorted(both) == ["a", "b"]
    assert one == ["b"]
    assert none == []


@pytest.mark.parametrize("number", [0, 1, 2500])
async def test_cases_that_were_stored_before_they_had_marks_are_found(
    database_url: str, number: int
):
    async with _opened(database_url) as (database, book):
        await _knows(database, book, _CASE)
        others = [
            book.put("c9", f"x/{one}", Case(number=f"#{one}"), None, "") for one in range(number)
        ]
        if others:
            await database.write(*others)
        await database.run(_without_marks)
        await database.run(lambda connection: connection.run_sync(_get_marks))
        found = [await book.named("c1", name) for name in _NAMES]
        last = await book.named("c9", f"#{number - 1}")

    assert found == [[_ID]] * len(_NAMES)
    assert last == ([f"x/{number - 1}"] if number else [])


async def _without_marks(connection) -> None:
    """Bring the table to what it was before (revision 0022)."""
    for name in ("by_number", "by_tail", "by_url"):
        await connection.execute(sa.text(f"DROP INDEX cases_{name}"))
        await connection.execute(sa.text(f"ALTER TABLE cases DROP COLUMN {name}"))


def _get_marks(connection: sa.Connection) -> None:
    """Do what revision 0023 did, and no later one."""
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    with Operations.context(MigrationContext.configure(connection)):
        scripts.get_revision("0023").module.upgrade()
