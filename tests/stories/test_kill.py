"""What was answered with 2xx is shown once, whenever the power fails."""

import asyncio
import random
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from appservice.bot import bot_account
from appservice.homeserver import Homeserver
from tests.harness import github
from tests.harness.homeserver import HomeserverForTests
from tests.harness.nursery import Nursery
from tests.harness.postgres import PostgresForTests
from tests.harness.program import Program
from tests.harness.seen import seen_in
from tests.harness.wait import until


async def _deliver_until(stop: asyncio.Event, url: str, secret: str, first: int) -> list[int]:
    """Send one new issue after the other; return the numbers that were answered with 2xx."""
    accepted, number = [], first
    async with aiohttp.ClientSession() as session:
        while not stop.is_set():
            number += 1
            issue = {
                "number": number,
                "title": f"Panne {number}",
                "state": "open",
                "html_url": f"https://github.com/ateliers/pompe/issues/{number}",
                "user": {"login": "ana"},
                "created_at": "2026-05-04T09:00:00Z",
                "updated_at": "2026-05-04T09:00:00Z",
            }
            call = github.call("issues", "opened", issue=issue)
            try:
                async with session.post(
                    url, data=call.body, headers=call.headers(secret)
                ) as answer:
                    if answer.status == 200:
                        accepted.append(number)
            except aiohttp.ClientError:
                pass
            # Faster, the homeserver would take most of the test to show what was accepted.
            await asyncio.sleep(0.01)
    return accepted


async def _story(program: Program, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    room, url, secret = await program.make_room_and_connection()
    accepted: list[int] = []
    async with AsyncExitStack() as stack:
        stack.push_async_callback(program.end)
        for turn in range(kills):
            await program.start()
            stop = asyncio.Event()
            sender = asyncio.create_task(_deliver_until(stop, url, secret, 1000 * turn))
            await asyncio.sleep(chance.uniform(0.05, 0.5))  # The instant is what is tried here.
            await program.kill()
            stop.set()
            accepted += await sender
        await program.start()
        server = Homeserver(base_url=program.homeserver.url)
        stack.push_async_callback(server.close)
        registration = program.registration
        bot = bot_account(server, user_id=registration.bot, as_token=registration.as_token)

        async def all_shown():
            seen = await seen_in(bot, room)
            return seen if all(seen.issues[str(number)] for number in accepted) else None

        # A program that lives for a second at a time sends little of what it takes in.
        deadline = 90 + 3 * kills
        seen = await until(all_shown, f"{len(accepted)} deliveries shown", within=deadline)
        assert await program.stop() == 0

    assert len(accepted) > kills
    assert max(seen.issues.values()) == 1
    assert max(seen.sendings.values()) == 1


@pytest.mark.timeout(300)
async def test_sqlite_keeps_what_was_accepted_through_five_kills(
    homeserver: HomeserverForTests, nursery: Nursery, tmp_path: Path
):
    await _story(Program.prepare(tmp_path, homeserver, nursery=nursery), kills=5, seed=1)


@pytest.mark.timeout(300)
async def test_postgresql_keeps_what_was_accepted_through_five_kills(
    homeserver: HomeserverForTests, nursery: Nursery, postgres: PostgresForTests, tmp_path: Path
):
    url = await postgres.fresh_database()
    await _story(
        Program.prepare(tmp_path, homeserver, database_url=url, nursery=nursery), kills=5, seed=2
    )


@pytest.mark.long
async def test_sqlite_keeps_what_was_accepted_through_two_hundred_kills(
    homeserver: HomeserverForTests, nursery: Nursery, tmp_path: Path
):
    await _story(Program.prepare(tmp_path, homeserver, nursery=nursery), kills=200, seed=3)
