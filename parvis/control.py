"""The socket by which a command reaches the running program: one line asks, lines answer.

It lies in the data folder, for its owner alone (mode 0600). A line that begins with "ok" or "failed"
is the last.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import structlog

from appservice.errors import ParvisError

_NAME = "control.sock"
_LONGEST_LINE = 4096

log = structlog.get_logger(__name__)

Say: TypeAlias = Callable[[str], None]
Job: TypeAlias = Callable[[Say], Awaitable[None]]


class JobFailed(ParvisError):
    """The running program could not do what was asked."""


@asynccontextmanager
async def answering(folder: Path, jobs: Mapping[str, Job]) -> AsyncIterator[None]:
    """Do *jobs* by their names, for as long as it lasts."""
    path = folder / _NAME
    path.unlink(missing_ok=True)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = (await reader.readline()).decode(errors="replace").strip()
        await _do(name, jobs, lambda line: writer.write(line.encode() + b"\n"))
        writer.close()

    before = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(answer, path, limit=_LONGEST_LINE)
    finally:
        os.umask(before)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def ask(folder: Path, name: str, say: Say) -> bool:
    """Have the running program do *name*; return False if none runs, raise JobFailed."""
    try:
        reader, writer = await asyncio.open_unix_connection(folder / _NAME)
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    writer.write(name.encode() + b"\n")
    try:
        while raw := await reader.readline():
            line = raw.decode().rstrip("\n")
            if line == "ok":
                return True
            if line.startswith("failed"):
                raise JobFailed(line.removeprefix("failed").strip())
            say(line)
    finally:
        writer.close()
    raise JobFailed("the running program ended")


async def _do(name: str, jobs: Mapping[str, Job], say: Say) -> None:
    job = jobs.get(name)
    if job is None:
        say(f"failed: nothing is called {name!r}")
        return
    try:
        await job(say)
    except ParvisError as error:
        say(f"failed: {error}")
    except Exception as error:
        log.exception("a job failed", job=name)
        say(f"failed: {type(error).__name__}, see the log")
    else:
        say("ok")
