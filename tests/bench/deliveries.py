"""Webhook calls accepted per second, beside a bare handler that reads the same bodies."""

import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.bare import running_bare
from tests.bench.load import Burst, burst, request
from tests.bench.table import Figure, Rounds
from tests.bench.tray import Tray
from tests.harness.github import call, pull_request
from tests.harness.homeserver import HomeserverForTests
from tests.harness.program import Program

_CALLS, _AT_ONCE, _ROUNDS, _SYNCS = 2_000, 32, 5, 10


async def deliveries(folder: Path, homeserver: HomeserverForTests) -> Sequence[Figure]:
    """Signed GitHub calls of 40 pull requests into the running program: proved, committed, and
    worked off beside it.
    """
    program = Program.prepare(folder, homeserver)
    _, url, secret = await program.make_room_and_connection()
    await program.start()
    tray, ours, theirs, syncs = Tray(folder), list[Burst](), list[Burst](), list[float]()
    async with running_bare(folder) as other:
        for number in range(_ROUNDS + 1):
            ours.append(await burst(url, _calls(url, secret), at_once=_AT_ONCE))
            await tray.empty()
            syncs += [_synced_write(folder) for _ in range(_SYNCS)]
            there = f"{other.url}/hooks/x"
            theirs.append(await burst(there, _calls(there, secret), at_once=_AT_ONCE))
            if number == 0:
                ours, theirs = [], []  # The first round warms both up.
    tray.close()
    await program.stop()
    rounds = Rounds(*(tuple(one.per_second for one in side) for side in (ours, theirs)))
    late = Rounds(*(tuple(one.quantile(0.99) for one in side) for side in (ours, theirs)))
    synced = f"; a synced write takes {statistics.median(syncs) * 1000:.1f} ms here"
    detail = rounds.detail("/s") + synced
    return [
        Figure("webhook calls accepted", rounds.ratio, "at least 0.50", detail),
        Figure("… their answer time, p99", late.ratio, "", late.detail("ms", scale=1000)),
    ]


def _synced_write(folder: Path) -> float:
    """Return the seconds until 4 kB are on this disk: no durable answer comes sooner."""
    with (folder / "synced").open("wb") as written:
        written.write(b"x" * 4096)
        started = time.perf_counter()
        written.flush()
        os.fdatasync(written.fileno())
        return time.perf_counter() - started


def _calls(url: str, secret: str) -> list[bytes]:
    calls = [
        call("pull_request", "edited", pull_request=pull_request(number % 40, number % 60))
        for number in range(_CALLS)
    ]
    return [request("POST", url, one.body, one.headers(secret)) for one in calls]
