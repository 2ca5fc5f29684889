"""Bursts, floods and giants at the door: what comes in is answered in time, kept, and told later."""

import asyncio
import io
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from appservice.account import Account
from appservice.bot import bot_account
from appservice.events import RoomEvent
from appservice.homeserver import Homeserver
from tests.harness.github import GithubCall, call, pull_request
from tests.harness.homeserver import HomeserverForTests, running_homeserver
from tests.harness.nursery import Nursery
from tests.harness.program import Program
from tests.harness.wait import until

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

_MEGABYTE = 1024 * 1024


@dataclass
class _Flow:
    """Calls sent at a steady rate, whether or not the ones before were answered."""

    url: str
    secret: str
    times: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)

    async def send(self, calls: Sequence[GithubCall], *, per_second: float) -> None:
        """Send all, and return when all are answered."""
        started = time.perf_counter()
        connector = aiohttp.TCPConnector(limit=200)
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            asyncio.TaskGroup() as group,
        ):
            for number, one in enumerate(calls):
                ahead = started + number / per_second - time.perf_counter()
                if ahead > 0:
                    await asyncio.sleep(ahead)
                group.create_task(self._one(session, one))

    async def _one(self, session: aiohttp.ClientSession, one: GithubCall) -> None:
        started = time.perf_counter()
        async with session.post(
            self.url, data=io.BytesIO(one.body), headers=one.headers(self.secret)
        ) as answer:
            self.times.append(time.perf_counter() - started)
            if answer.status != 200:
                self.refused.append(answer.status)

    def quantile(self, share: float) -> float:
        times = sorted(self.times)
        return times[min(int(len(times) * share), len(times) - 1)]


def _edited(number: int, *, cases: int, body: str = "") -> GithubCall:
    """The *number*th change of one of *cases* pull requests."""
    case, turn = number % cases, number // cases
    at = f"2026-05-05T{turn // 3600 % 24:02}:{turn // 60 % 60:02}:{turn % 60:02}Z"
    pull = pull_request(case, 0, title=f"Panne {turn}", body=body, updated_at=at)
    return call("pull_request", "edited", pull_request=pull)


def _peak(program: Program) -> float:
    """Return the megabytes that the program held at most."""
    assert program.process
    lines = Path(f"/proc/{program.process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


async def _told(program: Program, *, within: float) -> None:
    """Wait until nothing waits any more."""
    await until(program.has_sent_all, "all is sent", within=within)


def _count(program: Program, query: str) -> int:
    with sqlite3.connect(f"file:{program.folder}/data/parvis.db?mode=ro", uri=True) as database:
        return int(database.execute(query).fetchone()[0])


@asynccontextmanager
async def _bot(program: Program) -> AsyncIterator[Account]:
    server = Homeserver(base_url=program.homeserver.url)
    registration = program.registration
    yield bot_account(server, user_id=registration.bot, as_token=registration.as_token)
    await server.close()


async def _history(bot: Account, room: str) -> Sequence[RoomEvent]:
    """Return all events of a room, oldest first."""
    events: list[RoomEvent] = []
    start = ""
    while True:
        page = await bot.messages(room, start=start, backwards=False, limit=500)
        events += page.events
        if not page.end or page.end == start:
            return events
        start = page.end


async def _titles(bot: Account, room: str) -> dict[str, str]:
    """Return what each card is called after its last edit."""
    titles = {}
    for event in await _history(bot, room):
        card = event.content.at("m.new_content", "org.parvis.card")
        if number := card.text("number"):
            titles[number] = card.text("title")
    return titles


async def _all_that_is_in(bot: Account, room: str) -> str:
    """Return a room's history and state as text."""
    events = [*await _history(bot, room), *await bot.state(room)]
    return json.dumps([one.content.fields for one in events])


async def _figures(program: Program) -> str:
    url = f"http://127.0.0.1:{program.metrics_port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.text()


def _fill(path: Path) -> None:
    """Add 299 connections, and 100,000 calls of the last week that were told already."""
    now = int(time.time() * 1000)
    with sqlite3.connect(path) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(connections)")][1:]
        names = ", ".join(columns)
        copy = f"INSERT INTO connections (id, {names}) SELECT ?, {names} FROM connections LIMIT 1"
        database.executemany(copy, [(f"c{number}",) for number in range(299)])
        database.executemany(
            "INSERT INTO deliveries (connection, delivery_id, headers, body, received, state)"
            " VALUES (?, ?, '{}', ?, ?, 1)",
            ((f"c{n % 299}", f"d{n}", b"x" * 2000, now - n * 6000) for n in range(100_000)),
        )


async def test_fifty_calls_a_second_are_each_answered_in_time(
    homeserver: HomeserverForTests, tmp_path: Path
):
    program = Program.prepare(tmp_path, homeserver)
    _, url, secret = await program.make_room_and_connection()
    await program.start()
    flow = _Flow(url, secret)
    calls = [_edited(number, cases=40, body="x" * 10_000) for number in range(3000)]
    try:
        await flow.send(calls, per_second=50)
    finally:
        await program.end()

    assert flow.refused == []
    assert flow.quantile(0.99) < 0.2
    assert max(flow.times) < 1.0


async def test_a_push_of_25_megabytes_is_told_in_one_small_event(
    homeserver: HomeserverForTests, tmp_path: Path
):
    program = Program.prepare(tmp_path, homeserver)
    room, url, secret = await program.make_room_and_connection()
    await program.start()
    fixture = Path(__file__).parents[2] / "bridges/github/fixtures/push.commits.json"
    push = json.loads(fixture.read_text("utf-8"))["body"]
    commit = push["commits"][0]
    room_for = 25 * _MEGABYTE - len(json.dumps({**push, "commits": []}).encode()) - 100
    size = len(json.dumps({**commit, "id": "0" * 40}).encode()) + 2
    push["commits"] = [{**commit, "id": f"{n:040}"} for n in range(room_for // size)]
    giant = GithubCall("push", json.dumps(push).encode(), "giant")
    flow = _Flow(url, secret)

    async def told() -> list[int]:
        page = await bot.messages(room, limit=50)
        posts = [one.content.fields for one in page.events if one.type == "m.room.message"]
        return [len(json.dumps(post).encode()) for post in posts]

    async with _bot(program) as bot:
        try:
            await flow.send([giant], per_second=1)
            sizes = await until(told, "the push is told", within=30)
            peak = _peak(program)
        finally:
            await program.end()

    assert len(giant.body) > 24.9 * _MEGABYTE
    assert flow.refused == []
    assert len(sizes) == 1
    assert sizes[0] < 60_000
    assert peak < 200


async def test_a_minute_of_a_thousand_calls_a_second_is_kept_while_the_homeserver_is_down(
    tmp_path: Path,
):
    async with running_homeserver(tmp_path / "hs", appservices=1) as homeserver:
        program = Program.prepare(tmp_path, homeserver)
        _, url, secret = await program.make_room_and_connection()
        await program.start()
        await homeserver.synapse.kill()
        flow = _Flow(url, secret)
        calls = [_edited(number, cases=200) for number in range(60_000)]
        try:
            await flow.send(calls, per_second=1000)
            kept = _count(program, "SELECT count(*) FROM deliveries")
            peak = _peak(program)
        finally:
            await program.end()

    assert flow.refused == []
    assert kept == 60_000
    assert flow.quantile(0.99) <= 0.1
    assert peak <= 200


async def test_what_came_in_ten_minutes_without_a_homeserver_is_told_and_no_secret_with_it(
    tmp_path: Path,
):
    async with (
        running_homeserver(tmp_path / "hs", appservices=1) as homeserver,
        AsyncExitStack() as stack,
    ):
        program = Program.prepare(tmp_path, homeserver)
        room, url, secret = await program.make_room_and_connection()
        stack.push_async_callback(program.end)
        await program.start()
        opened = [
            call("pull_request", "opened", pull_request=pull_request(case, 0)) for case in range(30)
        ]
        flow = _Flow(url, secret)
        bot = await stack.enter_async_context(_bot(program))
        await flow.send(opened, per_second=20)
        await _told(program, within=60)
        await homeserver.synapse.kill()
        await flow.send([_edited(number, cases=30) for number in range(3000)], per_second=5)
        await homeserver.synapse.start()

        async def last_titles() -> bool:
            return await _titles(bot, room) == {f"#{case}": "Panne 99" for case in range(30)}

        await until(last_titles, "every card has its last title", within=300)
        await _told(program, within=60)
        said = (tmp_path / "parvis.log").read_text() + await _all_that_is_in(bot, room)
        said += await _figures(program)

    assert flow.refused == []
    assert secret not in said
    assert url.rpartition("/")[2] not in said


async def test_a_hundred_thousand_calls_of_three_hundred_connections_delay_no_start(
    homeserver: HomeserverForTests, nursery: Nursery, tmp_path: Path
):
    program = Program.prepare(tmp_path, homeserver, nursery=nursery)
    _, url, secret = await program.make_room_and_connection()
    _fill(tmp_path / "data" / "parvis.db")
    flow = _Flow(url, secret)
    started = time.perf_counter()
    await program.start()
    try:
        await flow.send([_edited(0, cases=1)], per_second=1)
        took = time.perf_counter() - started
    finally:
        await program.end()

    assert flow.refused == []
    assert took < 3.0
