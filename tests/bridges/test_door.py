"""The door for apps obeys what was decided about a connection from the next call on."""

import asyncio
import hmac
from urllib.parse import urlsplit

import aiohttp
import pytest
import sqlalchemy as sa

from appservice.database import Change
from appservice.errors import UnknownConnection
from appservice.ids import RoomId, UserId
from bridges.store import connections_table
from tests.harness import github
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import Hooks, open_hooks, post
from tests.harness.wait import until


async def test_a_paused_or_removed_connection_refuses_at_once(
    homeserver: HomeserverForTests, database_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(database_url, homeserver.url, registration) as hooks:
        url, secret = await hooks.connect("github", "!room:parvis.test")
        identifier, connections = url.rpartition("/")[2], hooks.bridges.connections
        call = github.pull_request_history()[0]

        async def status(secret: str) -> int:
            return await post(url, call.body, call.headers(secret))

        assert await asyncio.gather(*(status(secret) for _ in range(8))) == [200] * 8
        await connections.pause(identifier)
        assert await asyncio.gather(*(status(secret) for _ in range(8))) == [404] * 8
        await connections.resume(identifier)
        await connections.rotate(identifier, hooks.bridges.apps["github"])
        rotated = await connections.show_secret(identifier)
        assert [await status(secret), await status(rotated), await status("wrong")] == [
            200,
            200,
            401,
        ]
        await connections.remove(identifier)
        assert await status(rotated) == 404


async def test_an_unknown_connection_is_unknown_to_each_who_asks(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(sqlite_url, homeserver.url, registration) as hooks:
        asked = [hooks.bridges.connections.get("nobody") for _ in range(3)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(answer) for answer in answers] == [UnknownConnection] * 3


async def test_a_connection_that_changes_how_calls_are_proved_takes_both_ways_for_a_day(
    homeserver: HomeserverForTests, database_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(database_url, homeserver.url, registration) as hooks:
        url, _ = await hooks.connect("generic", "!room:parvis.test")
        identifier, connections = url.rpartition("/")[2], hooks.bridges.connections
        app = hooks.bridges.apps["generic"]

        async def status(**headers: str) -> int:
            return await post(
                url, b'{"text": "x"}', {"Content-Type": "application/json", **headers}
            )

        assert await status() == 200
        await connections.choose_scheme(identifier, app, "bearer")
        bearer = {"Authorization": f"Bearer {await connections.show_secret(identifier)}"}
        assert [await status(), await status(**bearer)] == [200, 200]
        await connections.choose_scheme(identifier, app, "hmac")
        signed = {
            "X-Parvis-Signature": f"sha256={_signed(await connections.show_secret(identifier))}"
        }
        # The address alone was replaced twice.
        assert [await status(), await status(**bearer), await status(**signed)] == [401, 200, 200]
        await _end_of_the_day(hooks, identifier)
        assert [await status(), await status(**bearer), await status(**signed)] == [401, 401, 200]


async def test_a_caller_that_goes_away_is_no_trouble_of_ours(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(sqlite_url, homeserver.url, registration) as hooks:
        url, _ = await hooks.connect("github", "!room:parvis.test")
        identifier, address = url.rpartition("/")[2], urlsplit(url)
        begun = (
            f"POST {address.path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9"
        )
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(f"{begun}\r\n\r\nhalf".encode())
        await reader.readuntil(b"100 Continue\r\n")
        writer.close()
        await writer.wait_closed()

        async def refused() -> bool:
            return (identifier, "PayloadRejected") in hooks.bridges.tally.rejected

        await until(refused, "it is counted as the caller’s", within=10)


@pytest.mark.parametrize("slug", ["trello", "zendesk", "sentry"])
async def test_an_app_that_makes_its_own_secret_is_refused_until_it_was_given(
    slug: str, homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(sqlite_url, homeserver.url, registration) as hooks:
        connections, app = hooks.bridges.connections, hooks.bridges.apps[slug]
        identifier = await connections.add(app, RoomId("!r:parvis.test"), UserId("@a:parvis.test"))
        before = await connections.get(identifier)
        await connections.take_secret(identifier, "test-secret")
        after = await connections.get(identifier)

        assert connections.secrets_of(before) == [""]
        assert connections.secrets_of(after)[0] == "test-secret"
        assert [before.state, after.state] == ["wanting", "waiting"]


async def _end_of_the_day(hooks: Hooks, identifier: str) -> None:
    columns = connections_table.c
    over = sa.update(connections_table).where(columns.id == identifier).values(old_until=1)
    await hooks.floor.trays.database.write(Change(over))
    # A change by ourselves has the door look at once.
    await hooks.bridges.connections.alter(identifier, lambda options: options)


def _signed(secret: str) -> str:
    return hmac.new(secret.encode(), b'{"text": "x"}', "sha256").hexdigest()


async def test_trello_finds_the_address_before_it_is_switched_on_and_lets_go_of_a_removed_one(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with (
        open_hooks(sqlite_url, homeserver.url, registration) as hooks,
        aiohttp.ClientSession() as session,
    ):
        url, _ = await hooks.connect("trello", "!room:parvis.test")
        other, _ = await hooks.connect("github", "!room:parvis.test")

        async def status(method: str, address: str) -> int:
            async with session.request(method, address) as answer:
                return answer.status

        assert [await status(method, url) for method in ("HEAD", "GET")] == [200, 405]
        for address in (url, other):
            await hooks.bridges.connections.remove(address.rpartition("/")[2])
        assert [await post(address, b"{}", {}) for address in (url, other)] == [410, 404]
