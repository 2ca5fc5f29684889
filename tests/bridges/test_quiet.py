"""Quiet hours: nothing is told in them, and nothing of them is lost."""

import asyncio
from datetime import datetime

import pytest
from msgspec import structs

from appservice.errors import CommandError
from appservice.languages import Language, phrases
from appservice.vault import Vault
from bridges.connection import Connections
from bridges.deliveries import DeliveryState
from bridges.quiet import DAYS, is_quiet, parse
from tests.harness import github
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import Hooks, open_hooks, post
from tests.harness.wait import until

_EN = phrases(Language.EN)
_ALWAYS = tuple(DAYS)


@pytest.mark.parametrize(
    ("quiet", "day", "at", "is_now"),
    [
        (("22:00-07:00",), 1, "21:59", False),
        (("22:00-07:00",), 1, "22:00", True),
        (("22:00-07:00",), 1, "06:59", True),
        (("22:00-07:00",), 1, "07:00", False),
        (("12:00-14:00",), 1, "13:59", True),
        (("12:00-14:00",), 1, "14:00", False),
        (("sat", "sun"), 5, "23:59", False),
        (("sat", "sun"), 6, "00:00", True),
        (("sat", "sun"), 7, "23:59", True),
        (("sat", "22:00-24:00"), 1, "23:00", True),
        ((), 6, "03:00", False),
    ],
)
def test_quiet_begins_and_ends_to_the_minute(quiet, day, at, is_now):
    # The first of January 2024 is a Monday.
    moment = datetime.fromisoformat(f"2024-01-0{day}T{at}:00")

    assert is_quiet(parse(quiet, _EN), moment) is is_now


@pytest.mark.parametrize("never", [_ALWAYS, ("00:00-12:00", "12:00-24:00")])
def test_quiet_without_end_is_refused(never):
    with pytest.raises(CommandError, match="pause"):
        parse(never, _EN)


async def test_what_happens_in_quiet_hours_is_told_after_them_also_over_a_restart(
    homeserver: HomeserverForTests, database_url: str
):
    registration, key = homeserver.take_registration(), Vault.new_key()
    opened, *later = github.pull_request_history(7)
    urgent = github.call(
        "release",
        "published",
        release={"id": 1, "tag_name": "v1", "name": "Alerte", "draft": False},
    )
    async with open_hooks(database_url, homeserver.url, registration, key=key) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        room = await hooks.floor.trays.bot.create_room({})
        url, secret = await hooks.connect("github", room)
        identifier, connections = url.rpartition("/")[2], hooks.bridges.connections
        await _alter(connections, identifier, quiet=_ALWAYS, urgent=("release.*",))
        for call in (opened, *later):
            assert await post(url, call.body, call.headers(secret)) == 200
        assert await post(url, urgent.body, urgent.headers(secret)) == 200
        await hooks.quiet()
        at_night = await _bodies(hooks, room)
        resting = await hooks.bridges.deliveries.resting()
    async with open_hooks(database_url, homeserver.url, registration, key=key) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        still = await hooks.bridges.deliveries.count(DeliveryState.RESTING)
        await _alter(hooks.bridges.connections, identifier, quiet=())

        async def told() -> list[str]:
            bodies = await _bodies(hooks, room)
            return bodies if any("Répare la connexion" in body for body in bodies) else []

        await until(told, "what happened is told", within=30)
        await hooks.quiet()
        bodies = await _bodies(hooks, room)

    assert [body for body in at_night if "connexion" in body] == []
    assert "Alerte v1" in at_night[0]
    assert resting == {identifier: 1 + len(later)}
    assert still == 1 + len(later)
    cards = [body for body in bodies if body.startswith("Répare la connexion")]
    assert len(cards) == 1
    assert "Fusionné " in cards[0]


async def _alter(connections: Connections, identifier: str, **options: object) -> None:
    await connections.alter(identifier, lambda now: structs.replace(now, **options))


async def _bodies(hooks: Hooks, room: str) -> list[str]:
    page = await hooks.floor.trays.bot.messages(room, backwards=False)
    messages = [event for event in page.events if event.type == "m.room.message"]
    return [event.content.text("body") for event in messages]
