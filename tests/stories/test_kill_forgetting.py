"""What an owner has forgotten is taken back wholly, whenever the power fails."""

import asyncio
import itertools
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from appservice.account import Account
from appservice.bot import bot_account
from appservice.homeserver import Homeserver
from appservice.ids import RoomId
from bridges.discovery import apps
from bridges.store import cases_table
from parvis.config import load
from parvis.wiring import open_app
from tests.harness.forgetting import (
    SECRET,
    commented,
    kept,
    other,
    redacted,
    renamed,
    standing,
)
from tests.harness.github import GithubCall
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import Hooks, open_hooks, post
from tests.harness.house import House
from tests.harness.nursery import Nursery
from tests.harness.person import Person
from tests.harness.program import Program
from tests.harness.talk import Talk
from tests.harness.wait import until

_EDITS, _COMMENTS = 20, 3
_TOLD = 1 + _EDITS + 1 + _COMMENTS
"""The card, its edits, and below it that it was opened and the comments."""


@dataclass
class Scene:
    """A group with cases that should never have been told, and who may have them forgotten."""

    program: Program
    owner: Person
    talk: RoomId
    room: RoomId
    connection: str
    short: str
    """What people call the connection."""
    secret: str
    told: set[str] = field(default_factory=set)
    """The messages about those cases."""
    others: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    """By which those cases could be known."""

    async def messages(self, bot: Account) -> set[str]:
        """Return what stands in the room."""
        return {one.event_id for one in await standing(bot, self.room)}

    async def calls(self, call: GithubCall) -> bool:
        """Tell whether a call was taken in; the program may be down."""
        url = f"{self.program.url}/hooks/{self.connection}"
        with suppress(aiohttp.ClientError):
            return await post(url, call.body, call.headers(self.secret)) == 200
        return False

    @asynccontextmanager
    async def going_on(self, number: int) -> AsyncIterator[None]:
        """Let the app tell more and more of a case meanwhile."""
        more = asyncio.create_task(self._go_on(number))
        try:
            yield
        finally:
            more.cancel()
            with suppress(asyncio.CancelledError):
                await more

    async def _go_on(self, number: int) -> None:
        for one in itertools.count():
            minute = _EDITS + 1 + one % 30
            await self.calls(renamed(minute, number))
            await self.calls(commented(1000 * number + 100 + one, minute, number))
            # Faster, the homeserver would be busy with little else.
            await asyncio.sleep(0.05)


async def _furnish(program: Program) -> Scene:
    """Return an owner with a direct conversation, and a group with a connection."""
    async with open_app(load(program.folder / "config.yaml")) as app:
        await asyncio.wait_for(app.machinery.greeted.wait(), 20)
        house = House(app, program.homeserver)
        owner = await house.person("ana")
        group = await house.group("Dossiers", [owner])
        connections = app.bridges.connections
        connection = await connections.add(apps()["github"], group.posts_id, owner.user_id)
        secret = await connections.show_secret(connection)
        short = (await connections.get(connection)).short
        talk = await Talk.begin(house, owner)
        await talk.ask("help")
        return Scene(
            program, owner, RoomId(talk.room_id), group.posts_id, connection, short, secret
        )


async def _tell(scene: Scene, numbers: range) -> None:
    """Let cases be told, with twenty edits each; nobody waits five seconds between two of them."""
    program = scene.program
    key = (program.folder / "data" / "secrets.key").read_text()
    async with open_hooks(
        program.database_url,
        program.homeserver.url,
        program.registration,
        key=key,
        edit_gap=0.01,
    ) as hooks:
        url = f"{hooks.url}/hooks/{scene.connection}"

        async def tell(call: GithubCall) -> None:
            assert await post(url, call.body, call.headers(scene.secret)) == 200

        bot = hooks.floor.trays.bot
        await tell(other())
        await hooks.quiet()
        scene.others = await scene.messages(bot)
        stays = await _cases(hooks)
        for minute in range(_EDITS + 1):
            await asyncio.gather(*(tell(renamed(minute, number)) for number in numbers))
            await hooks.quiet()
        for number, one in itertools.product(numbers, range(_COMMENTS)):
            await tell(commented(1000 * number + one, _EDITS, number))
        await hooks.quiet()
        scene.told = await scene.messages(bot) - scene.others
        scene.names = {SECRET, *(await _cases(hooks) - stays)}


async def _cases(hooks: Hooks) -> set[str]:
    rows = await hooks.floor.trays.database.read(sa.select(cases_table.c.case_id))
    return {row.case_id for row in rows}


@asynccontextmanager
async def _bot_of(program: Program) -> AsyncIterator[Account]:
    server = Homeserver(base_url=program.homeserver.url)
    registration = program.registration
    try:
        yield bot_account(server, user_id=registration.bot, as_token=registration.as_token)
    finally:
        await server.close()


class Moment(Enum):
    """When the program is ended, after it was told to forget."""

    DECIDED = "once it is decided, which is before it is answered"
    GOING = "while messages are taken back"
    GIVEN = "at some instant after the command"


async def _forget(
    scene: Scene, bot: Account, number: int, moment: Moment, chance: random.Random
) -> None:
    """Have a case forgotten, end the program in the middle of that, and start it again."""
    wanted = len(await redacted(bot, scene.room)) + chance.randrange(1, _TOLD)
    decided = len(_marks(scene.program))

    async def are_going() -> bool:
        return len(await redacted(bot, scene.room)) >= wanted

    async def is_decided() -> None:
        while len(_marks(scene.program)) == decided:  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0)  # The answer follows within milliseconds.

    async with scene.going_on(number):
        await asyncio.sleep(chance.uniform(0, 0.2))  # What is under way meanwhile differs.
        await scene.owner.post(scene.talk, f"case forget {scene.short} #{number}")
        match moment:
            case Moment.GIVEN:
                await asyncio.sleep(chance.uniform(0, 0.5))  # The instant is what is tried here.
            case Moment.DECIDED:
                await asyncio.wait_for(is_decided(), 30)
            case Moment.GOING:
                await until(are_going, f"{wanted} redactions; see {scene.program.log()}", within=30)
        await scene.program.kill()
        await scene.program.start()


def _marks(program: Program) -> list[str]:
    """Return what is still known of each case that was forgotten: empty once all is done."""
    return _read(program, "select case_id from forgotten")


def _read(program: Program, question: str) -> list[str]:
    """Return the one column that is asked for, while the program runs."""
    path = program.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return [value for (value,) in database.execute(question)]


async def _story(program: Program, kills: int, seed: int) -> None:
    chance, numbers = random.Random(seed), range(10, 10 + kills)
    async with AsyncExitStack() as stack:
        scene = await _furnish(program)
        stack.push_async_callback(scene.owner.close)
        await _tell(scene, numbers)
        assert len(scene.told) == _TOLD * kills
        stack.push_async_callback(program.end)
        await program.start()
        bot = await stack.enter_async_context(_bot_of(program))
        moments = itertools.cycle(Moment)
        for number in numbers:
            await _forget(scene, bot, number, next(moments), chance)

        async def all_done() -> bool:
            done = _marks(program) == [""] * kills
            waiting = _read(program, "select seq from deliveries where state = 0")
            return done and not waiting and await program.has_sent_all()

        await until(all_done, f"all is forgotten; see {program.log()}", within=60)
        for number in numbers:
            assert await scene.calls(renamed(59, number))
            assert await scene.calls(commented(1000 * number + 99, 59, number))
        await until(all_done, f"the last calls are worked off; see {program.log()}", within=30)
        assert await program.stop() == 0
        after, gone = await scene.messages(bot), await redacted(bot, scene.room)
        answers = [one for one in await standing(bot, scene.talk) if one.sender == bot.user_id]
    async with program.trays() as (trays, _):
        known = await kept(trays.database)

    assert scene.told <= set(gone)
    assert len(gone) == len(set(gone))
    assert after == scene.others
    assert [name for name in scene.names if name in known] == []
    said = ["cours de suppression" in one.content.text("body") for one in answers[1:]]
    assert said == [True] * kills


@pytest.mark.timeout(120)
async def test_what_is_forgotten_is_gone_through_two_kills(
    homeserver: HomeserverForTests, nursery: Nursery, tmp_path: Path
):
    await _story(Program.prepare(tmp_path, homeserver, nursery=nursery), kills=2, seed=1)


@pytest.mark.long
async def test_what_is_forgotten_is_gone_through_twenty_kills(
    homeserver: HomeserverForTests, nursery: Nursery, tmp_path: Path
):
    await _story(Program.prepare(tmp_path, homeserver, nursery=nursery), kills=20, seed=2)
