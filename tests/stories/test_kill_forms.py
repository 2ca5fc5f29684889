"""A form that was answered is in its room once, whenever the power fails, and sent again or not."""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from appservice.account import Account
from appservice.bot import bot_account
from appservice.homeserver import Homeserver
from parvis.config import load
from parvis.wiring import open_app
from spaces.model import Group
from tests.harness.homeserver import HomeserverForTests
from tests.harness.house import House
from tests.harness.nursery import Nursery
from tests.harness.person import Person
from tests.harness.program import Program
from tests.harness.reader import Reader
from tests.harness.wait import until

_TABS = 3


@dataclass(frozen=True)
class Form:
    """What a browser sends; *mark* is how the room shows it."""

    path: str
    mark: str
    fields: dict[str, str]


def _forms(group: Group, root: str) -> Iterator[Form]:
    """Yield posts, comments and reactions without end."""
    for number in itertools.count():
        nonce = {"nonce": f"p{number}"}
        post, comment, smile = f"Écrit {number}", f"Réponse {number}", f"🎉{number}"
        yield Form("/compose", post, {"group": group.slug, "title": post, **nonce})
        yield Form(f"/posts/{root}/comments", comment, {"text": comment, "nonce": f"c{number}"})
        yield Form(f"/posts/{root}/reactions", smile, {"key": smile, "nonce": f"r{number}"})


@dataclass
class Writer:
    """A person with several tabs, who sends one form after the other."""

    reader: Reader
    csrf: str
    forms: Iterator[Form]
    answered: list[Form] = field(default_factory=list)
    cut: list[Form] = field(default_factory=list)
    """Sent, but the program ended before it answered."""

    async def submit(self, form: Form) -> int:
        return (await self.reader.submit(form.path, csrf=self.csrf, **form.fields))[0]

    async def write_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            form = next(self.forms)
            try:
                assert await self.submit(form) == 303, form
            except aiohttp.ClientError:
                self.cut.append(form)
                await asyncio.sleep(0.01)
            else:
                self.answered.append(form)

    async def write_until_killed(self, program: Program, chance: random.Random) -> None:
        stop, wanted = asyncio.Event(), len(self.answered) + chance.randint(1, 6)
        tabs = [asyncio.create_task(self.write_until(stop)) for _ in range(_TABS)]

        async def enough() -> bool:
            return len(self.answered) >= wanted

        await until(enough, "some forms are answered", within=30)
        await asyncio.sleep(chance.uniform(0, 0.3))  # The instant is what is tried here.
        await program.kill()
        stop.set()
        await asyncio.gather(*tabs)


async def _shown(bot: Account, room: str) -> Counter[str]:
    """Count what the room shows, by its words or its reaction."""
    counted: Counter[str] = Counter()
    start = ""
    while True:
        page = await bot.messages(room, start=start, backwards=False, limit=500)
        for event in page.events:
            if event.type == "m.reaction":
                counted[event.content.text("m.relates_to", "key")] += 1
            elif event.type == "m.room.message":
                counted[event.content.text("body")] += 1
        if not page.end or page.end == start:
            return counted
        start = page.end


async def _furnish(program: Program) -> tuple[Person, Group, str]:
    """Return a person, their group and a post of it, in the installation that will be killed."""
    async with open_app(load(program.folder / "config.yaml")) as app:
        await asyncio.wait_for(app.machinery.greeted.wait(), 20)
        house = House(app, program.homeserver)
        ana = await house.person("ana")
        group = await house.group("Coupures", [ana])
        root = await ana.post(group.posts_id, "Sous chaque coupure")
        await house.shows(root)
    return ana, group, root


async def _story(program: Program, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    async with AsyncExitStack() as stack:
        ana, group, root = await _furnish(program)
        stack.push_async_callback(ana.close)
        stack.push_async_callback(program.end)
        await program.start()
        reader = await Reader.signed_in(program.url, ana)
        stack.push_async_callback(reader.close)
        csrf = (await reader.get("/you")).hidden["csrf"]
        writer = Writer(reader, csrf, _forms(group, root))
        for _ in range(kills):
            await writer.write_until_killed(program, chance)
            await program.start()
        server = Homeserver(base_url=program.homeserver.url)
        stack.push_async_callback(server.close)
        registration = program.registration
        bot = bot_account(server, user_id=registration.bot, as_token=registration.as_token)

        async def all_shown():
            shown = await _shown(bot, group.posts_id)
            return shown if all(shown[form.mark] for form in writer.answered) else None

        await until(
            all_shown, f"{len(writer.answered)} answered forms are there", within=90 + 3 * kills
        )
        again = [writer.submit(form) for form in [*writer.answered, *writer.cut]]
        assert set(await asyncio.gather(*again)) == {303}
        await until(program.has_sent_all, "nothing is left to be sent", within=30)
        shown = await _shown(bot, group.posts_id)
        assert await program.stop() == 0

    sent = [form.mark for form in [*writer.answered, *writer.cut]]
    assert writer.cut
    assert {mark: shown[mark] for mark in sent if shown[mark] != 1} == {}


@pytest.mark.timeout(300)
async def test_answered_forms_stand_once_through_five_kills(
    homeserver: HomeserverForTests, nursery: Nursery, tmp_path: Path
):
    await _story(Program.prepare(tmp_path, homeserver, nursery=nursery), kills=5, seed=4)


@pytest.mark.long
async def test_answered_forms_stand_once_through_fifty_kills(
    homeserver: HomeserverForTests, nursery: Nursery, tmp_path: Path
):
    await _story(Program.prepare(tmp_path, homeserver, nursery=nursery), kills=50, seed=5)
