"""The trays between a real Synapse and the house."""

import asyncio
import sqlite3

from appservice.outbox_rows import Outgoing, RowState, pending
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


async def test_a_first_start_refuses_no_push_and_a_later_one_brings_what_synapse_loses_in_recovering(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration, ear = homeserver.take_registration(), Ear()
    ana = await homeserver.person()
    async with open_floor(sqlite_url, homeserver.url, registration, subscribers=[ear]) as floor:
        await asyncio.wait_for(floor.machinery.greeted.wait(), 20)
        room = await floor.trays.bot.create_room({"invite": [ana.user_id]})
        await ana.join(room)
        await ana.post(room, "first")

        async def heard() -> bool:
            return ear.bodies(room) != []

        await until(heard, "the first line")
        assert not floor.machinery.transactions.refused.is_set()

    again = Ear()
    async with open_floor(sqlite_url, homeserver.url, registration, subscribers=[again]) as floor:
        await asyncio.wait_for(floor.machinery.greeted.wait(), 20)
        await ana.post(room, "second")

        async def forgot() -> bool:
            return _forget_pushes(homeserver, registration.id) or again.bodies(room) != []

        await until(forgot, "the refused push waits")

        async def heard_again() -> bool:
            return again.bodies(room) == ["second"]

        await until(heard_again, "the second line")
    await ana.close()


async def test_a_push_that_is_lost_in_the_moment_of_a_first_start_is_found_soon(
    homeserver: HomeserverForTests, sqlite_url: str, monkeypatch
):
    registration, ear = homeserver.take_registration(), Ear()
    async with open_floor(sqlite_url, homeserver.url, registration, subscribers=[ear]) as floor:
        pushed = asyncio.Event()

        async def lose(_events: object) -> None:
            pushed.set()

        with monkeypatch.context() as losing:
            losing.setattr(floor.trays.inbox, "store", lose)
            await asyncio.wait_for(floor.machinery.greeted.wait(), 20)
            room = await floor.trays.bot.create_room({})
            await asyncio.wait_for(pushed.wait(), 20)

        async def heard() -> bool:
            begun = (one for one in ear.events if one.type == "m.room.create")
            return any(one.room_id == room for one in begun)

        await until(heard, "what the room began with", within=30)


def _forget_pushes(homeserver: HomeserverForTests, appservice: str) -> int:
    """Have Synapse lose what waits for an appservice; return how much that was."""
    with sqlite3.connect(homeserver.synapse.database, timeout=10) as database:
        gone = database.execute(
            "DELETE FROM application_services_txns WHERE as_id = ?", (appservice,)
        )
        return gone.rowcount
