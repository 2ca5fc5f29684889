"""`parvis apply` may be interrupted anywhere and repeated: no room and no connection stands twice."""

import asyncio
import random
import sqlite3
from collections import Counter
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest

from appservice.account import Account
from appservice.bot import bot_account
from appservice.homeserver import Homeserver
from spaces.model import ROOM_EVENT
from tests.harness.homeserver import HomeserverForTests
from tests.harness.nursery import Nursery
from tests.harness.program import Program

_KINDS = ("project", "function", "place", "topic", "product")
"""Those that may have a chat room."""
_GROUPS = 14


def _sheet(prefix: str) -> str:
    """Return a file of groups of several kinds and all accesses, each third one below another."""
    lines = ["groups:"]
    for number in range(_GROUPS):
        access = ("open", "private", "secret")[number % 3]
        lines += [
            f"  - slug: {prefix}-{number}",
            f"    name: Atelier {number}",
            f"    kind: {_KINDS[number % len(_KINDS)]}",
            f"    access: {access}",
            "    charter: {reason: On y parle de personnes.}",
            "    chat: true",
            "    connections: [{name: code, app: github, options: {mode: flat}, paused: true}]",
        ]
        if number % 3 == 1:
            lines.append(f"    parent: {prefix}-{number - 1}")
    return "\n".join(lines) + "\n"


async def _marks(bot: Account) -> Counter[tuple[str, str]]:
    """Count the bot's rooms by the group and the part that their create event names."""
    counted: Counter[tuple[str, str]] = Counter()
    for room_id in await bot.joined_rooms():
        create = await bot.state_event(room_id, "m.room.create")
        mark = create.content.at(ROOM_EVENT)
        counted[mark.text("group"), mark.text("part")] += 1
    return counted


@pytest.mark.parametrize("kills", [6, pytest.param(20, marks=pytest.mark.long)])
async def test_apply_killed_at_any_instant_leaves_no_twin_and_no_orphan(
    homeserver: HomeserverForTests, nursery: Nursery, tmp_path: Path, kills: int
):
    chance = random.Random(6)
    program = Program.prepare(tmp_path, homeserver, nursery=nursery)
    sheet = tmp_path / "groups.yaml"
    sheet.write_text(_sheet(homeserver.fresh("killed")))

    async def run(*words: str, killed_after: float | None = None) -> int:
        process = await program.command("apply", str(sheet), *words)
        try:
            return await asyncio.wait_for(process.wait(), killed_after or 60)
        except TimeoutError:
            process.kill()
            return await process.wait()

    async with AsyncExitStack() as stack:
        server = Homeserver(base_url=homeserver.url)
        stack.push_async_callback(server.close)
        registration = program.registration
        bot = bot_account(server, user_id=registration.bot, as_token=registration.as_token)
        ended = [await run(killed_after=chance.uniform(0.45, 0.9)) for _ in range(kills)]
        whole = await run()
        marks = await _marks(bot)
        before = program.log()[-200:]
        with closing(sqlite3.connect(tmp_path / "data" / "parvis.db")) as database:
            (fed,) = database.execute("SELECT count(*) FROM connections").fetchone()
        again = await run("--dry-run")

    assert ended.count(-9) == kills
    assert (whole, again) == (0, 0), program.log()
    assert fed == _GROUPS
    assert set(marks.values()) == {1}
    assert len(marks) == 1 + 3 * _GROUPS
    assert "Tous les groupes sont déjà tels" in program.log().rpartition(before)[2]
