"""The home page, whole and over HTTP, as the history grows."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from appservice.database import Database
from appservice.events import RoomEvent, parse_event
from appservice.ids import UserId
from appservice.inbox import Inbox
from appservice.languages import Language
from appservice.migrations import migrate
from appservice.payload import Payload
from appservice.vault import Vault
from feed.house import Feed
from parvis.web import now
from tests.bench.bare import running_bare
from tests.bench.load import Burst, burst, request
from tests.bench.table import Figure, Rounds
from tests.harness.homeserver import HomeserverForTests
from tests.harness.person import Person
from tests.harness.program import Program

_SHORT, _LONG, _DERIVED = 1_000, 100_000, 1_000
_GROUPS, _CALLS, _ROUNDS = 10, 40, 5
_COOKIE = "a-cookie-for-the-bench"
_TWO_WEEKS = 14 * 24 * 3600 * 1000


async def pages(folder: Path, homeserver: HomeserverForTests) -> Sequence[Figure]:
    """Two organizations of ten groups, beside each other; the same person asks for `/`."""
    ana = await homeserver.person()
    short = await _organization(folder / "short", homeserver, ana, _SHORT)
    long = await _organization(folder / "long", homeserver, ana, _LONG)
    sides: dict[str, list[Burst]] = {"short": [], "long": [], "bare": []}
    await short.start()
    await long.start()
    page = await _body(short.url)
    async with running_bare(folder, page=page) as other:
        urls = {"short": short.url, "long": long.url, "bare": other.url}
        for number in range(_ROUNDS + 1):
            for name, url in urls.items():
                one = await burst(url, [_ask(url)] * _CALLS, at_once=1)
                if number:  # The first round warms all up.
                    sides[name].append(one)
    await short.stop()
    await long.stop()
    await ana.close()
    times = {name: tuple(one.quantile(0.5) for one in found) for name, found in sides.items()}
    grown = Rounds(times["long"], times["short"])
    whole = Rounds(times["long"], times["bare"])
    return [
        Figure(
            f"home page at {_LONG:,} posts, to {_SHORT:,}",
            grown.ratio,
            "at most 1.50",
            grown.detail("ms", scale=1000),
        ),
        Figure(
            "… to a bare server with the same bytes",
            whole.ratio,
            "",
            whole.detail("ms", scale=1000),
        ),
    ]


def _ask(url: str) -> bytes:
    return request("GET", url + "/", headers={"Cookie": f"parvis-session={_COOKIE}"})


async def _body(url: str) -> bytes:
    async with (
        aiohttp.ClientSession(cookies={"parvis-session": _COOKIE}) as session,
        session.get(url) as answer,
    ):
        body = await answer.read()
        assert body.count(b"<article") == 20, body[:500]
        return body


async def _organization(
    folder: Path, homeserver: HomeserverForTests, ana: Person, posts: int
) -> Program:
    """Write the tables as the projection does, then copy its posts until there are enough."""
    folder.mkdir()  # noqa: ASYNC240 - at once
    program = Program.prepare(folder, homeserver)
    data = folder / "data"
    data.mkdir()
    key = Vault.new_key()
    (data / "secrets.key").write_text(key)
    bot = UserId(program.registration.bot)
    database = await Database.open(program.database_url)
    await migrate(database)
    feed = Feed(
        database=database,
        bot=_Bot(bot),
        creators=[bot],
        arrivals=Inbox(database=database),
        language=Language.FR,
    )
    await feed.open()
    for events in _events(bot, ana.user_id, min(posts, _DERIVED)):
        await feed.receive(events)
    tables = feed.store.tables
    await database.close()
    with sqlite3.connect(data / "parvis.db") as written:
        for copy in range(1, posts // _DERIVED):
            _copy_posts(written, tables.messages.name, tables.search.name, copy)
        _sign_in(written, Vault([key]), ana)
    written.close()
    return program


def _copy_posts(written: sqlite3.Connection, messages: str, search: str, copy: int) -> None:
    """Put the first posts in once more, each copy a second earlier than the one before."""
    names = [row[1] for row in written.execute(f"PRAGMA table_info({messages})")]
    changed = {
        "id": f"id + {copy * _DERIVED}",
        "event_id": f"event_id || '-{copy}'",
        "at": f"at - {copy * 1000}",
    }
    shown = ", ".join(changed.get(name, name) for name in names)
    written.execute(
        f"INSERT INTO {messages} ({', '.join(names)}) SELECT {shown} FROM {messages} "
        f"WHERE id <= {_DERIVED}"
    )
    written.execute(
        f"INSERT INTO {search} (rowid, words) SELECT id, text FROM {messages} "
        f"WHERE id > {copy * _DERIVED}"
    )


def _sign_in(written: sqlite3.Connection, vault: Vault, ana: Person) -> None:
    row = {
        "id": hashlib.sha256(_COOKIE.encode()).hexdigest(),
        "user_id": ana.user_id,
        "device_id": ana.client.device_id,
        "token": vault.lock(ana.token),
        "name": "Ana",
        "avatar": "",
        "created": now(),
        "seen": now(),
    }
    marks = ", ".join("?" for _ in row)
    written.execute(
        f"INSERT INTO sessions ({', '.join(row)}) VALUES ({marks})",
        tuple(row.values()),
    )


class _Bot:
    """The account that the feed asks for state; here nothing is doubtful."""

    def __init__(self, user_id: UserId) -> None:
        self.user_id = user_id

    async def state_event(self, _room_id: str, _type: str, _state_key: str = "") -> None:
        return None


def _events(bot: UserId, ana: UserId, posts: int) -> Iterator[Sequence[RoomEvent]]:
    """Walk batches of the organization's events: its root, ten groups, their posts until now."""
    begun = now() - _TWO_WEEKS
    yield _room("!root:x", begun, {"part": "root"}, bot, ana)
    for number in range(_GROUPS):
        space, room = f"!space{number}:x", f"!posts{number}:x"
        yield _room(space, begun, {"group": f"g{number}", "part": "space"}, bot, ana)
        yield _room(room, begun, {"group": f"g{number}", "part": "posts"}, bot, ana)
        declared = {"slug": f"g{number}", "kind": "topic", "access": "open", "order": str(number)}
        yield [_event(space, begun + 2, "org.parvis.group", declared, bot, "")]
        share = posts // _GROUPS
        for start in range(0, share, 100):
            yield [
                _event(room, begun + 10 + 60_000 * at, "m.room.message", _text(at), ana)
                for at in range(start, min(start + 100, share))
            ]


def _room(
    room: str, at: int, mark: dict[str, str], bot: UserId, ana: UserId
) -> Sequence[RoomEvent]:
    member = {"membership": "join", "displayname": "Ana"}
    return [
        _event(room, at, "m.room.create", {"org.parvis.room": mark}, bot, ""),
        _event(room, at + 1, "m.room.member", member, ana, ana),
    ]


def _text(at: int) -> dict[str, Any]:
    body = f"Compte rendu {at}\n\nLa pompe {at} du quai est réparée, merci à l’équipe de nuit."
    return {"msgtype": "m.text", "body": body}


def _event(
    room: str,
    at: int,
    kind: str,
    content: dict[str, Any],
    sender: str,
    state_key: str | None = None,
) -> RoomEvent:
    raw = {
        "event_id": f"${room}{kind}{at}",
        "room_id": room,
        "sender": sender,
        "type": kind,
        "origin_server_ts": at,
        "content": content,
    }
    return parse_event(Payload(raw if state_key is None else {**raw, "state_key": state_key}))
