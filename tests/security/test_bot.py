"""What the bot says where others read along."""

import asyncio
from typing import Any

import sqlalchemy as sa

from appservice.inbox import inbox_table
from spaces.vocabulary import Access
from tests.harness.house import House
from tests.harness.wait import until


async def test_a_secret_groups_connections_are_not_told_where_others_read(house: House):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    secret = await house.group("Scission", [ana], access=Access.SECRET)
    shared = await house.group("Cantine", [ana, zoe], chat=True)
    bot = house.app.trays.bot.user_id
    heard: dict[str, str] = {}

    def is_new_answer(event: Any) -> bool:
        return event.sender == bot and hasattr(event, "body") and event.event_id not in heard

    for command in (f"connection list {secret.slug}", f"connect github {secret.slug}"):
        await ana.post(shared.chat_id, f"!parvis {command}")
        answer: Any = await ana.hears(shared.chat_id, is_new_answer, within=30)
        heard[answer.event_id] = answer.body
    connections = await house.app.bridges.connections.in_room(secret.posts_id)

    assert len(heard) == 2
    assert not any("Scission" in body for body in heard.values())
    assert not connections


async def test_the_bot_takes_no_more_of_a_room_than_its_newest_page(house: House):
    ana = await house.person("ana")
    room = await ana.create_room()
    for number in range(0, 120, 20):
        await asyncio.gather(*(ana.post(room, f"{one}") for one in range(number, number + 20)))
    await ana.client.room_invite(room, house.app.trays.bot.user_id)

    async def inside() -> bool:
        await ana.post(room, "!parvis help")
        return bool(await _taken(house, room))

    await until(inside, "the bot is in the room", within=30)
    taken = await _taken(house, room)

    assert 0 < taken < 120


async def _taken(house: House, room: str) -> int:
    rows = await house.app.trays.database.read(
        sa.select(sa.func.count())
        .select_from(inbox_table)
        .where(inbox_table.c.room_id == room, inbox_table.c.walked)
    )
    return int(rows[0][0])
