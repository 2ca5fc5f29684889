"""Feeds are asked, and each of their entries is shown once, whatever happens to either side."""

import asyncio
import time

import sqlalchemy as sa

from appservice.account import Account
from appservice.database import Change
from appservice.ids import RoomId, UserId
from appservice.trouble import Trouble
from appservice.vault import Vault
from bridges.options import Options
from bridges.pulling.store import Standing
from bridges.store import pulls_table
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import Hooks, open_hooks, post
from tests.harness.newsstand import Newsstand, open_newsstand
from tests.harness.wait import until


async def _connect(hooks: Hooks, source: str) -> tuple[str, RoomId]:
    await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
    room = await hooks.floor.trays.bot.create_room({})
    identifier = await hooks.bridges.connections.add(
        hooks.bridges.apps["rss"],
        RoomId(room),
        UserId("@ana:parvis.test"),
        options=Options(source=source),
    )
    hooks.bridges.puller.look()
    return identifier, RoomId(room)


async def _asked(hooks: Hooks, identifier: str, stand: Newsstand, *, soon: bool = True) -> Standing:
    """Have the source asked once more, wait until all it said is told, and return how it stands."""
    before = len(stand.answered)
    if soon:
        await hooks.bridges.pulling.ask_soon(identifier)

    async def settled() -> bool:
        standing = await _standing(hooks, identifier)
        return len(stand.answered) > before and standing.due > time.time() * 1000

    await until(settled, "the source was asked")
    await hooks.quiet()
    return await _standing(hooks, identifier)


async def _standing(hooks: Hooks, identifier: str) -> Standing:
    return (await hooks.bridges.pulling.pulls.of([identifier]))[identifier]


async def _posts(bot: Account, room: RoomId) -> list[str]:
    page = await bot.messages(room, backwards=False)
    return [one.content.text("body") for one in page.events if one.type == "m.room.message"]


async def test_a_feed_tells_its_three_newest_entries_and_then_each_new_one(
    homeserver: HomeserverForTests, database_url: str
):
    registration = homeserver.take_registration()
    async with (
        open_newsstand("Un", "Deux", "Trois", "Quatre", "Cinq") as stand,
        open_hooks(database_url, homeserver.url, registration) as hooks,
    ):
        identifier, room = await _connect(hooks, stand.url)
        await _asked(hooks, identifier, stand, soon=False)
        first = await _posts(hooks.floor.trays.bot, room)
        await _asked(hooks, identifier, stand)
        stand.titles.append("Six")
        standing = await _asked(hooks, identifier, stand)
        page = await hooks.floor.trays.bot.messages(room, backwards=False)
        titles = [
            one.content.text("org.parvis.card", "title")
            for one in page.events
            if one.type == "m.room.message"
        ]
        called = await post(f"{hooks.url}/hooks/{identifier}", b"{}", {})

    assert len(first) == 3
    assert titles == ["Trois", "Quatre", "Cinq", "Six"]
    assert stand.answered == [200, 304, 200]
    assert (standing.trouble, standing.failures) == ("", 0)
    assert called == 401


async def test_after_an_outage_many_entries_are_listed_and_none_is_lost(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with (
        open_newsstand("Avant") as stand,
        open_hooks(sqlite_url, homeserver.url, registration) as hooks,
    ):
        identifier, room = await _connect(hooks, stand.url)
        await _asked(hooks, identifier, stand, soon=False)
        stand.status, stand.headers = 503, {"Retry-After": "7200"}
        away = await _asked(hooks, identifier, stand)
        stand.status, stand.headers = 200, {}
        stand.titles += [f"Article {number}." for number in range(60)]
        back = await _asked(hooks, identifier, stand)
        posts = await _posts(hooks.floor.trays.bot, room)

    assert (away.trouble, away.failures) == ("HTTP 503", 1)
    assert away.due >= (time.time() + 7000) * 1000
    assert (back.trouble, back.failures) == ("", 0)
    assert len(posts) <= 4
    listed = "\n".join(posts)
    assert all(listed.count(f"Article {number}.") == 1 for number in range(60))


async def test_a_restart_shows_nothing_twice_though_the_feed_tells_all_anew(
    homeserver: HomeserverForTests, database_url: str
):
    registration, key = homeserver.take_registration(), Vault.new_key()
    async with open_newsstand("Un", "Deux") as stand:
        stand.tags = False
        async with open_hooks(database_url, homeserver.url, registration, key=key) as hooks:
            identifier, room = await _connect(hooks, stand.url)
            await _asked(hooks, identifier, stand, soon=False)
        stand.titles.append("Trois")
        async with open_hooks(database_url, homeserver.url, registration, key=key) as hooks:
            await _asked(hooks, identifier, stand)
            # Worse than any crash: even what was seen is forgotten.
            forget = sa.delete(pulls_table)
            await hooks.floor.trays.database.write(Change(forget))
            hooks.bridges.puller.look()
            await _asked(hooks, identifier, stand)
            posts = await _posts(hooks.floor.trays.bot, room)

    assert stand.answered[-2:] == [200, 200]
    assert len(posts) == 3


async def test_a_feed_that_redirects_into_the_inner_network_is_not_followed(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with (
        open_newsstand("Un") as stand,
        open_hooks(sqlite_url, homeserver.url, registration) as hooks,
    ):
        stand.status, stand.headers = 302, {"Location": "http://10.0.0.7/latest/meta-data"}
        identifier, room = await _connect(hooks, stand.url)
        standing = await _asked(hooks, identifier, stand, soon=False)
        posts = await _posts(hooks.floor.trays.bot, room)

    assert "10.0.0.7 is not on the public internet" in standing.trouble
    assert posts == []


async def test_a_feed_that_is_gone_is_asked_no_more_and_reported_once(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with (
        open_newsstand("Un") as stand,
        open_hooks(sqlite_url, homeserver.url, registration) as hooks,
    ):
        stand.status = 410
        identifier, _ = await _connect(hooks, stand.url)
        gone = await _asked(hooks, identifier, stand, soon=False)
        due = await hooks.bridges.pulling.pulls.due(["rss"], now=gone.due + 1, besides=())
        stand.status = 200
        back = await _asked(hooks, identifier, stand)

    assert gone.stopped
    assert due == []
    assert [trouble for trouble, _ in hooks.reports] == [Trouble.SOURCE]
    assert identifier not in hooks.reports[0][1]
    assert not back.stopped


async def test_another_source_begins_anew_and_a_paused_one_is_not_asked(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with (
        open_newsstand("Un") as stand,
        open_newsstand("A", "B", "C", "D") as other,
        open_hooks(sqlite_url, homeserver.url, registration) as hooks,
    ):
        identifier, room = await _connect(hooks, stand.url)
        await _asked(hooks, identifier, stand, soon=False)
        connections = hooks.bridges.connections
        await connections.alter(identifier, lambda _now: Options(source=other.url))
        hooks.bridges.puller.look()
        await _asked(hooks, identifier, other, soon=False)
        await connections.pause(identifier)
        await hooks.bridges.pulling.ask_soon(identifier)
        due = await hooks.bridges.pulling.pulls.due(["rss"], now=2**52, besides=())
        posts = await _posts(hooks.floor.trays.bot, room)

    assert len(posts) == 1 + 3
    assert due == []
    assert stand.answered == [200]
