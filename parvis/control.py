"""The socket by which a command reaches the running program: one JSON line asks, lines answer.

    {"job": "apply", "given": "groups: …"}
    {"done": 3, "of": 10}      {"tell": "new group “Vélo”"}      {"end": "ok"}

It lies in the data folder, for its owner alone (mode 0600).
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol, TypeAlias

import msgspec
import structlog

from appservice.errors import FileFaults, ParvisError
from appservice.payload import NotJson, Payload

_NAME = "control.sock"
_LONGEST_LINE = 16 * 1024 * 1024

log = structlog.get_logger(__name__)


class Voice(Protocol):
    """By which a job is heard where it was asked for."""

    def tell(self, line: str) -> None:
        """Say a line of the result."""

    def progress(self, done: int, total: int) -> None:
        """Say how far it is."""


Job: TypeAlias = Callable[[Voice, str], Awaitable[None]]
"""Does something with the text that it is given."""


class JobFailed(ParvisError):
    """The running program could not do what was asked."""


@asynccontextmanager
async def answering(folder: Path, jobs: Mapping[str, Job]) -> AsyncIterator[None]:
    """Do *jobs* by their names, for as long as it lasts."""
    path = folder / _NAME
    path.unlink(missing_ok=True)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = Payload.parse(await reader.readline())
        except (NotJson, ValueError):
            asked = Payload()
        await _do(asked, jobs, _Wire(writer))
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


async def runs(folder: Path) -> bool:
    """Tell whether a program answers there."""
    try:
        _, writer = await asyncio.open_unix_connection(folder / _NAME)
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    writer.close()
    return True


async def ask(folder: Path, name: str, voice: Voice, *, given: str = "") -> None:
    """Have the running program do *name*.

    Raises JobFailed, also if none runs, or FileFaults where what was *given* is at fault.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(folder / _NAME, limit=_LONGEST_LINE)
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise JobFailed("the running program ended") from error
    writer.write(msgspec.json.encode({"job": name, "given": given}) + b"\n")
    try:
        while raw := await reader.readline():
            if _heard(Payload.parse(raw), voice):
                return
    finally:
        writer.close()
    raise JobFailed("the running program ended")


def _heard(line: Payload, voice: Voice) -> bool:
    """Pass a line on; return whether the job is done."""
    end = line.text("end")
    if end == "faults":
        raise FileFaults(line.text("why"))
    if end == "failed":
        raise JobFailed(line.text("why"))
    if "tell" in line:
        voice.tell(line.text("tell"))
    elif "done" in line:
        voice.progress(line.number("done") or 0, line.number("of") or 0)
    return end == "ok"


class _Wire:
    """A Voice that is heard at the other end of the socket."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def tell(self, line: str) -> None:
        self.send(tell=line)

    def progress(self, done: int, total: int) -> None:
        self.send(done=done, of=total)

    def send(self, **line: object) -> None:
        self._writer.write(msgspec.json.encode(line) + b"\n")


async def _do(asked: Payload, jobs: Mapping[str, Job], wire: _Wire) -> None:
    name = asked.text("job")
    job = jobs.get(name)
    if job is None:
        wire.send(end="failed", why=f"nothing is called {name!r}")
        return
    try:
        await job(wire, asked.text("given"))
    except FileFaults as error:
        wire.send(end="faults", why=str(error))
    except ParvisError as error:
        wire.send(end="failed", why=str(error))
    except Exception as error:
        log.exception("a job failed", job=name)
        wire.send(end="failed", why=f"{type(error).__name__}, see the log")
    else:
        wire.send(end="ok")
