"""One database for two engines: SQLite in the data folder, or PostgreSQL.

    read(statement)  --+
    look(work) --------+-------------------------------> readers (SQLite: query-only threads)
    write(change...) --+                                 one writer task:
    run(work) ---------+--> queue --> drain --> BEGIN --> one executemany per kind, a savepoint
                                                          per mixed unit --> one synced COMMIT
                                                          --> wake all who wait

SQLite gets exactly one writing connection, because WAL files of versions before 3.51.3 can be
damaged by two. Waiting writers share a commit, so a burst costs one disk sync, not hundreds.
On PostgreSQL, run() takes a connection of the pool instead and repeats on serialization failures.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Self, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.engines import Engine, Work, open_engine
from appservice.errors import DatabaseAway

metadata = sa.MetaData()
"""Tables that Alembic keeps. Each table says in ``info`` whether it is 'kept' or 'rebuilt'."""

KEPT = {"life": "kept"}
REBUILT = {"life": "rebuilt"}
LOCKED = {"locked": True}
"""Marks columns whose values the vault encrypted."""

T = TypeVar("T")
Row: TypeAlias = Mapping[str, Any]

_MOST_UNITS_PER_COMMIT = 500


@dataclass(frozen=True)
class Change:
    """One statement with its rows; no rows means that it is executed once, as it stands."""

    statement: sa.Executable
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class _Unit:
    """What is committed together or not at all."""

    work: tuple[Change, ...] | Work[Any]
    done: asyncio.Future[Any]


class Database:
    """The only way to the tables; open() makes it, close() ends it in order."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: asyncio.Queue[_Unit | None] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write_for_ever(), name="database writer")

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open *url*: ``sqlite:///path`` or ``postgresql://user:password@host/name``."""
        return cls(open_engine(url))

    async def reach(self) -> None:
        """Ask it something, or raise DatabaseAway."""
        try:
            await self.read(sa.text("SELECT 1"))
        except Exception as error:
            first = str(error).partition("\n")[0]
            raise DatabaseAway(first or type(error).__name__) from error

    @property
    def is_sqlite(self) -> bool:
        """Tell which engine this is, for the few queries that differ."""
        return self._engine.is_sqlite

    async def read(
        self, statement: sa.Executable, values: Row | None = None
    ) -> Sequence[sa.Row[Any]]:
        """Return all rows that *statement* yields."""

        async def work(connection: AsyncConnection) -> Sequence[sa.Row[Any]]:
            return (await connection.execute(statement, values)).all()

        return await self.look(work)

    async def look(self, work: Work[T]) -> T:
        """Return what *work* makes of several reads; like in run(), it does nothing but queries."""
        return await self._engine.look(work)

    async def write(self, *changes: Change) -> None:
        """Carry *changes* out as one unit; returns after the commit reached the disk."""
        await self._submit(changes)

    async def run(self, work: Work[T], *, in_line: bool = False) -> T:
        """Carry out *work*, which may read what it writes, as one unit.

        On SQLite it holds up every other writer, and on a conflict in PostgreSQL it is repeated:
        it must be short, do nothing but queries, and leave no trace when it raises.

        *in_line*: PostgreSQL's too takes its turn with what is written. Whoever gives a row its number
        outside of the line may commit it after a later number was read.
        """
        if self.is_sqlite or in_line:
            result: T = await self._submit(work)
            return result
        return await self._engine.transact(work)

    async def close(self) -> None:
        """Finish what was submitted, then close."""
        await self._queue.put(None)
        await self._writer
        await self._engine.close()

    async def _submit(self, work: tuple[Change, ...] | Work[Any]) -> Any:
        if self._writer.done():
            raise RuntimeError("the database is closed")
        unit = _Unit(work, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(unit)
        # Who gives up takes back the waiting only: the unit is carried out all the same.
        return await unit.done

    async def _write_for_ever(self) -> None:
        while (first := await self._queue.get()) is not None:
            units = [first]
            ended = False
            while not self._queue.empty() and len(units) < _MOST_UNITS_PER_COMMIT:
                following = self._queue.get_nowait()
                if following is None:
                    ended = True
                    break
                units.append(following)
            await self._commit(units)
            if ended:
                return

    async def _commit(self, units: list[_Unit]) -> None:
        """Commit *units* together; if that fails, each alone, so that one cannot fail another."""
        try:
            results = await self._engine.transact(
                lambda connection: _execute_together(connection, units)
            )
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to those who wait
            if len(units) == 1:
                _fail(units[0], error)
                return
            for unit in units:
                await self._commit([unit])
            return
        for unit, result in zip(units, results, strict=True):
            if not unit.done.done():
                unit.done.set_result(result)


async def _execute_together(connection: AsyncConnection, units: list[_Unit]) -> list[Any]:
    """Run all units in order, merging neighbours that are one same statement with rows."""
    results: list[Any] = []
    position = 0
    while position < len(units):
        merged = _same_statement(units, position)
        if merged:
            rows = [row for unit in merged for row in _plain(unit).rows]
            await connection.execute(_plain(merged[0]).statement, rows)
            results.extend([None] * len(merged))
            position += len(merged)
        else:
            results.append(await _execute_alone(connection, units[position]))
            position += 1
    return results


async def _execute_alone(connection: AsyncConnection, unit: _Unit) -> Any:
    async with connection.begin_nested():
        if callable(unit.work):
            return await unit.work(connection)
        for statement, rows in _by_statement(unit.work):
            await connection.execute(statement, rows or None)
        return None


def _by_statement(changes: Sequence[Change]) -> Iterator[tuple[sa.Executable, list[Row]]]:
    """Walk the statements of a unit; neighbours that are one same statement are executed once."""
    for _, same in groupby(changes, key=lambda change: (id(change.statement), not change.rows)):
        every = list(same)
        if every[0].rows:
            yield every[0].statement, [row for change in every for row in change.rows]
        else:
            yield from ((change.statement, []) for change in every)


def _same_statement(units: list[_Unit], start: int) -> list[_Unit]:
    merged: list[_Unit] = []
    for unit in units[start:]:
        if not _is_plain(unit):
            break
        if merged and _plain(unit).statement is not _plain(merged[0]).statement:
            break
        merged.append(unit)
    return merged


def _is_plain(unit: _Unit) -> bool:
    return isinstance(unit.work, tuple) and len(unit.work) == 1 and bool(unit.work[0].rows)


def _plain(unit: _Unit) -> Change:
    assert isinstance(unit.work, tuple)  # noqa: S101 - _is_plain said so
    return unit.work[0]


def _fail(unit: _Unit, error: Exception) -> None:
    if not unit.done.done():
        unit.done.set_exception(error)


def by_kind(changes: Iterable[Change]) -> Sequence[Change]:
    """Return *changes* with equal statements side by side, for a unit that has no order."""
    return sorted(changes, key=lambda change: id(change.statement))


async def holds_locked(database: Database) -> bool:
    """Tell whether anything in *database* is locked with a key."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if column.info == LOCKED:
                some = sa.select(sa.literal(1)).where(sa.func.length(column) > 0).limit(1)
                if await database.read(some):
                    return True
    return False


def insert_new(table: sa.Table) -> sa.Executable:
    """Return an insert that leaves rows alone whose key stands already."""
    return _UpsertInsert(table).on_conflict_do_nothing()


def upsert(table: sa.Table, *keys: str, only: Sequence[str] = ()) -> sa.Executable:
    """Return an insert that overwrites the row with the same *keys* (all columns, or *only*)."""
    insert = _UpsertInsert(table)
    names = only or [column.name for column in table.columns if column.name not in keys]
    return insert.on_conflict_do_update(
        index_elements=list(keys), set_={name: insert.excluded[name] for name in names}
    )


def insert_or_count(table: sa.Table, *keys: str, counter: str) -> sa.Executable:
    """Return an insert that adds one to *counter* of the row which has the same *keys* already."""
    more = {counter: table.c[counter] + sa.literal_column("1")}
    return _UpsertInsert(table).on_conflict_do_update(index_elements=list(keys), set_=more)


class _UpsertInsert(postgresql.Insert):
    """The ON CONFLICT clause reads alike in both engines, so one statement serves both."""

    inherit_cache = True
