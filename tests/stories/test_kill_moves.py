"""Adopting, upgrading and merging end as if nothing had happened, wherever the program was killed."""

import asyncio
import json
import random
import re
import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from appservice.account import Account
from appservice.bot import bot_account
from appservice.homeserver import Homeserver
from parvis.config import load
from parvis.wiring import open_app
from spaces.model import ROOM_EVENT, Group
from tests.harness.calls import call, set_state
from tests.harness.homeserver import HomeserverForTests
from tests.harness.house import House
from tests.harness.nursery import Nursery
from tests.harness.person import Person
from tests.harness.program import Program
from tests.harness.reader import Reader
from tests.harness.talk import Talk
from tests.harness.wait import until

_OPENING = asyncio.Lock()
"""Alembic makes the tables of one database at a time."""
_NOT_COMPARED = frozenset({"m.room.create", "org.parvis.charter_post"})
_SAID = {
    "verger": "avec son histoire",
    "atelier": "nouveaux salons",
    "velo": "y sont invitées",
    "mobilite": "L’espace continue",
}


@dataclass(frozen=True)
class Scene:
    """What there is before anything is asked."""

    program: Program
    admin: Person
    ana: Person
    leo: Person
    """Who is in the old space alone."""
    talk: Talk
    groups: Mapping[str, Group]
    old_room: str
    old_space: str
    linked: str
    """A room in that space, in which the bot is not."""
    posts: tuple[str, ...]
    """The events that must be shown in the end."""

    def asked(self) -> Mapping[str, tuple[str, dict[str, str]]]:
        """Return, by group, the command and what it needs besides."""
        return {
            "verger": ("adopt", {"room": self.old_room}),
            "atelier": ("upgrade", {}),
            "velo": ("merge", {"into": self.groups["mobilite"].slug}),
            "mobilite": ("adopt", {"room": self.old_space}),
        }


async def _furnish(program: Program, admin: Person) -> Scene:
    async with AsyncExitStack() as stack:
        async with _OPENING:
            opened = open_app(load(program.folder / "config.yaml"))
            app = await stack.enter_async_context(opened)
        await asyncio.wait_for(app.machinery.greeted.wait(), 20)
        house = House(app, program.homeserver)
        await admin.join(await app.spaces.reconciler.root())
        ana, leo = await house.person("ana"), await house.person("leo")
        both = [house.group(name, [admin, ana]) for name in ("Verger", "Atelier", "Vélo")]
        groups = await asyncio.gather(*both, house.group("Mobilité", [admin]))
        talk = await Talk.begin(house, admin)
        await talk.ask("language fr")
        room, space = [
            await _handed_over(admin, someone, app.trays.bot, name=name, space=space)
            for someone, name, space in ((ana, "Vieux salon", False), (leo, "Vieil espace", True))
        ]
        linked = await admin.create_room(name="Salon du vieil espace")
        via = {"via": [program.homeserver.server_name]}
        assert await set_state(admin, space, "m.space.child", via, linked) == 200
        old = await ana.post(room, "Il y a longtemps")
        posts = [await ana.post(one.posts_id, f"Billet de {one.name}") for one in groups[:3]]
        for post in posts:
            await house.shows(post)
    named = dict(zip(("verger", "atelier", "velo", "mobilite"), groups, strict=True))
    return Scene(program, admin, ana, leo, talk, named, room, space, linked, (old, *posts))


async def _handed_over(
    admin: Person, someone: Person, bot: Account, *, name: str, space: bool
) -> str:
    """Return a room or space of the admin's, with somebody and the bot in it, which may do all there."""
    room = await admin.create_room(space=space, name=name, invite=[someone.user_id, bot.user_id])
    await someone.join(room)
    levels = (await call(admin, "GET", f"/rooms/{room}/state/m.room.power_levels"))[1]
    levels["users"] = {**levels.get("users", {}), bot.user_id: 150}
    assert await set_state(admin, room, "m.room.power_levels", levels) == 200

    async def inside() -> bool:
        return room in await bot.joined_rooms()

    await until(inside, "the bot accepts")
    return room


class Picture:
    """All rooms of the bot as they are, in words that two organizations have in common."""

    def __init__(self, bot: Account, scene: Scene) -> None:
        self._bot, self._scene = bot, scene
        self._names = {bot.user_id: "bot", scene.admin.user_id: "admin", scene.ana.user_id: "ana"}
        self._names |= {scene.leo.user_id: "leo", scene.linked: "linked room"}
        self._names |= {one.declaration.uuid: name for name, one in scene.groups.items()}
        self._names |= {one.slug: name for name, one in scene.groups.items()}
        self._names |= {scene.program.registration.bot_localpart: "bot"}

    async def taken(self) -> Counter[str]:
        rooms = {room: await self._bot.state(room) for room in await self._bot.joined_rooms()}
        lines = []
        for room_id in rooms:
            self._names[room_id] = await self._named(room_id)
        for room_id, state in rooms.items():
            name = self._names[room_id]
            lines += [
                f"{name} {one.type} {one.state_key} {json.dumps(dict(one.content.fields), sort_keys=True)}"
                for one in state
                if one.type not in _NOT_COMPARED and (name or one.type != "m.room.member")
            ]
        text = "\n".join(lines)
        for said in sorted(self._names, key=len, reverse=True):
            text = text.replace(said, self._names[said])
        # A place in a list ends in four letters of the uuid.
        text = re.sub(r'  [0-9a-f]{4}"', '"', text)
        # By whose right somebody joined is the homeserver's choice.
        text = re.sub(r'"join_authorised_via_users_server": "\w+", ', "", text)
        text = re.sub(r'"rests_since": [1-9]\d*', '"rests_since": "then"', text)
        text = re.sub(r'"\$[\w-]{43}"', '"an event"', text)
        return Counter(text.splitlines())

    async def _named(self, room_id: str) -> str:
        """Return how a room is called here: a twin would be called as another is."""
        if room_id in {self._scene.old_room, self._scene.old_space}:
            return "old room" if room_id == self._scene.old_room else "old space"
        create = await self._bot.state_event(room_id, "m.room.create")
        mark = create.content.at(ROOM_EVENT)
        group = self._names.get(mark.text("group"), mark.text("group"))
        heir = "+" if create.content.text("predecessor", "room_id") else ""
        return f"{group}/{mark.text('part')}{heir}"


@asynccontextmanager
async def _scene(homeserver: HomeserverForTests, nursery: Nursery, folder: Path):
    async with AsyncExitStack() as stack:
        admin = await homeserver.person("admin")
        stack.push_async_callback(admin.close)
        program = Program.prepare(folder, homeserver, admin=admin.user_id, nursery=nursery)
        stack.push_async_callback(program.end)
        scene = await _furnish(program, admin)
        stack.push_async_callback(scene.ana.close)
        stack.push_async_callback(scene.leo.close)
        server = Homeserver(base_url=homeserver.url)
        stack.push_async_callback(server.close)
        registration = program.registration
        bot = bot_account(server, user_id=registration.bot, as_token=registration.as_token)
        yield scene, Picture(bot, scene)


async def _ask_bot(scene: Scene, names: Collection[str]) -> None:
    for name in names:
        command, given = scene.asked()[name]
        words = " ".join(given.values())
        line = f"group {command} {scene.groups[name].slug} {words}"
        await scene.admin.post(scene.talk.room_id, line)


async def _told(scene: Scene, names: Collection[str] = tuple(_SAID)) -> None:
    """Wait until the bot has said what came of what was asked."""
    for words in (_SAID[name] for name in names):
        await scene.admin.hears(
            scene.talk.room_id, lambda one, words=words: words in getattr(one, "body", "")
        )


async def _kill_sometime(scene: Scene, chance: random.Random) -> None:
    program = scene.program
    program.process = await program.command("run")
    await asyncio.sleep(chance.uniform(0.4, 1.4))  # The instant is what is tried here.
    await program.kill()


async def _submit_and_kill(scene: Scene, name: str, chance: random.Random) -> bool:
    """Send a form, kill the program once it has been taken; return whether it was answered."""
    program = scene.program
    await program.start()
    reader = await Reader.signed_in(program.url, scene.admin)
    command, given = scene.asked()[name]
    page = f"/groups/{scene.groups[name].slug}/settings"
    fields = {**(await reader.get(page)).hidden, **given, "command": f"group {command}"}
    sending = asyncio.create_task(reader.post(page, **fields))

    async def taken() -> bool:
        with closing(sqlite3.connect(program.folder / "data" / "parvis.db")) as database:
            query = "SELECT count(*) FROM command_requests WHERE event_id = ?"
            key = f"web:{scene.admin.user_id}:{fields['nonce']}"
            return database.execute(query, (key,)).fetchone() == (1,)

    await until(taken, f"the form about {name} is taken")
    await asyncio.sleep(chance.uniform(0, 0.5))  # The instant is what is tried here.
    await program.kill()
    answer = (await asyncio.gather(sending, return_exceptions=True))[0]
    await reader.close()
    return not isinstance(answer, BaseException)


async def _end(scene: Scene, picture: Picture) -> Counter[str]:
    """Return the picture once nothing changes any more, and every post is shown."""
    reader = await Reader.signed_in(scene.program.url, scene.ana)
    shown = [(await reader.get(f"/posts/{post}")).status for post in scene.posts]
    await reader.close()
    await until(scene.program.has_sent_all, "nothing is left to be sent")
    await scene.program.kill()
    assert shown == [200] * len(scene.posts)
    return await picture.taken()


async def _unharmed(homeserver: HomeserverForTests, nursery: Nursery, folder: Path) -> Counter[str]:
    """Return the picture where nothing is killed."""
    async with _scene(homeserver, nursery, folder) as (scene, picture):
        await _ask_bot(scene, tuple(_SAID))
        await scene.program.start()
        await _told(scene)
        return await _end(scene, picture)


async def _killed(
    homeserver: HomeserverForTests,
    nursery: Nursery,
    folder: Path,
    *,
    forms: Collection[str],
    kills: int,
) -> Counter[str]:
    """Return the picture where *forms* were cut off, and then the bot as often as *kills* says."""
    chance = random.Random(kills)
    async with _scene(homeserver, nursery, folder) as (scene, picture):
        answered = [name for name in forms if await _submit_and_kill(scene, name, chance)]
        await _ask_bot(scene, [name for name in _SAID if name not in forms])
        for _ in range(kills):
            await _kill_sometime(scene, chance)
        await scene.program.start()
        await _told(scene, [name for name in _SAID if name not in answered])
        assert len(answered) < len(forms)
        return await _end(scene, picture)


@pytest.mark.parametrize(
    ("forms", "kills"),
    [
        (("verger",), 1),
        pytest.param(("atelier",), 20, marks=pytest.mark.long),
        pytest.param(("velo", "verger", "atelier", "mobilite"), 6, marks=pytest.mark.long),
    ],
)
@pytest.mark.timeout(180)
async def test_adopting_upgrading_and_merging_end_the_same_through_kills(
    homeserver: HomeserverForTests,
    nursery: Nursery,
    tmp_path: Path,
    forms: tuple[str, ...],
    kills: int,
):
    unharmed, killed = await asyncio.gather(
        _unharmed(homeserver, nursery, tmp_path / "unharmed"),
        _killed(homeserver, nursery, tmp_path / "killed", forms=forms, kills=kills),
    )
    assert (killed - unharmed, unharmed - killed) == (Counter(), Counter())
