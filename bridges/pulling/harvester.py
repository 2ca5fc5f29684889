"""Has answers read in a process of its own, which is ended when one takes too long."""

import asyncio
import sys
from contextlib import suppress

import msgspec

from appservice.errors import PayloadRejected
from appservice.languages import N_
from bridges.base import Harvest, SourceAnswer
from bridges.pulling.worker import Outcome, Task

_WITHIN = 20.0
_LONGEST_LINE = 64 * 1024 * 1024


class Harvester:
    """The process; it begins with the first answer."""

    def __init__(self, *, within: float = _WITHIN) -> None:
        """*within*: seconds for one answer, the start of the process included."""
        self._within = within
        self._worker: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def read(self, app: str, answer: SourceAnswer, cursor: str) -> Harvest:
        """Return what is new in *answer*; raise PayloadRejected for what cannot be read."""
        async with self._turn:
            try:
                outcome = await asyncio.wait_for(self._ask(Task(app, answer, cursor)), self._within)
            except (TimeoutError, OSError, ValueError, msgspec.DecodeError) as error:
                await self.close()
                raise PayloadRejected(N_("it takes too long to read")) from error
            except BaseException:
                # Who asks next must not be given the answer to this.
                await self.close()
                raise
        if outcome.harvest is None:
            raise PayloadRejected(outcome.refused)
        return outcome.harvest

    async def close(self) -> None:
        """End the process."""
        worker, self._worker = self._worker, None
        if worker is not None:
            with suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()
            # Without this the transport is closed by the garbage collector, with a warning.
            worker._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001

    async def _ask(self, task: Task) -> Outcome:
        worker = self._worker or await self._start()
        if worker.stdin is None or worker.stdout is None:
            raise OSError("no pipes")
        worker.stdin.write(msgspec.json.encode(task) + b"\n")
        await worker.stdin.drain()
        line = await worker.stdout.readline()
        return msgspec.json.decode(line, type=Outcome)

    async def _start(self) -> asyncio.subprocess.Process:
        self._worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bridges.pulling.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
        )
        return self._worker
