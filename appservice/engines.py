"""The two engines under the database: each looks (reads) and transacts (writes) for it.

    SQLite       one writing thread and four reading ones, each with a connection of its own;
                 a whole unit is carried out in one visit to its thread
    PostgreSQL   a pool; a unit waits for each of its statements in turn

Work is written once, as a coroutine over an AsyncConnection. In a thread of aiosqlite every
statement is done when its call returns, so such a coroutine never has to wait and runs through like
a plain function: one change of threads for a page or a commit, where SQLAlchemy's own way over
aiosqlite changes about four times for each statement.
"""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar, cast

import aiosqlite
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import StaticPool

from appservice.errors import ConfigError

T = TypeVar("T")
Work: TypeAlias = Callable[[AsyncConnection], Awaitable[T]]
_Enter: TypeAlias = Callable[..., Awaitable[Any]]

_READERS = 4
_INTERPRETER_TURN = 0.0002
"""Seconds after which a thread that computes makes room for one that waits."""
_SERIALIZATION_FAILURES = {"40001", "40P01"}
_TRIES = 5


class Engine(Protocol):
    """What a database is to us."""

    is_sqlite: bool

    async def look(self, work: Work[T]) -> T:
        """Return what *work*, which only reads, finds."""

    async def transact(self, work: Work[T]) -> T:
        """Carry *work* out in one transaction; returns after the commit reached the disk."""

    async def close(self) -> None:
        """Let go of every connection."""


def open_engine(url: str) -> Engine:
    """Return the engine that *url* names."""
    if url.startswith("sqlite"):
        return SqliteThreads("sqlite://" + url.partition("://")[2])
    if url.startswith("postgres"):
        return PostgresPool("postgresql+asyncpg://" + url.partition("://")[2])
    raise ConfigError("database", "is neither sqlite:///… nor postgresql://…")


class SqliteThreads:
    """SQLite. Only one connection writes; the caller gives it one transaction at a time."""

    is_sqlite = True

    def __init__(self, url: str) -> None:
        path = Path(sa.make_url(url).database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        # A thread lets go of the interpreter at each row; a busy loop must not keep it for 5 ms.
        sys.setswitchinterval(_INTERPRETER_TURN)
        self._writer = _Seats(str(path), 1, _prepare_writer)
        self._readers = _Seats(str(path), _READERS, _prepare_reader)

    async def look(self, work: Work[T]) -> T:
        """See Engine."""
        return await self._readers.run(lambda connection: _looked(connection, work))

    async def transact(self, work: Work[T]) -> T:
        """See Engine."""
        return await self._writer.run(lambda connection: _transacted(connection, work))

    async def close(self) -> None:
        """See Engine. The writer goes last, so that it leaves no log behind."""
        await self._readers.close()
        await self._writer.close()


class PostgresPool:
    """PostgreSQL; what fails because another transaction was quicker is repeated."""

    is_sqlite = False

    def __init__(self, url: str) -> None:
        self._engine = create_async_engine(url, pool_size=10, max_overflow=10, hide_parameters=True)

    async def look(self, work: Work[T]) -> T:
        """See Engine."""
        async with self._engine.connect() as connection:
            return await work(connection)

    async def transact(self, work: Work[T]) -> T:
        """See Engine."""
        for _ in range(_TRIES - 1):
            try:
                return await self._transact_once(work)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", "") not in _SERIALIZATION_FAILURES:
                    raise
        return await self._transact_once(work)

    async def close(self) -> None:
        """See Engine."""
        await self._engine.dispose()

    async def _transact_once(self, work: Work[T]) -> T:
        async with self._engine.begin() as connection:
            return await work(connection)


class _Seats:
    """Connections that each live in a thread of their own; one caller at a time takes each.

    They are opened by tasks of ours and not by callers, who may give up at any moment: a thread that
    nobody ends would keep the program from ending.
    """

    def __init__(
        self, path: str, number: int, prepare: Callable[[sqlite3.Connection], None]
    ) -> None:
        self._path = path
        self._prepare = prepare
        self._to_open = number
        self._opening: set[asyncio.Task[None]] = set()
        self._seats: list[_Seat] = []
        self._free: asyncio.Queue[_Seat | Exception] = asyncio.Queue()
        self._closed = False

    async def run(self, work: Callable[[sa.Connection], T]) -> T:
        """Return what *work* makes of a connection, in that connection's thread."""
        seat = await self._take()
        try:
            return await seat.run(work)
        finally:
            if not self._closed:
                self._free.put_nowait(seat)

    async def close(self) -> None:
        """Finish what runs, then close; who waits for a connection, or asks later, gets an error."""
        self._closed = True
        await asyncio.gather(*self._opening)
        while not self._free.empty():
            self._free.get_nowait()
        self._free.put_nowait(RuntimeError("the database was closed"))
        for seat in self._seats:
            await seat.close()

    async def _take(self) -> "_Seat":
        if self._free.empty() and self._to_open:
            self._to_open -= 1
            opening = asyncio.create_task(self._open_one(), name="database connection")
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)
        seat = await self._free.get()
        if isinstance(seat, Exception):
            if self._closed:
                self._free.put_nowait(seat)
            raise seat
        return seat

    async def _open_one(self) -> None:
        try:
            seat = await _Seat.open(self._path, self._prepare)
        except Exception as error:  # noqa: BLE001 - whatever it is, one of those who wait must learn it
            self._to_open += 1
            self._free.put_nowait(error)
        else:
            self._seats.append(seat)
            self._free.put_nowait(seat)


class _Seat:
    """One connection of aiosqlite with SQLAlchemy upon it.

    aiosqlite's own way into its thread is used for whole units of work: its public calls enter it
    once for each statement, each row and each cursor.
    """

    def __init__(
        self, driver: aiosqlite.Connection, enter: _Enter, connection: sa.Connection
    ) -> None:
        self._driver = driver
        self._enter = enter
        self._connection = connection

    @classmethod
    async def open(cls, path: str, prepare: Callable[[sqlite3.Connection], None]) -> "_Seat":
        driver = await aiosqlite.connect(path)
        enter: _Enter = driver._execute  # noqa: SLF001

        def connect() -> sa.Connection:
            raw = driver._conn  # noqa: SLF001
            prepare(raw)
            return sa.create_engine(
                "sqlite://",
                creator=lambda: raw,
                poolclass=StaticPool,
                hide_parameters=True,  # An error's text ends in logs, and rows hold secrets.
            ).connect()

        try:
            return cls(driver, enter, await enter(connect))
        except BaseException:
            # Its thread would keep the program from ending.
            driver.stop()
            raise

    async def run(self, work: Callable[[sa.Connection], T]) -> T:
        result: T = await self._enter(work, self._connection)
        return result

    async def close(self) -> None:
        await self.run(lambda connection: connection.close())
        await self._driver.close()


class _AtOnce:
    """What work uses of an AsyncConnection, over a connection of the same thread."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect

    async def execute(self, statement: sa.Executable, values: Any = None) -> sa.CursorResult[Any]:
        return self._connection.execute(statement, values)

    async def scalar(self, statement: sa.Executable, values: Any = None) -> Any:
        return self._connection.scalar(statement, values)

    async def exec_driver_sql(self, text: str) -> sa.CursorResult[Any]:
        return self._connection.exec_driver_sql(text)

    async def run_sync(self, work: Callable[..., T], *values: Any, **named: Any) -> T:
        return work(self._connection, *values, **named)

    @asynccontextmanager
    async def begin_nested(self) -> AsyncIterator[None]:
        with self._connection.begin_nested():
            yield


def _looked(connection: sa.Connection, work: Work[T]) -> T:
    try:
        return _carried_out(connection, work)
    finally:
        connection.rollback()


def _transacted(connection: sa.Connection, work: Work[T]) -> T:
    with connection.begin():
        # The driver's own BEGIN would come too late for savepoints.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return _carried_out(connection, work)


def _carried_out(connection: sa.Connection, work: Work[T]) -> T:
    """Run *work*, which waits for nothing but the connection, through to its end."""
    given = cast("AsyncConnection", _AtOnce(connection))
    running = cast("Coroutine[None, None, T]", work(given))
    try:
        running.send(None)
    except StopIteration as end:
        return cast("T", end.value)
    running.close()
    raise RuntimeError("a unit of work waited for something else than its connection")


def _prepare_writer(connection: sqlite3.Connection) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_reader(connection: sqlite3.Connection) -> None:
    connection.isolation_level = None
    # The file itself keeps that its journal is a WAL, and two who change it at once lock each other out.
    for pragma in ("busy_timeout=5000", "query_only=ON"):
        connection.execute(f"PRAGMA {pragma}")
