"""Whether an app's webhook is on is asked over HTTP, and the owners are told once if it is not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from appservice.languages import Language, phrases
from appservice.outgoing import Outgoing
from appservice.outgoing_settings import OutgoingSettings
from bridges.acting.accounts import Accounts
from bridges.actions import Account, Who
from bridges.discovery import apps
from bridges.sides import Sides
from tests.harness.sides import VENDORS, Side, Vendor, open_side
from tests.harness.watched import ANA, HOUR, Scene, open_scene

_WORDS = phrases(Language.FR)


@asynccontextmanager
async def _asked(url: str, vendor: Vendor) -> AsyncIterator[tuple[Scene, Side]]:
    """Watch a connection whose app is asked at a server that answers as its vendor documents."""
    client = Outgoing(OutgoingSettings(private_hosts=("127.0.0.1",)))
    try:
        async with open_side(vendor) as side, open_scene(url, vendor.app) as scene:
            accounts = Accounts(database=scene.database, vault=scene.vault)
            account = Account(side.url, "token", vendor.user)
            await accounts.keep(scene.identifier, account, Who("9", "parvis"), ANA)
            scene.headers, scene.body = vendor.headers, vendor.body
            scene.sides = Sides(
                apps=apps(),
                deliveries=scene.deliveries,
                accounts=accounts,
                caller=client,
                address_of=lambda one: f"https://reseau.example.org/hooks/{one}",
            )
            side.address = f"https://reseau.example.org/hooks/{scene.identifier}"
            yield scene, side
    finally:
        await client.close()


@pytest.mark.parametrize("name", VENDORS)
async def test_owners_are_told_once_what_an_app_says_of_its_webhook_and_nothing_else(
    sqlite_url: str, name: str
):
    vendor, told = VENDORS[name], {}
    async with _asked(sqlite_url, vendor) as (scene, side):
        await scene.look()
        unasked = list(side.asked)  # No call says yet which webhook it is.
        for side.state in ("on", "portal", "refused", "gone", "off"):
            side.asked.clear()
            await scene.call()
            before = len(await scene.letters())
            await scene.look(hours=2)
            told[side.state] = (await scene.letters())[before:]
            assert side.asked

    assert unasked == []
    assert told["on"] == told["portal"] == told["refused"] == []
    assert [len(told[state]) for state in ("gone", "off")] == [2 * vendor.misses, 2]
    assert {room for room, _ in told["off"]} == {"!of-ana:parvis.test", "!of-ben:parvis.test"}
    app, (_, letter) = apps()[vendor.app], told["off"][0]
    assert f"{app.name} n’appelle plus pour" in letter
    assert app.when_silent
    assert _WORDS(app.when_silent) in letter
    assert "https://reseau.example.org/connections/" in letter
    assert all("le webhook n’y est plus" in letter for _, letter in told["gone"])
    assert side.address not in "".join(letter for _, letter in told["off"])


async def test_an_app_is_asked_once_a_day(sqlite_url: str):
    async with _asked(sqlite_url, VENDORS["trello"]) as (scene, side):
        await scene.call()
        watch = scene.watch()
        for _ in range(25):
            await watch.look()
            scene.now += HOUR

    assert side.asked == ["/1/webhooks/w1"] * 2


async def test_an_app_that_is_away_is_asked_again_within_the_hour(sqlite_url: str):
    async with _asked(sqlite_url, VENDORS["trello"]) as (scene, side):
        await scene.call()
        watch, side.state = scene.watch(), "away"
        await watch.look()
        side.state = "off"
        assert await scene.letters() == []
        scene.now += HOUR
        await watch.look()

        assert len(side.asked) == 2
        assert len(await scene.letters()) == 2
