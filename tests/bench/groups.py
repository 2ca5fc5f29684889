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

_GROUPS, _ROUNDS, _ROOMS_EACH, _AT_ONCE = 50, 2, 3, 4


async def groups(folder: Path, homeserver: HomeserverForTests) -> Sequence[Figure]:
    """`apply` makes a hundred groups of three rooms in two rounds; the bare loop makes as many rooms,
    empty ones, as many at once.
    """
    program = Program.prepare(folder, homeserver)
    await program.start()
    server, registration = Homeserver(base_url=homeserver.url), program.registration
    bot = bot_account(server, user_id=registration.bot, as_token=registration.as_token)
    ours, theirs = list[float](), list[float]()
    for turn in range(_ROUNDS):
        ours.append(await _apply(program, turn))
        theirs.append(await _bare(bot.create_room))
    await program.stop()
    await server.close()
    rounds = Rounds(tuple(ours), tuple(theirs))
    return [
        Figure(
            "time to make groups of three rooms", rounds.ratio, "at most 1.50",
            rounds.detail("s"),
        )
    ]  # fmt: skip


async def _apply(program: Program, turn: int) -> float:
    """Return the seconds that making the groups took, the command's own start left out."""
    sheet = program.folder / f"groups-{turn}.yaml"
    sheet.write_text("groups: []\n")
    started = time.perf_counter()
    assert await (await program.command("apply", str(sheet))).wait() == 0, program.log()
    empty = time.perf_counter() - started
    lines = ["groups:"]
    for number in range(_GROUPS):
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
