"""Files go to those who may see them, and slow readers take nothing from others."""

import asyncio
import io
from contextlib import AsyncExitStack

import aiohttp
import pytest

from appservice.errors import MalformedId
from appservice.ids import parse_mxc
from tests.harness.house import House
from tests.harness.person import Person
from tests.harness.reader import Reader
from tests.harness.wait import until

_LARGE = b"\x89PNG" + bytes(6 * 1024 * 1024)
_MANY = 80  # More than the connections that we keep to the homeserver.


@pytest.mark.parametrize("uri", ["mxc://../x", "mxc://./x", "mxc://:/x", "mxc://[]/x"])
def test_a_server_name_without_a_letter_or_digit_is_none(uri: str):
    with pytest.raises(MalformedId):
        parse_mxc(uri)


async def _upload(house: House, person: Person) -> str:
    url = f"{house.homeserver.url}/_matrix/media/v3/upload"
    headers = {"Authorization": f"Bearer {person.token}", "Content-Type": "image/png"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=io.BytesIO(_LARGE), headers=headers) as answer,
    ):
        return str((await answer.json())["content_uri"])


async def test_who_opens_many_files_and_reads_none_slows_nobody(house: House):
    ana = await house.person("ana")
    group = await house.group("Films", [ana])
    bot = house.app.trays.bot
    uri = await _upload(house, ana)
    picture = {"msgtype": "m.image", "url": uri}
    await house.shows(await ana.post(group.posts_id, "a.png", **picture))
    reader = await Reader.signed_in(house.url, ana)
    path = "/media/" + uri.removeprefix("mxc://")
    cookie = "; ".join(f"{one.key}={one.value}" for one in reader._session.cookie_jar)
    host, port = house.url.removeprefix("http://").split(":")

    async with AsyncExitStack() as stack:
        for _ in range(_MANY):
            _, writer = await asyncio.open_connection(host, int(port), limit=1024)
            stack.callback(writer.close)
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n".encode()
            )

        async def under_way() -> bool:
            connector = bot.transport._client.client_session.connector
            return connector is not None and len(connector._acquired) >= 6

        await until(under_way, "files are under way")
        assert await asyncio.wait_for(bot.whoami(), 10) == bot.user_id
    await reader.close()
