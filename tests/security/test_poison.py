"""An event that somebody made to break us hurts nobody, and hides nothing."""

import asyncio
from collections.abc import Sequence

import pytest

from appservice.errors import Unreachable
from appservice.events import TXN_FIELD, RoomEvent
from appservice.inbox import InboxState
from spaces.vocabulary import Access
from tests.harness.floor import Ear, open_floor
from tests.harness.homeserver import HomeserverForTests
from tests.harness.house import House
from tests.harness.reader import Reader
from tests.harness.wait import until


class Stumbling:
    """A subscriber that fails on what says "poison", as often as it was told to."""

    def __init__(self, error: Exception, *, times: int = 1000) -> None:
        self._error = error
        self._left = times

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        if self._left and any("poison" in event.content.text("body") for event in events):
            self._left -= 1
            raise self._error


@pytest.mark.parametrize("number", ["²", "9" * 30])
async def test_who_leaves_with_a_strange_event_reads_nothing_more(house: House, number: str):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    group = await house.group("Secrets", [ana, zoe], access=Access.PRIVATE)
    reader = await Reader.signed_in(house.url, zoe)
    leaving = {"membership": "leave", TXN_FIELD: f"{house.app.trays.instance}-{number}"}

    for room_id in (group.posts_id, group.space_id):
        await zoe.client.room_put_state(room_id, "m.room.member", leaving, zoe.user_id)
    await house.knows(zoe, group.posts_id, joined=False)
    root = await ana.post(group.posts_id, "Sans Zoé")
    await house.shows(root)
    page = await reader.get(f"/posts/{root}")
    await reader.close()

    assert page.status == 404


async def test_a_poison_event_is_put_aside_and_the_rest_goes_on(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration, ear, ana = homeserver.take_registration(), Ear(), await homeserver.person()
    subscribers = [Stumbling(ValueError("cannot read that")), ear]
    async with open_floor(
        sqlite_url, homeserver.url, registration, subscribers=subscribers
    ) as floor:
        await asyncio.wait_for(floor.machinery.greeted.wait(), 20)
        room = await floor.trays.bot.create_room({"invite": [ana.user_id]})
        await ana.join(room)
        for body in ("before", "poison", "after"):
            await ana.post(room, body)

        async def heard() -> bool:
            return {"before", "poison", "after"} <= set(ear.bodies(room))

        await until(heard, "the other subscriber hears all three", within=30)
        await floor.machinery.dispatch.idle()
        parked = await floor.trays.inbox.count(InboxState.PARKED)
    await ana.close()

    assert parked == 1


async def test_an_event_that_the_homeservers_absence_held_up_is_told_again(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration, ear, ana = homeserver.take_registration(), Ear(), await homeserver.person()
    subscribers = [Stumbling(Unreachable("away"), times=3), ear]
    async with open_floor(
        sqlite_url, homeserver.url, registration, subscribers=subscribers
    ) as floor:
        await asyncio.wait_for(floor.machinery.greeted.wait(), 20)
        room = await floor.trays.bot.create_room({"invite": [ana.user_id]})
        await ana.join(room)
        await ana.post(room, "poison")

        async def heard() -> bool:
            return "poison" in ear.bodies(room)

        await until(heard, "the event is told once the homeserver is back")
        await floor.machinery.dispatch.idle()
        parked = await floor.trays.inbox.count(InboxState.PARKED)
    await ana.close()

    assert parked == 0
