"""Who may do what: each cell of the table, tried from a stock client, on the pages and by the bot."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pytest

from spaces.model import Group, with_roles
from spaces.roles import Action, Outcome, outcome
from spaces.vocabulary import Part, Posting, Role
from tests.harness.calls import call
from tests.harness.house import House, open_house
from tests.harness.person import Person
from tests.harness.reader import Reader
from tests.harness.talk import Talk
from tests.harness.wait import until

_TEXT = {"msgtype": "m.text", "body": "Essai"}
_IN_POSTS = (Action.COMMENT, Action.POST, Action.PUBLISH)
_BY_BOT = (Action.KICK, Action.INVITE, Action.TOPIC, Action.RENAME)
"""What the bot does in a person's stead."""


def _with_the_bot(role: Role, action: Action) -> Outcome:
    """Return what comes of asking the bot or a page, which asks it too: what comes of it in a client,
    but for one cell. A client cannot rename a group, so that a name never differs from the order of
    lists; the bot does, for owners.
    """
    if action is Action.RENAME:
        return Outcome.DONE if role is Role.OWNER else Outcome.REFUSED
    return outcome(role, action, Posting.SOME)


@dataclass
class Scene:
    """A group in which only some may post, with one person of each role."""

    house: House
    group: Group
    people: Mapping[Role, Person]
    victims: Mapping[Role, Person]
    """One for each role, who is removed by them if they may."""
    readers: Mapping[Role, Reader]
    talks: Mapping[Role, Talk]
    writer: Person
    """A member whose words the others comment, remove and publish."""
    post: str
    said: Mapping[str, str]
    """A message of the writer's in each room."""


@pytest.fixture(scope="module")
async def scene(homeserver, tmp_path_factory):
    async with AsyncExitStack() as stack:
        folder = tmp_path_factory.mktemp("house")
        house = await stack.enter_async_context(open_house(folder, homeserver))
        people = {role: await house.person(role.value) for role in Role}
        writer, spared = await house.person("writer"), await house.person("spared")
        victims = dict.fromkeys(Role, spared)
        for role in (Role.OWNER, Role.MODERATOR):
            victims[role] = await house.person(f"victim-of-{role.value}")
        everybody = [*people.values(), *set(victims.values()), writer]
        group = await house.group("Quai", everybody, chat=True)
        roles = {person.user_id: role for role, person in people.items()}
        group = await house.app.spaces.reconciler.alter(
            group, lambda now: replace(now, posting=Posting.SOME, roles=with_roles(roles))
        )
        post = await people[Role.OWNER].post(group.posts_id, "Publication")
        said = {room: await writer.post(room, "Parole") for room in group.inner_rooms}
        said[group.posts_id] = await writer.comment(group.posts_id, post, "Parole")
        for event_id in (post, said[group.posts_id]):
            await house.shows(event_id)
        readers = {role: await Reader.signed_in(house.url, one) for role, one in people.items()}
        for reader in readers.values():
            stack.push_async_callback(reader.close)
        talks = {role: await Talk.begin(house, one) for role, one in people.items()}
        yield Scene(house, group, people, victims, readers, talks, writer, post, said)


def _rooms(group: Group, action: Action) -> Mapping[Part, str]:
    rooms = dict(zip((Part.SPACE, Part.POSTS, Part.CHAT), group.rooms, strict=True))
    if action in _IN_POSTS:
        return {Part.POSTS: rooms[Part.POSTS]}
    if action is Action.CHAT:
        return {Part.CHAT: rooms[Part.CHAT]}
    if action in {Action.READ, Action.REACT, Action.REDACT, Action.PIN}:
        return {part: room for part, room in rooms.items() if part is not Part.SPACE}
    return rooms


async def _held(scene: Scene) -> str:
    """Return a post of the writer's that waits."""
    held = await scene.writer.post(scene.group.posts_id, "Proposition")

    async def waits() -> bool:
        page = await scene.readers[Role.OWNER].get(f"/groups/{scene.group.slug}")
        return 'id="held"' in page.text and held in page.text

    await until(waits, "the post waits")
    return held


async def _appears(scene: Scene, event_id: str, *, after: float = 1.5) -> bool:
    async def there() -> bool:
        page = await scene.readers[Role.OWNER].get(f"/posts/{quote(event_id, safe='')}")
        return page.status == 200

    try:
        return bool(await until(there, "it appears", within=after))
    except AssertionError:
        return False


def _tried(scene: Scene, role: Role, room: str) -> Mapping[Action, tuple[str, str, Any]]:
    """Return the call that tries each action in a room: method, path below the room, body."""
    said, victim = scene.said.get(room, scene.post), {"user_id": scene.victims[role].user_id}
    thread = {"m.relates_to": {"rel_type": "m.thread", "event_id": scene.post}}
    like = {"m.relates_to": {"rel_type": "m.annotation", "event_id": said, "key": "👍"}}
    return {
        Action.READ: ("GET", "messages?dir=b", None),
        Action.CHAT: ("PUT", "send/m.room.message/chat", _TEXT),
        Action.COMMENT: ("PUT", "send/m.room.message/comment", _TEXT | thread),
        Action.POST: ("PUT", "send/m.room.message/post", _TEXT),
        Action.REACT: ("PUT", "send/m.reaction/react", like),
        Action.REDACT: ("PUT", f"redact/{quote(said)}/redact", {}),
        Action.PIN: ("PUT", "state/m.room.pinned_events", {"pinned": [said]}),
        Action.TOPIC: ("PUT", "state/m.room.topic", {"topic": "Autre"}),
        Action.RENAME: ("PUT", "state/m.room.name", {"name": "Autre"}),
        Action.LEVELS: ("PUT", "state/m.room.power_levels", {"users": {}}),
        Action.INVITE: ("POST", "invite", {"user_id": f"@nobody-{role}:parvis.test"}),
        Action.KICK: ("POST", "kick", victim),
        Action.BAN: ("POST", "ban", victim),
    }


async def _in_a_client(scene: Scene, role: Role, action: Action, room: str) -> Outcome:
    person = scene.people[role]
    if action is Action.PUBLISH:
        held = await _held(scene)
        await person.react(room, held, "✅")
        return Outcome.DONE if await _appears(scene, held) else Outcome.REFUSED
    method, path, body = _tried(scene, role, room)[action]
    status, answer = await call(person, method, f"/rooms/{quote(room)}/{path}", body)
    assert status in {200, 403}, f"{role} {action}: {status}"
    if action is Action.POST:
        return await _posted(scene, answer["event_id"])
    return Outcome.DONE if status == 200 else Outcome.REFUSED


async def _posted(scene: Scene, event_id: str) -> Outcome:
    """Say whether a post appeared, or is held; it must be one of the two."""

    async def held() -> bool:
        return event_id in (await scene.readers[Role.OWNER].get(f"/groups/{scene.group.slug}")).text

    await until(held, "the post is on the group's page, in the feed or waiting")
    page = await scene.readers[Role.OWNER].get(f"/posts/{quote(event_id, safe='')}")
    return Outcome.DONE if page.status == 200 else Outcome.HELD


def _settings(scene: Scene, role: Role) -> Mapping[Action, dict[str, str]]:
    """Return the form on the group's settings that tries each action."""
    person = scene.victims[role].user_id
    return {
        Action.KICK: {"command": "member remove", "person": person},
        Action.INVITE: {"command": "member add", "person": person},
        Action.TOPIC: {"command": "group charter", "purpose": f"Par {role.value}"},
        Action.RENAME: {"command": "group rename", "name": f"Quai de {role.value}"},
    }


async def _on_the_pages(scene: Scene, role: Role, action: Action) -> Outcome:
    reader, group, house = scene.readers[role], scene.group, scene.house
    page, post = f"/groups/{group.slug}", f"/posts/{quote(scene.post, safe='')}"
    match action:
        case Action.READ:
            answer = await reader.get(post)
        case Action.COMMENT:
            answer = await reader.send(post, f"{post}/comments", text="Commentaire")
        case Action.REACT:
            answer = await reader.send(post, f"{post}/reactions", key="🎉")
        case Action.POST:
            title = f"Par {role.value}"
            answer = await reader.send(
                "/compose", "/compose", group=group.slug, title=title, text=""
            )
            found = re.search(
                r'data-event-id="([^"]+)"(?:(?!data-event-id).)*' + title, answer.text, re.DOTALL
            )
            assert found, answer.text
            return await _posted(scene, found[1])
        case Action.PUBLISH:
            held = await _held(scene)
            answer = await reader.send(page, f"/posts/{quote(held, safe='')}/publish")
        case Action.REDACT:
            said = await scene.writer.comment(group.posts_id, scene.post, f"Pour {role.value}")
            await house.shows(said)
            answer = await reader.send(post, f"{post}/delete", about=said)
        case Action.KICK | Action.INVITE | Action.TOPIC | Action.RENAME:
            given = _settings(scene, role)[action]
            answer = await reader.send(page, f"{page}/settings", **given)
    return Outcome.DONE if answer.status == 200 else Outcome.REFUSED


_ON_PAGES = (
    Action.READ, Action.COMMENT, Action.REACT, Action.POST, Action.PUBLISH, Action.REDACT,
    Action.TOPIC, Action.RENAME, Action.INVITE, Action.KICK,
)  # fmt: skip


async def test_on_the_pages_and_by_the_bot_each_role_may_the_same(scene: Scene):
    told = {(role, action): _with_the_bot(role, action) for role in Role for action in _ON_PAGES}
    found = {
        (role, action): await _on_the_pages(scene, role, action)
        for action in _ON_PAGES
        for role in Role
    }
    by_bot = {key: value for key, value in told.items() if key[1] in _BY_BOT}

    assert found == told
    assert await _by_the_bot(scene) == by_bot


async def _by_the_bot(scene: Scene) -> Mapping[tuple[Role, Action], Outcome]:
    slug = scene.group.slug

    async def ask(role: Role) -> Mapping[Action, str]:
        victim, talk = scene.victims[role].user_id, scene.talks[role]
        return {
            Action.TOPIC: await talk.ask(f"group charter {slug} purpose=Encore"),
            Action.RENAME: await talk.ask(f"group rename {slug} Quai"),
            Action.INVITE: await talk.ask(f"member add {slug} {victim}"),
            Action.KICK: await talk.ask(f"member remove {slug} {victim}"),
        }

    answers = dict(zip(Role, await asyncio.gather(*(ask(role) for role in Role)), strict=True))
    return {
        (role, action): Outcome.REFUSED if answer.startswith("Seuls les") else Outcome.DONE
        for role, told in answers.items()
        for action, answer in told.items()
    }


async def test_in_a_client_each_role_may_what_the_table_says(scene: Scene):
    for victim in set(scene.victims.values()):
        await scene.house.app.spaces.members.invite(scene.group, victim.user_id)
        for room_id in scene.group.rooms:
            await victim.join(room_id)
    found, told = {}, {}
    last = {Action.KICK: 1, Action.BAN: 2}  # Whoever is out can be removed no more.
    for action in sorted(Action, key=lambda action: last.get(action, 0)):
        for part, room in reversed(_rooms(scene.group, action).items()):
            for role in Role:
                found[role, action, part] = await _in_a_client(scene, role, action, room)
                told[role, action, part] = outcome(role, action, Posting.SOME)

    assert found == told
