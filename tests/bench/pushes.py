"""What the homeserver pushes, in events per second, beside a bare handler.

The bare one checks the token, parses and remembers the ids in memory; ours has the events on disk
before it answers, and hands them out beside it. Their type is nobody's subject, as the bare handler
does nothing with them either.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from parvis.web import now
from tests.bench.bare import TOKEN, running_bare
from tests.bench.load import Burst, burst, request
from tests.bench.table import Figure, Rounds
from tests.bench.tray import Tray
from tests.harness.homeserver import SERVER_NAME, HomeserverForTests
from tests.harness.program import Program

_PUSHES, _EVENTS, _ROUNDS = 20, 50, 5
_FULL_PUSHES, _FULL = 20, 100
"""Synapse pushes at most 100 events at once, one push after the other."""


async def pushes(folder: Path, homeserver: HomeserverForTests) -> Sequence[Figure]:
    """Pushes of 50 events each, then full ones for their answer time."""
    program = Program.prepare(folder, homeserver)
    await program.make_room_and_connection()
    await program.start()
    tray, numbers = Tray(folder), itertools.count()
    sides: tuple[list[Burst], list[Burst]] = [], []
    full: tuple[list[Burst], list[Burst]] = [], []
    async with running_bare(folder) as other:
        there = ((program.registration.url, program.registration.hs_token), (other.url, TOKEN))
        await tray.empty()
        for round_number in range(_ROUNDS + 1):
            for kind, count, events in ((sides, _PUSHES, _EVENTS), (full, _FULL_PUSHES, _FULL)):
                for side, (url, token) in zip(kind, there, strict=True):
                    calls = [_push(url, token, numbers, events) for _ in range(count)]
                    one = await burst(url, calls, at_once=1)
                    await tray.empty()
                    if round_number:  # The first round warms both up.
                        side.append(one)
    tray.close()
    await program.stop()
    rate = Rounds(*(tuple(one.per_second * _EVENTS for one in side) for side in sides))
    late = Rounds(*(tuple(one.quantile(0.99) for one in side) for side in full))
    return [
        Figure("events taken in, 50 a push", rate.ratio, "at least 0.30", rate.detail("/s")),
        Figure(
            "… answer to a push of 100, p99 (aim: 25 ms)",
            late.ratio,
            "",
            late.detail("ms", scale=1000),
        ),
    ]


def _push(url: str, token: str, numbers: Iterator[int], events: int) -> bytes:
    body = json.dumps({"events": [_event(next(numbers)) for _ in range(events)]}).encode()
    path = f"{url}/_matrix/app/v1/transactions/bench{next(numbers)}"
    return request("PUT", path, body, {"Authorization": f"Bearer {token}"})


def _event(number: int) -> dict[str, object]:
    return {
        "event_id": f"$bench{number:040}",
        "room_id": f"!bench{number % 8}:{SERVER_NAME}",
        "sender": f"@ana:{SERVER_NAME}",
        "type": "org.parvis.bench",
        "origin_server_ts": now(),
        "content": {"body": "La pompe du quai est réparée. " * 7},
        "unsigned": {"age": 12},
    }
