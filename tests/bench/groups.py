"""Making groups, beside as many bare createRoom calls to the same homeserver."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from appservice.bot import bot_account
from appservice.homeserver import Homeserver
from tests.bench.table import Figure, Rounds
from tests.harness.homeserver import HomeserverForTests
from tests.harness.program import Program
from tests.harness.wire import tapped

_GROUPS, _ROUNDS, _ROOMS_EACH, _AT_ONCE = 50, 2, 3, 4
_COUNTED = 10
"""How many groups are made elsewhere, on a wire that counts calls."""


async def groups(folder: Path, homeserver: HomeserverForTests) -> Sequence[Figure]:
    """`apply` makes a hundred groups of three rooms in two rounds; the bare loop makes as many rooms,
    empty ones, as many at once. A bare room is one call.
    """
    program = Program.prepare(folder, homeserver)
    await program.start()
    server, registration = Homeserver(base_url=homeserver.url), program.registration
    bot = bot_account(server, user_id=registration.bot, as_token=registration.as_token)
    ours, theirs = list[float](), list[float]()
    for turn in range(_ROUNDS):
        ours.append(await _apply(program, turn, _GROUPS))
        theirs.append(await _bare(bot.create_room))
    await program.stop()
    changes, questions = await _counted(folder / "counted", homeserver)
    await server.close()
    rounds = Rounds(tuple(ours), tuple(theirs))
    return [
        Figure(
            "time to make groups of three rooms", rounds.ratio, "at most 1.50",
            rounds.detail("s"),
        ),
        Figure(
            "calls that make a group of three rooms", changes / _ROOMS_EACH, "at most 2.00",
            f"{changes:.1f} against {_ROOMS_EACH}; {questions:.1f} more ask, start and looks included",
        ),
    ]  # fmt: skip


async def _counted(folder: Path, homeserver: HomeserverForTests) -> tuple[float, float]:
    """Return how many calls a group takes that change something, and how many that ask."""
    program = Program.prepare(folder, homeserver)
    config = folder / "config.yaml"
    async with tapped(int(homeserver.url.rpartition(":")[2])) as wire:
        around = f"http://127.0.0.1:{wire.port}"
        config.write_text(config.read_text().replace(homeserver.url, around))
        await _apply(program, 0, 1)
        wire.said.clear()
        await _apply(program, 1, _COUNTED)
        return wire.changes() / _COUNTED, wire.questions() / _COUNTED


async def _apply(program: Program, turn: int, count: int) -> float:
    """Return the seconds that making the groups took, the command's own start left out."""
    sheet = program.folder / f"groups-{turn}.yaml"
    sheet.write_text("groups: []\n")
    started = time.perf_counter()
    assert await (await program.command("apply", str(sheet))).wait() == 0, program.log()
    empty = time.perf_counter() - started
    lines = ["groups:"]
    for number in range(count):
        slug = f"groupe-{turn}-{number}"
        lines.append(f"  - {{slug: {slug}, name: {slug}, kind: topic, chat: true}}")
    sheet.write_text("\n".join(lines) + "\n")
    started = time.perf_counter()
    assert await (await program.command("apply", str(sheet))).wait() == 0, program.log()
    return time.perf_counter() - started - empty


async def _bare(create_room: Callable[[dict[str, object]], Awaitable[object]]) -> float:
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one() -> None:
        async with slots:
            await create_room({})

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(_GROUPS * _ROOMS_EACH)))
    return time.perf_counter() - started
