"""The door for apps obeys what was decided about a connection from the next call on."""

import asyncio

from appservice.errors import UnknownConnection
from tests.harness import github
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import open_hooks, post


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
