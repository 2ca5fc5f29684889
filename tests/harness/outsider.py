"""All that somebody can see of an organization, to be compared with what they saw before."""

import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote

from appservice.ids import RoomId
from tests.harness.calls import call, joined
from tests.harness.house import House
from tests.harness.person import Person
from tests.harness.reader import Reader
from tests.harness.talk import Talk

_PAGES = ("/", "/groups", "/you", "/compose", "/manage", "/manage/people")
_COMMANDS = ("help", "group list", "gruop list", "connection list", "connection show github")
_OPEN_PAGES = ("/", "/groups")


@dataclass
class Outsider:
    """Somebody who looks everywhere; *rooms* are those of which they may read the state."""

    person: Person
    reader: Reader
    talk: Talk
    rooms: tuple[RoomId, ...]
    paths: tuple[str, ...]
    told: list[list[dict[str, str]]] = field(default_factory=list)
    """What their open pages are told."""

    @classmethod
    async def looking(
        cls,
        stack: AsyncExitStack,
        house: House,
        person: Person,
        rooms: tuple[RoomId, ...],
        *paths: str,
    ) -> Self:
        """Sign in; *paths* are further pages to look at."""
        reader = await Reader.signed_in(house.url, person)
        stack.push_async_callback(reader.close)
        talk = await Talk.begin(house, person)
        told = [await stack.enter_async_context(reader.live(page)) for page in _OPEN_PAGES]
        return cls(person, reader, talk, rooms, paths, told)

    async def sees(self) -> Mapping[str, str]:
        """Return every answer by what was asked."""
        seen = dict(await self.talk.ask_all(_COMMANDS))
        for path in (*_PAGES, *self.paths):
            seen[path] = await self._page(path)
        for room_id in self.rooms:
            for path in (
                f"/rooms/{quote(room_id)}/state",
                f"/rooms/{quote(room_id)}/messages?dir=b",
            ):
                _, answer = await call(self.person, "GET", path)
                events = answer if isinstance(answer, list) else answer["chunk"]
                seen[path] = "\n".join(sorted(one["event_id"] for one in events))
            seen["below " + room_id] = await self._raw(
                f"/_matrix/client/v1/rooms/{quote(room_id)}/hierarchy"
            )
        seen["rooms in public"] = await self._raw("/publicRooms")
        seen["rooms of their own"] = "\n".join(sorted(await joined(self.person)))
        seen["heard"] = "\n".join(
            one.event_id for one in self.person.seen if not self._with_bot(one)
        )
        seen["told"] = json.dumps(self.told)
        return seen

    async def tries(self, names: Mapping[str, str]) -> Mapping[str, str]:
        """Return what they are answered who know *names*: of a group, its posts, its rooms."""
        commands = {one: one.format_map(names) for one in _GUESSED_COMMANDS}
        answers = await self.talk.ask_all(list(commands.values()))
        seen = {one: answers[command] for one, command in commands.items()}
        for path in _GUESSED_PAGES:
            seen[path] = await self._page(path.format_map(names))
        for path in _GUESSED_CALLS:
            seen[path] = await self._raw(path.format_map({k: quote(v) for k, v in names.items()}))
        return seen

    def _with_bot(self, event) -> bool:
        return event.source.get("room_id") == self.talk.room_id

    async def _page(self, path: str) -> str:
        answer = await self.reader.get(path)
        return f"{answer.status} {answer.steady}"

    async def _raw(self, path: str) -> str:
        status, answer = await call(self.person, "GET", path)
        return f"{status} {json.dumps(answer, sort_keys=True)}"


_GUESSED_COMMANDS = (
    "group show {slug}",
    'group show "{name}"',
    "group charter {slug}",
    "member list {slug}",
    "connection list {slug}",
    "connection show {short} {slug}",
    "connection show {short}",
    "connection test {short}",
    "connect github {slug}",
    "group access {slug} open confirm",
    "group language {slug} en",
    "group chat {slug}",
    "group end {slug}",
    "group archive {slug}",
    "group upgrade {slug}",
    "group merge {slug} {known}",
    "group merge {known} {slug}",
    "group parent {known} {slug}",
    "group adopt {known} {room}",
    "group split {slug} label Name",
    "connection import hookshot {room} {known}",
    "connection import hookshot {room} {slug}",
    "lift {post}",
)
_GUESSED_PAGES = (
    "/groups/{slug}",
    "/groups/{slug}?past",
    "/groups/{slug}/settings",
    "/posts/{post}",
    "/posts/{comment}",
    "/posts/{card}",
    "/posts/{post}/edit",
    "/media/{media}",
    "/connections/{page}",
    "/hooks/{short}",
    "/compose?group={slug}",
)
_GUESSED_CALLS = (
    "/directory/room/{alias}",
    "/_matrix/client/v1/rooms/{room}/hierarchy",
    "/_matrix/client/v1/room_summary/{room}?via=parvis.test",
    "/rooms/{room}/state",
    "/rooms/{room}/joined_members",
    "/rooms/{room}/event/{post}",
)
