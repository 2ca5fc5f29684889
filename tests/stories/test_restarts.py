"""A thousand calls, many of them twice, while Parvis is started anew: each is shown once."""

import asyncio
import random
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from appservice.bot import bot_account
from appservice.homeserver import Homeserver
from tests.harness import github
from tests.harness.homeserver import HomeserverForTests
from tests.harness.nursery import Nursery
from tests.harness.program import Program
from tests.harness.seen import Seen, seen_in
from tests.harness.wait import until

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

_CALLS, _AGAIN, _AT_ONCE = 1000, 300, 4


def _issue(number: int) -> github.GithubCall:
    at = "2026-05-04T09:00:00Z"
    url = f"https://github.com/ateliers/pompe/issues/{number}"
    issue = {"number": number, "title": f"Panne {number}", "state": "open", "html_url": url}
    times = {"created_at": at, "updated_at": at, "user": {"login": "ana"}}
    return github.call("issues", "opened", issue={**issue, **times})


def _calls() -> list[github.GithubCall]:
    """Return what GitHub sends: 700 calls, of which 300 come again, some time after the first."""
    chance = random.Random(9)
    calls = [_issue(number) for number in range(1, _CALLS - _AGAIN + 1)]
    for again in chance.sample(calls, _AGAIN):
        calls.insert(chance.randint(calls.index(again) + 1, len(calls)), again)
    return calls


@dataclass
class _Source:
    """Sends as GitHub does, whose calls are sent anew until they are answered."""

    url: str
    secret: str
    calls: list[github.GithubCall]
    answered: int = 0
    life: int = 0
    """How many were answered since the last start."""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    goal: int = 0

    async def send_all(self) -> None:
        rest = iter(self.calls)
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(self._send(session, rest) for _ in range(_AT_ONCE)))

    async def _send(self, session: aiohttp.ClientSession, rest) -> None:
        for one in rest:
            await until(partial(self._is_answered, session, one), "a call is answered")
            self.answered += 1
            self.life += 1
            if self.answered >= self.goal:
                self.reached.set()
            await asyncio.sleep(0.01)  # A source's pace, so that restarts come amid its calls.

    async def _is_answered(self, session: aiohttp.ClientSession, one: github.GithubCall) -> bool:
        headers = one.headers(self.secret)
        try:
            async with session.post(self.url, data=one.body, headers=headers) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def has_sent(self, goal: int) -> None:
        self.goal = goal
        self.reached.clear()
        if self.answered < goal:
            await asyncio.wait_for(self.reached.wait(), 60)


async def _figures(program: Program) -> dict[str, float]:
    """Return what /metrics says of our own figures."""
    url = f"http://127.0.0.1:{program.metrics_port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        lines = (await answer.text()).splitlines()
    ours = (line.rpartition(" ") for line in lines if line.startswith("parvis_"))
    return {name: float(value) for name, _, value in ours}


def _of_the_connection(figures: dict[str, float]) -> dict[str, float]:
    """Return the figures of the one connection, without its name and the reasons."""
    own = "parvis_connection_"
    return {
        name.removeprefix(own).partition("{")[0]: value
        for name, value in figures.items()
        if name.startswith(own)
    }


async def test_a_thousand_calls_of_which_three_hundred_come_again_are_each_shown_once(
    homeserver: HomeserverForTests, nursery: Nursery, tmp_path: Path
):
    program = Program.prepare(tmp_path, homeserver, nursery=nursery)
    room, url, secret = await program.make_room_and_connection()
    source = _Source(url, secret, _calls())
    numbers = {str(number) for number in range(1, _CALLS - _AGAIN + 1)}
    async with AsyncExitStack() as stack:
        stack.push_async_callback(program.end)
        server = Homeserver(base_url=program.homeserver.url)
        stack.push_async_callback(server.close)
        registration = program.registration
        bot = bot_account(server, user_id=registration.bot, as_token=registration.as_token)

        async def all_shown() -> Seen | None:
            seen = await seen_in(bot, room)
            return seen if numbers <= seen.issues.keys() else None

        await program.start()
        sending = asyncio.create_task(source.send_all())
        for restart in range(1, 4):
            await source.has_sent(restart * 250)
            if restart < 3:
                assert await program.stop() == 0
            else:
                await program.kill()
            source.life = 0
            await program.start()
        await sending
        seen = await until(all_shown, "all are shown", within=400)
        await until(program.has_sent_all, "nothing is left to send")
        refused = github.GithubCall("ping", b"{}", "refused")
        assert not await _once(url, refused, "wrong")
        assert await _once(url, github.GithubCall("ping", b'{"zen": "x"}', "ping"), secret)

        async def ping_read() -> dict[str, float]:
            figures = await _figures(program)
            return figures if figures.get('parvis_deliveries{state="waiting"}') == 0 else {}

        figures = await until(ping_read, "the last call is read")
        assert await program.stop() == 0

    assert source.answered == _CALLS
    assert len(seen.issues) == _CALLS - _AGAIN
    assert set(seen.issues.values()) == set(seen.sendings.values()) == {1}
    assert figures['parvis_deliveries_total{outcome="accepted"}'] >= source.life + 1
    assert figures['parvis_deliveries_total{outcome="BadSignature"}'] == 1
    assert figures['parvis_readings_total{app="github",outcome="ignored"}'] == 1
    assert figures['parvis_send_seconds_count{outcome="sent"}'] > 0
    for name in ('outbox_rows{state="dead"}', 'outbox_rows{state="waiting"}'):
        assert figures[f"parvis_{name}"] == 0
    assert figures["parvis_outbox_oldest_seconds"] == 0
    own = _of_the_connection(figures)
    assert own["received_total"] >= source.life + 1
    assert own["repeated"] >= _AGAIN
    assert (own["rejected_total"], own["ignored_total"]) == (1, 1)
    assert own["sent_total"] > 0
    assert (own["dead"], own["parked"], own["lag_seconds"]) == (0, 0, 0)
    assert "retried_total" in own


async def _once(url: str, call: github.GithubCall, secret: str) -> bool:
    async with aiohttp.ClientSession() as session:
        return await _Source(url, secret, [])._is_answered(session, call)
