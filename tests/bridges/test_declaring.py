"""Connections are as a file declares them, however often and however many at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from appservice.database import Database
from appservice.ids import RoomId, UserId
from appservice.languages import Language, phrases
from appservice.migrations import migrate
from appservice.outbox import Outbox
from appservice.vault import Vault
from bridges.connection import Connections, ConnectionState
from bridges.declaring import Declared, Declaring, Misdeclared, options_to_write
from bridges.discovery import apps
from bridges.mapping.mapper import Mapper
from bridges.options import Options
from bridges.pulling.asking import Pulling
from bridges.pulling.store import Pulls

_ROOM, _BOT = RoomId("!posts:example.org"), UserId("@parvis:example.org")
_FEED = "https://blog.example.org/feed.xml"
_KINDS = (
    {"app": "github", "options": {"only": "issues.*", "labels": "bug, !wip", "mode": "flat"}},
    {"app": "gitlab", "scheme": "standard", "paused": True},
    {"app": "rss", "options": {"source": _FEED, "quiet": "22:00-07:00, sat"}},
    {"app": "trello", "secret": "celui de Trello"},
    {"app": "generic", "scheme": "basic", "secret": "serre:4711"},
)


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[tuple[Connections, Declaring]]:
    database = await Database.open(url)
    try:
        await migrate(database)
        connections = Connections(database=database, vault=Vault([Vault.new_key()]))
        mapper = Mapper()
        declaring = Declaring(
            apps=apps(),
            connections=connections,
            outbox=Outbox(database=database),
            pulling=Pulling(Pulls(database=database), lambda: None),
            maker=_BOT,
            takes_letters=False,
            mapper=mapper,
        )
        yield connections, declaring
        await mapper.close()
    finally:
        await database.close()


async def test_thirty_connections_applied_twice_change_nothing_the_second_time(sqlite_url):
    declared = [Declared(name=f"c{n}", **_KINDS[n % 5]) for n in range(30)]
    async with _opened(sqlite_url) as (connections, declaring):
        # Each is asked for twice at the same moment, as by two who apply at once.
        await asyncio.gather(*(declaring.carry_out(one, _ROOM) for one in declared * 2))
        made = await connections.in_room(_ROOM)
        left = [one for one in declared if declaring.change(one, made).needed]
        written = [
            Declared(
                one.short, one.app, one.scheme, one.state is ConnectionState.PAUSED,
                options_to_write(one, apps()[one.app]),
            )
            for one in made
        ]  # fmt: skip
        differ = [one for one in written if declaring.change(one, made).needed]

    assert sorted(one.options.name for one in made) == sorted(one.name for one in declared)
    assert left == differ == []
    states = {one.app: one.state for one in made}
    assert states["gitlab"] == ConnectionState.PAUSED
    assert states["trello"] == ConnectionState.WAITING


async def test_what_was_cut_off_is_finished_by_the_next_time(sqlite_url):
    declared = Declared("code", "github", None, True, {"mode": "flat"}, "ce que GitHub connaît")
    async with _opened(sqlite_url) as (connections, declaring):
        github = apps()["github"]
        begun = await connections.add(github, _ROOM, _BOT, options=Options(name="code"))
        made = await declaring.carry_out(declared, _ROOM)
        shown = await declaring.unshown_secret(made)
        secrets = connections.secrets_of(made)
        other = Declared("labo", "gitlab")
        labo = await declaring.carry_out(other, _ROOM)
        secret = [await declaring.unshown_secret(await connections.get(labo.id)) for _ in range(2)]
        hook = await declaring.carry_out(Declared("crochet", "generic"), _ROOM)
        alone = [await declaring.unshown_secret(await connections.get(hook.id)) for _ in range(2)]
        theirs = await connections.add(github, _ROOM, UserId("@ana:example.org"))
        not_ours = await declaring.unshown_secret(await connections.get(theirs))

    assert (made.id, made.state, made.options.mode) == (begun, "paused", "flat")
    assert secrets[0] == "ce que GitHub connaît"
    assert shown is not_ours is None
    assert len(secret[0]) > 32
    assert secret[1] is None
    assert alone == ["", None]


async def test_a_mapping_is_declared_changed_and_taken_away(sqlite_url):
    words = phrases(Language.FR)
    first = "title: {{ job.name }}\r\ntext: Fini\n  en {{ job.time }}\n"
    async with _opened(sqlite_url) as (_, declaring):
        told, kept, made = [], [], None
        for text in (first, first, None, "title: {{ alert }}", ""):
            declared = Declared("crochet", "generic", mapping=text)
            change = declaring.change(declared, [made] if made else ())
            await declaring.examine(change)
            told.append(change.told("Verger", words) if change.needed else "")
            made = await declaring.carry_out(declared, _ROOM)
            kept.append(made.options.mapping)
        with pytest.raises(Misdeclared) as wrong:
            await declaring.examine(
                declaring.change(Declared("x", "generic", mapping="title: {{ a | upcas }}"), ())
            )
        with pytest.raises(Misdeclared) as none:
            declaring.change(Declared("x", "github", mapping="title: x"), ())

    assert kept[:3] == ["title: {{ job.name }}\ntext: Fini\n  en {{ job.time }}"] * 3
    assert kept[3:] == ["title: {{ alert }}", ""]
    assert ["correspondance" in line for line in told] == [True, False, False, True, True]
    assert wrong.value.field == none.value.field == "mapping"
    assert "upcas" in str(wrong.value)


@pytest.mark.parametrize(
    ("declared", "field", "said"),
    [
        (Declared("x", "githup"), "app", "github"),
        (Declared("x", "helloworld"), "app", "No app"),
        (Declared("x", "email"), "app", "incoming_mail"),
        (Declared("", "github"), "name", "1 to 64"),
        (Declared("x\n", "github"), "name", "1 to 64"),
        (Declared("x", "github", "jwt"), "scheme", "hmac"),
        (Declared("x", "rss"), "options", _FEED),
        (Declared("x", "github", options={"source": _FEED}), "options.source", "knows no option"),
        (Declared("x", "github", options={"mode": "carte"}), "options.mode", "card, thread, flat"),
        (Declared("x", "github", options={"bots": "peut-être"}), "options.bots", "yes, no"),
        (Declared("x", "github", options={"only": "isues.*"}), "options.only", "issues"),
        (Declared("x", "slack", secret="s"), "secret", "no secret"),
        (Declared("x", "pipedrive", secret="s"), "secret", "user:password"),
    ],
)
async def test_what_cannot_be_is_refused_with_what_may_be_written(
    declared, field, said, sqlite_url
):
    async with _opened(sqlite_url) as (_, declaring):
        with pytest.raises(Misdeclared) as refused:
            declaring.change(declared, ())

    assert refused.value.field == field
    assert said in str(refused.value)


async def test_neither_secret_nor_private_address_is_written_or_told(sqlite_url):
    words = phrases(Language.FR)
    addresses = ("?cle=4711", "/f81d4fae7dec11d0a765/rss", "/feed.xml")
    async with _opened(sqlite_url) as (_, declaring):
        told, written = [], []
        for number, ending in enumerate(addresses):
            source = {"source": f"https://blog.example.org{ending}"}
            declared = Declared(f"f{number}", "rss", options=source)
            told.append(declaring.change(declared, ()).told("Verger", words))
            made = await declaring.carry_out(declared, _ROOM)
            written.append(options_to_write(made, apps()["rss"]).get("source"))
            moved = Declared(f"f{number}", "rss", options={"source": "https://x.example/4711"})
            told.append(declaring.change(moved, [made]).told("Verger", words))
        given = Declared("code", "github", secret="4711-secret")
        told.append(declaring.change(given, ()).told("Verger", words))

    assert written == [None, None, "https://blog.example.org/feed.xml"]
    assert "4711" not in "".join(told)
    assert "f81d" not in "".join(told)
    assert "une autre adresse chez x.example" in told[1]


async def test_a_token_goes_with_the_server_that_it_is_for(sqlite_url):
    here = {"source": "https://social.example, mentions, #velo"}
    async with _opened(sqlite_url) as (connections, declaring):
        made = await declaring.carry_out(
            Declared("toots", "mastodon", options=here, secret="4711-token"), _ROOM
        )
        same = Declared("toots", "mastodon", options={"source": "https://social.example, mentions"})
        await declaring.carry_out(same, _ROOM)
        elsewhere = Declared(
            "toots", "mastodon", options={"source": "https://eve.example, mentions"}
        )
        with pytest.raises(Misdeclared) as refused:
            await declaring.carry_out(elsewhere, _ROOM)
        kept = await connections.get(made.id)
        written = options_to_write(made, apps()["mastodon"])

    assert (made.scheme, made.state) == ("access", "waiting")
    assert connections.secrets_of(kept) == ["4711-token"]
    assert kept.options.source == "https://social.example, mentions"
    assert refused.value.field == "options.source"
    assert written["source"] == here["source"]
