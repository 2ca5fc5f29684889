"""A process that answers lines with lines, and is ended when it takes too long.

What strangers wrote can stall whoever reads it; in a process of its own it can be killed.
"""

import asyncio
import sys
from contextlib import suppress


class LineWorker:
    """Runs ``python -m module``; the process begins with the first line. One line at a time."""

    def __init__(self, module: str, *, longest: int, greets_within: float = 0.0) -> None:
        """*longest*: bytes of an answer. *greets_within*: seconds for a first line that says that it
        is ready; 0: it says none.
        """
        self._module = module
        self._longest = longest
        self._greets_within = greets_within
        self._process: asyncio.subprocess.Process | None = None

    async def ask(self, line: bytes, *, within: float) -> bytes:
        """Return what is answered, or raise TimeoutError, OSError or ValueError and end the process:
        who asks next must not be given the answer to this.
        """
        try:
            process = self._process or await self._start()
            async with asyncio.timeout(within):
                return await _answer(process, line)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            # Without this the transport is closed by the garbage collector, with a warning.
            process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            self._module,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=self._longest,
        )
        if self._greets_within and self._process.stdout is not None:
            async with asyncio.timeout(self._greets_within):
                await self._process.stdout.readline()
        return self._process


async def _answer(process: asyncio.subprocess.Process, line: bytes) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise OSError("no pipes")
    process.stdin.write(line + b"\n")
    await process.stdin.drain()
    if answer := await process.stdout.readline():
        return answer
    raise OSError("it ended")
