"""One database for two engines: SQLite in the data folder, or PostgreSQL.

    read(statement)  ----------------------------------> readers   (SQLite: query-only connections)
    write(change...) --+                                 one writer task:
    run(work) ---------+--> queue --> drain --> BEGIN --> one executemany per kind, a savepoint
                                                          per mixed unit --> one synced COMMIT
                                                          --> wake all who wait

SQLite gets exactly one writing connection, because WAL files of versions before 3.51.3 can be
damaged by two. Waiting writers share a commit, so a burst costs one disk sync, not hundreds.
On PostgreSQL, run() takes a connection of the pool instead and repeats on serialization failures.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, StaticPool

from appservice.errors import ConfigError

metadata = sa.MetaData()
"""Tables that Alembic keeps. Each table says in ``info`` whether it is 'kept' or 'rebuilt'."""

KEPT = {"life": "kept"}
REBUILT = {"life": "rebuilt"}

T = TypeVar("T")
Row: TypeAlias = Mapping[str, Any]
Work: TypeAlias = Callable[[AsyncConnection], Awaitable[T]]

_MOST_UNITS_PER_COMMIT = 500
_READERS = 4
_SERIALIZATION_FAILURES = {"40001", "40P01"}
_TRIES = 5


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

    def __init__(self, *, readers: AsyncEngine, writers: AsyncEngine) -> None:
        self._readers = readers
        self._writers = writers
        self._queue: asyncio.Queue[_Unit | None] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write_for_ever(), name="database writer")

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open *url*: ``sqlite:///path`` or ``postgresql://user:password@host/name``."""
        if url.startswith("sqlite"):
            return cls(readers=_sqlite_readers(url), writers=_sqlite_writer(url))
        if url.startswith("postgres"):
            engine = create_async_engine(
                "postgresql+asyncpg://" + url.partition("://")[2],
                pool_size=10,
                max_overflow=10,
                hide_parameters=True,
            )
            return cls(readers=engine, writers=engine)
        raise ConfigError("database", "is neither sqlite:///… nor postgresql://…")

    @property
    def is_sqlite(self) -> bool:
        """Tell which engine this is, for the few queries that differ."""
        return self._writers.dialect.name == "sqlite"

    async def read(
        self, statement: sa.Executable, values: Row | None = None
    ) -> Sequence[sa.Row[Any]]:
        """Return all rows that *statement* yields."""
        async with self.reading() as connection:
            return (await connection.execute(statement, values)).all()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection that several reads share."""
        async with self._readers.connect() as connection:
            yield connection

    async def write(self, *changes: Change) -> None:
        """Carry *changes* out as one unit; returns after the commit reached the disk."""
        await self._submit(changes)

    async def run(self, work: Work[T]) -> T:
        """Carry out *work*, which may read what it writes, as one unit.

        On SQLite it holds up every other writer, and on a conflict in PostgreSQL it is repeated:
        it must be short, do nothing but queries, and leave no trace when it raises.
        """
        if self.is_sqlite:
            result: T = await self._submit(work)
            return result
        return await self._run_on_pool(work)

    async def close(self) -> None:
        """Finish what was submitted, then close readers before the writer."""
        await self._queue.put(None)
        await self._writer
        await self._readers.dispose()
        if self._writers is not self._readers:
            await self._writers.dispose()

    async def _submit(self, work: tuple[Change, ...] | Work[Any]) -> Any:
        if self._writer.done():
            raise RuntimeError("the database is closed")
        unit = _Unit(work, asyncio.get_running_loop().create_future())
        await self._queue.put(unit)
        return await asyncio.shield(unit.done)

    async def _run_on_pool(self, work: Work[T]) -> T:
        for _ in range(_TRIES - 1):
            try:
                async with self._writers.begin() as connection:
                    return await work(connection)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", "") not in _SERIALIZATION_FAILURES:
                    raise
        async with self._writers.begin() as connection:
            return await work(connection)

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
            async with self._writers.begin() as connection:
                results = await _execute_together(connection, units)
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
        for change in unit.work:
            if change.rows:
                await connection.execute(change.statement, list(change.rows))
            else:
                await connection.execute(change.statement)
        return None


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


class _UpsertInsert(postgresql.Insert):
    """The ON CONFLICT clause reads alike in both engines, so one statement serves both."""

    inherit_cache = True


def _sqlite_readers(url: str) -> AsyncEngine:
    engine = create_async_engine(
        _sqlite_url(url),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=_READERS,
        max_overflow=_READERS,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
    )
    sa.event.listen(engine.sync_engine, "connect", _prepare_reader)
    return engine


def _sqlite_writer(url: str) -> AsyncEngine:
    path = Path(sa.make_url(url).database or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    # An error's text ends in logs, and rows hold secrets.
    engine = create_async_engine(_sqlite_url(url), poolclass=StaticPool, hide_parameters=True)
    sa.event.listen(engine.sync_engine, "connect", _prepare_writer)
    sa.event.listen(engine.sync_engine, "begin", _begin_at_once)
    return engine


def _sqlite_url(url: str) -> str:
    return "sqlite+aiosqlite://" + url.partition("://")[2]


def _prepare_writer(connection: Any, _record: object) -> None:
    # The driver's own BEGIN would come too late for savepoints; _begin_at_once says it instead.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_reader(connection: Any, _record: object) -> None:
    for pragma in ("journal_mode=WAL", "busy_timeout=5000", "query_only=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_at_once(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
