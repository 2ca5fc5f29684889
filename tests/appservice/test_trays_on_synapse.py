"""The trays between a real Synapse and the house."""

import asyncio

from appservice.outbox import Outgoing, RowState, pending
from tests.harness.floor import Ear, open_floor
from tests.harness.homeserver import HomeserverForTests
from tests.harness.wait import until


async def test_what_a_person_writes_reaches_the_subscribers_in_order(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration, ear = homeserver.take_registration(), Ear()
    ana = await homeserver.person()
    async with open_floor(sqlite_url, homeserver.url, registration, subscribers=[ear]) as floor:
        await asyncio.wait_for(floor.machinery.greeted.wait(), 20)
        room = await floor.trays.bot.create_room({"invite": [ana.user_id]})
        await ana.join(room)

        for number in range(5):
            await ana.post(room, f"line {number}")

        async def heard():
            return len(ear.bodies(room)) == 5

        await until(heard, "five lines", within=30)
        assert ear.bodies(room) == [f"line {number}" for number in range(5)]
    await ana.close()


async def test_a_row_is_sent_once_and_may_refer_to_the_one_before(
    homeserver: HomeserverForTests, sqlite_url: str
):
    ana = await homeserver.person()
    registration = homeserver.take_registration()
    async with open_floor(sqlite_url, homeserver.url, registration) as floor:
        await asyncio.wait_for(floor.machinery.greeted.wait(), 20)
        room = await floor.trays.bot.create_room({"invite": [ana.user_id]})
        await ana.join(room)
        post = Outgoing("post", room, {"msgtype": "m.notice", "body": "root"})
        relation = {"rel_type": "m.thread", "event_id": pending("post")}
        step = Outgoing(
            "step", room, {"msgtype": "m.notice", "body": "step", "m.relates_to": relation}
        )

        await floor.trays.outbox.enqueue(post, step)
        await floor.trays.outbox.enqueue(post, step)

        row = await floor.trays.outbox.settled("step", within=10)
        root = await floor.trays.outbox.row("post")
        assert row and root and row.state is RowState.SENT
        heard = await ana.hears(room, lambda event: event.event_id == row.event_id)
        assert heard.source["content"]["m.relates_to"]["event_id"] == root.event_id
        bodies = [event.body for event in ana.seen if hasattr(event, "body")]
        assert bodies.count("root") == 1
    await ana.close()
