"""What the homeserver pushes is on disk before it is answered, however strange it is."""

import asyncio

import aiohttp

from appservice.inbox import InboxState, inbox_table
from tests.harness.floor import Ear, open_floor
from tests.harness.homeserver import HomeserverForTests
from tests.harness.wait import until


def _event(event_id: object, body: str) -> dict[str, object]:
    return {
        "event_id": event_id,
        "room_id": "!room:parvis.test",
        "sender": "@ana:parvis.test",
        "type": "m.room.message",
        "origin_server_ts": 1_700_000_000_000,
        "content": {"msgtype": "m.text", "body": body},
    }


async def test_strange_events_are_put_aside_and_the_rest_goes_on(
    homeserver: HomeserverForTests, database_url: str
):
    registration, ear = homeserver.take_registration(), Ear()
    url = f"{registration.url}/_matrix/app/v1/transactions/1"
    headers = {"Authorization": f"Bearer {registration.hs_token}"}
    events = [
        _event("$one", "un"),
        7,
        _event(8, "huit"),
        _event("$nul\0", "nul"),
        _event("$two", "deux"),
    ]
    async with (
        open_floor(database_url, homeserver.url, registration, subscribers=[ear]) as floor,
        aiohttp.ClientSession(headers=headers) as session,
    ):
        await asyncio.wait_for(floor.machinery.greeted.wait(), 20)

        async def push(body: object) -> int:
            async with session.put(url, json=body) as answer:
                return answer.status

        async def taken() -> bool:
            return await push({"events": events}) == 200

        await until(taken, "the events are taken in: a start refuses one push")
        assert await push({"events": events}) == 200
        assert await push({"events": "none"}) == 200
        assert await push({}) == 200
        assert await push([]) == 400

        async def settled() -> bool:
            aside = await floor.trays.inbox.count(InboxState.PARKED)
            return aside == 2 and await floor.trays.inbox.count(InboxState.NEW) == 0

        await until(settled, "two events stand aside, and no other waits")
        assert ear.bodies("!room:parvis.test") == ["un", "deux"]
        rows = await floor.trays.database.read(inbox_table.select())
        states = {row.event_id: row.state for row in rows if row.room_id == "!room:parvis.test"}
        assert states["$one"] == states["$two"] == InboxState.DONE
