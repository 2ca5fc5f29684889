"""Whatever happens to a secret group, who is outside sees what they saw before."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from urllib.parse import quote

import msgspec
import pytest

from spaces.model import Group
from tests.harness import github
from tests.harness.hooks import post
from tests.harness.house import House, open_house
from tests.harness.outsider import Outsider
from tests.harness.person import Person
from tests.harness.talk import CHARTER, Talk
from tests.harness.wait import until

_NOBODYS = {
    "slug": "rien-0123456789abcdef",
    "name": "Rien du tout",
    "short": "github-00000",
    "page": "0" * 24,
    "post": "$" + "A" * 43,
    "comment": "$" + "B" * 43,
    "card": "$" + "C" * 43,
    "room": "!" + "D" * 43,
    "media": "parvis.test/EEEEEEEEEEEEEEEEEEEEEEEE",
    "alias": "#rien:parvis.test",
}
"""What a stranger could name who guesses."""


@dataclass
class World:
    """An organization with a secret group's owner, and two who are not in it."""

    house: House
    owner: Talk
    malik: Person
    known: Group
    """An open group in which everybody is."""
    names: dict[str, str] = field(default_factory=dict)

    @property
    def ana(self) -> Person:
        return self.owner.person

    async def group(self, slug: str) -> Group:
        return await self.house.app.spaces.groups.by_slug(slug)

    async def named(self, name: str) -> Group:
        groups = await self.house.app.spaces.groups.all()
        return next(one for one in groups if one.name == name)

    async def enter(self, group: Group, person: Person | None = None) -> None:
        for room_id in group.rooms:
            await (person or self.ana).join(room_id)
        for room_id in group.rooms:
            await self.house.knows(person or self.ana, room_id)

    async def quiet(self) -> None:
        """Wait until nothing is on its way."""
        app = self.house.app

        async def empty() -> bool:
            waiting = await app.bridges.deliveries.waiting(limit=1)
            return not waiting and not await app.trays.outbox.waiting(limit=1)

        await until(empty, "nothing is on its way", within=20)
        await app.machinery.dispatch.idle()


async def _founded(world: World) -> None:
    said = await world.owner.ask(f"group create Cession topic secret {CHARTER}")
    assert "Cession" in said
    group = await world.named("Cession")
    await world.enter(group)
    world.names |= {"slug": group.slug, "room": group.posts_id, "name": "Cession"}
    alias = world.house.app.spaces.reconciler.house.alias(group.slug)
    world.names["alias"] = alias


async def _written(world: World) -> None:
    room = world.names["room"]
    root = await world.ana.post(room, "Signature lundi\nTout est prêt")
    comment = await world.ana.comment(room, root, "Rien n’est signé")
    await world.ana.react(room, root, "👍")
    uploaded, _ = await world.ana.client.upload(
        lambda *_: b"\x89PNG\r\n\x1a\n", content_type="image/png", filename="a.png", filesize=8
    )
    picture = {"msgtype": "m.image", "body": "a.png", "url": uploaded.content_uri}
    shown = await world.ana.send(room, "m.room.message", picture)
    for event_id in (comment, shown):
        await world.house.shows(event_id)
    media = uploaded.content_uri.removeprefix("mxc://")
    world.names |= {"post": root, "comment": comment, "media": media}


async def _connected(world: World) -> None:
    slug, app = world.names["slug"], world.house.app
    await world.owner.ask(f"connect github {slug}")
    (made,) = await app.bridges.connections.in_room(world.names["room"])
    secret = await app.bridges.connections.show_secret(made.id)
    call = github.pull_request_history()[0]
    url = f"{world.house.url}/hooks/{made.id}"
    assert await post(url, call.body, call.headers(secret)) == 200
    assert await post(url, call.body, call.headers("guessed")) == 401
    card = await world.ana.hears(
        world.names["room"], lambda event: "org.parvis.card" in event.source["content"]
    )
    await world.house.shows(card.event_id)
    world.names |= {"short": made.short, "page": made.page, "card": card.event_id}
    assert "github" in await world.owner.ask(f"connection list {slug}")


async def _imported(world: World) -> None:
    kind = "uk.half-shot.matrix-hookshot.github.repository"
    room = world.names["room"]
    content = {"org": "verger", "repo": "semis"}
    bot = world.house.app.trays.bot
    await bot.send_state(room, kind, content, state_key="k")
    said = await world.owner.ask(
        f"connection import hookshot {room} {world.names['slug']} confirm=yes"
    )
    assert "verger/semis" in said


async def _hung_below(world: World) -> None:
    said = await world.owner.ask(f"group parent {world.names['slug']} {world.known.slug}")
    assert "Cession" in said
    refused = await world.owner.ask(f"lift {world.names['post']}")
    assert "openly" in refused


async def _spoken_to(world: World) -> None:
    slug = world.names["slug"]
    answers = await world.owner.ask_all(
        [
            f"group language {slug} en",
            f"group access {slug} private",
            f"group label {slug} add juridique",
            f"group charter {slug} audience=Deux",
            f"group posting {slug} some",
            f"group order {slug} landmark 1",
        ]
    )
    assert sum("Cession" in said for said in answers.values()) == 5, answers


async def _joined_and_left(world: World) -> None:
    slug, malik = world.names["slug"], world.malik
    await world.owner.ask(f"member add {slug} {malik.user_id}")
    group = await world.group(slug)
    await world.enter(group, malik)
    await malik.comment(group.posts_id, world.names["post"], "J’y suis")
    await world.owner.ask(f"member remove {slug} {malik.user_id}")
    for room_id in group.rooms:
        await world.house.knows(malik, room_id, joined=False)


async def _renamed(world: World) -> None:
    said = await world.owner.ask(f"group rename {world.names['slug']} Rachat")
    assert "Rachat" in said
    world.names["name"] = "Rachat"


async def _split(world: World) -> None:
    said = await world.owner.ask(f"group split {world.names['slug']} juridique Notaire {CHARTER}")
    assert "Notaire" in said
    await world.enter(await world.named("Notaire"))


async def _upgraded(world: World) -> None:
    said = await world.owner.ask(f"group upgrade {world.names['slug']}")
    assert "Rachat" in said
    await world.enter(await world.named("Rachat"))


async def _rested_and_woken(world: World) -> None:
    slug = world.names["slug"]
    answers = await world.owner.ask_all([f"group archive {slug}", f"group restore {slug}"])
    assert all("Rachat" in said for said in answers.values())


async def _merged(world: World) -> None:
    new = await world.named("Notaire")
    said = await world.owner.ask(f"group merge {world.names['slug']} {new.slug}")
    assert "Notaire" in said


async def _declared(world: World) -> None:
    sheet = (
        f"groups: [{{slug: fonds, name: Fonds, kind: topic, access: secret, parent: {world.known.slug}, "
        "charter: {reason: Rien n’est décidé}, connections: [{name: code, app: github}]}]"
    )
    given = msgspec.json.encode({"sheet": sheet}).decode()
    said = await world.house.job("apply", given)
    assert "Fonds" in said
    exported = await world.house.job("export")
    assert "Fonds" not in exported
    await world.house.job("rebuild")


async def _swept(world: World) -> None:
    report = await world.house.app.spaces.passes.run()
    assert report.failed == ()


_STEPS: Mapping[str, tuple[Callable[[World], Awaitable[None]], ...]] = {
    "it is made, and its people write": (_founded, _written),
    "GitHub feeds it, and what fed it before is taken over": (_connected, _imported),
    "it hangs below an open group, and is steered": (_hung_below, _spoken_to),
    "somebody comes and goes, and it has another name": (_joined_and_left, _renamed),
    "a label goes on elsewhere, and it in new rooms": (_split, _upgraded),
    "it rests, wakes, and goes on in another": (_rested_and_woken, _merged),
    "a file declares one, all is rebuilt, and the night comes": (_declared, _swept),
}

_WORTH_A_TRY = (_imported, _upgraded, _swept)
"""After these, whoever guesses names what there is now."""


@pytest.fixture
async def house(homeserver, tmp_path) -> AsyncIterator[House]:
    """A Parvis with two admins, of whom one is outside, and a clock that stands."""
    ana, eve = await homeserver.person("ana"), await homeserver.person("eve")
    async with open_house(
        tmp_path,
        homeserver,
        admin=[ana.user_id, eve.user_id],
        now=int(time.time() * 1000),
    ) as house:
        root = await house.app.spaces.reconciler.root()
        for person in (ana, eve):
            house.people.append(person)
            await person.join(root)
        yield house


async def test_whatever_happens_to_a_secret_group_who_is_outside_sees_the_same(house: House):
    ana, eve = house.people
    malik = await house.person("malik")
    known = await house.group("Direction", [ana, eve, malik])
    world = World(house, await Talk.begin(house, ana), malik, known)
    rooms = (await house.app.spaces.reconciler.root(), known.space_id, known.posts_id)
    await house.shows(await ana.post(known.posts_id, "Bonjour"))
    paths = (
        f"/groups/{known.slug}",
        f"/people/{quote(ana.user_id)}",
        f"/people/{quote(malik.user_id)}",
        "/search?q=signature",
        "/search?q=connexion",
    )
    async with AsyncExitStack() as stack:
        outside, left = [
            await Outsider.looking(stack, house, one, rooms, *paths) for one in (eve, malik)
        ]
        await outside.sees()  # What a first visit changes is over.
        before, his = await outside.sees(), await left.sees()
        guessed = await outside.tries({**_NOBODYS, "known": known.slug})
        differing: list[tuple[str, ...]] = []
        for name, steps in _STEPS.items():
            for step in steps:
                await step(world)
            await world.quiet()
            differing += _between(name, before, await outside.sees())
            if steps[-1] in _WORTH_A_TRY:
                tried = await outside.tries({**_NOBODYS, **world.names, "known": known.slug})
                told = {asked: _as_if_guessed(said, world.names) for asked, said in tried.items()}
                differing += _between(name, guessed, told)
        differing += _between("who was in it is out", his, await left.sees(), but=("heard", "told"))

    assert not differing


def _between(
    when: str, before: Mapping[str, str], after: Mapping[str, str], *, but: Collection[str] = ()
) -> Iterator[tuple[str, str, str, str]]:
    """Walk what is answered otherwise than before: when, to what, and both answers."""
    for asked in before.keys() - set(but):
        if before[asked] != after[asked]:
            yield when, asked, before[asked], after[asked]


def _as_if_guessed(text: str, names: Mapping[str, str]) -> str:
    for key, value in sorted(names.items(), key=lambda pair: -len(pair[1])):
        text = text.replace(value, _NOBODYS[key]).replace(quote(value), quote(_NOBODYS[key]))
    return text
