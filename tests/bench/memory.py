"""Memory at rest, beside a bare aiohttp server that has loaded the same modules."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from tests.bench.bare import running_bare
from tests.bench.table import Figure, Rounds
from tests.bench.tray import Tray
from tests.harness.homeserver import HomeserverForTests
from tests.harness.program import Program

_SAMPLES = 5


async def memory(folder: Path, homeserver: HomeserverForTests) -> Sequence[Figure]:
    """A program that has greeted its homeserver, and waits."""
    program = Program.prepare(folder, homeserver)
    await program.make_room_and_connection()
    await program.start()
    tray = Tray(folder)
    await tray.empty()
    assert program.process
    ours, theirs = list[float](), list[float]()
    async with running_bare(folder, imports="parvis.cli.serving") as other:
        for _ in range(_SAMPLES):
            ours.append(_megabytes(program.process.pid))
            theirs.append(_megabytes(other.pid))
            await asyncio.sleep(0.2)  # Samples are worth nothing if they are one.
    tray.close()
    await program.stop()
    rounds = Rounds(tuple(ours), tuple(theirs))
    return [Figure("memory at rest", rounds.ratio, "", rounds.detail("MB"))]


def _megabytes(pid: int) -> float:
    """Return what a process holds in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024
