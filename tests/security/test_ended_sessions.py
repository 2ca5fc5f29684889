"""A session ends with its token: whoever ends a device or an account ends what it reads here."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.harness.homeserver import HomeserverForTests
from tests.harness.house import House, open_house
from tests.harness.reader import Reader
from tests.harness.wait import until


@pytest.fixture(scope="module")
async def doubting(
    homeserver: HomeserverForTests, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A Parvis that asks the homeserver at every request whether the session stands."""
    folder = tmp_path_factory.mktemp("doubting")
    async with open_house(folder, homeserver, believed=0.0) as house:
        yield house


async def _ask(house: House, token: str, path: str, **body: object) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{house.homeserver.url}/_matrix/client/v3{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json=body, headers=headers) as answer,
    ):
        assert answer.status == 200, await answer.text()


async def test_who_ends_all_devices_elsewhere_is_signed_out_here(doubting: House):
    ana, zoe = await doubting.person("ana"), await doubting.person("zoe")
    group = await doubting.group("Appareils", [ana, zoe])
    reader = await Reader.signed_in(doubting.url, zoe)

    async with reader.live() as told:
        await _ask(doubting, zoe.token, "/logout/all")
        await doubting.shows(await ana.post(group.posts_id, "Après la fin"))

        async def ended() -> bool:
            return told[-1:] == [{}]

        await until(ended, "the live stream is ended")
    page = await reader.get("/")
    await reader.close()

    assert not any(line.get("event") for line in told)
    assert page.url == f"{doubting.url}/login"


async def test_a_deactivated_account_reads_no_page(doubting: House):
    zoe = await doubting.person("zoe")
    reader = await Reader.signed_in(doubting.url, zoe)
    proof = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": zoe.user_id},
        "password": zoe.password,
    }
    await _ask(doubting, zoe.token, "/account/deactivate", auth=proof)

    pages = [await reader.get(path) for path in ("/", "/groups", "/you")]
    await reader.close()

    assert [page.url for page in pages] == [f"{doubting.url}/login"] * 3
