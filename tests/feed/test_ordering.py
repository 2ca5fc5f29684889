"""Where a post stands: at its own date, but never later than it came in."""

import random
import time

import sqlalchemy as sa

from appservice.database import Database
from appservice.inbox import Inbox, inbox_table
from appservice.migrations import migrate
from appservice.payload import Payload
from feed.tables import feed_tables
from tests.feed.test_projection import message
from tests.harness.projecting import ROOM, projection_on
from tests.harness.tables import make_tables

OURS, THEIRS = "@ana:example.org", "@zoe:partner.example"
BEGAN = 1_700_000_000_000


async def opened(url: str) -> Database:
    database = await Database.open(url)
    await migrate(database)
    return database


async def order(database: Database, events, generation: str = "a") -> list[tuple[str, int]]:
    """Return the messages from the top of the feed down, after *events* came one by one."""
    tables = feed_tables(generation)
    await make_tables(database, tables, ours=ROOM)
    projection = projection_on(database, tables)
    for event in events:
        await projection.apply([event])
    columns = tables.messages.c
    query = sa.select(columns.event_id, columns.at).order_by(columns.at.desc(), columns.event_id)
    return [tuple(row) for row in await database.read(query)]


async def arrive(database: Database, event_id: str, at: int) -> None:
    """Note that our homeserver pushed an event at a time of our choice."""
    row = {"event_id": event_id, "room_id": ROOM, "raw": b"", "received": at, "walked": False}
    await database.run(lambda one: one.execute(sa.insert(inbox_table).values(**row, state=1)))


async def test_a_date_in_the_future_pins_no_post(sqlite_url):
    database = await opened(sqlite_url)
    far = int(time.time() * 1000) + 10 * 365 * 24 * 3600 * 1000
    pinned = message(1, "Pour toujours", sender=THEIRS, origin_server_ts=far)
    await Inbox(database=database).store([Payload({"event_id": "$1", "room_id": ROOM}).json()])
    later = int(time.time() * 1000) + 1
    answer = message(2, "Suite", sender=OURS, origin_server_ts=later)

    found = await order(database, [pinned, answer])
    again = await order(database, [answer, pinned], "b")
    await database.close()

    assert [event_id for event_id, _ in found] == ["$2", "$1"]
    assert again == found


async def test_what_never_came_by_the_inbox_stands_no_later_than_now(sqlite_url):
    database = await opened(sqlite_url)
    far = int(time.time() * 1000) * 2
    found = await order(database, [message(1, "?", sender=THEIRS, origin_server_ts=far)])
    await database.close()

    assert found[0][1] <= time.time() * 1000


async def test_our_own_homeserver_is_believed(sqlite_url):
    database = await opened(sqlite_url)
    await arrive(database, "$1", BEGAN)
    found = await order(database, [message(1, "Plus tard", origin_server_ts=BEGAN + 5)])
    await database.close()

    assert found == [("$1", BEGAN + 5)]


async def test_any_order_and_a_rebuild_give_the_same_feed(database_url):
    dice = random.Random(11)
    database = await opened(database_url)
    events, expected = [], {}
    for number in range(30):
        came = BEGAN + number * 1000
        said = came + dice.choice([-5_000_000, -1500, -1, 0, 1, 1500, 9_000_000_000_000])
        foreign = bool(dice.getrandbits(1))
        sender = THEIRS if foreign else OURS
        await arrive(database, f"${number}", came)
        events.append(message(number, "…", sender=sender, origin_server_ts=said))
        expected[f"${number}"] = min(said, came) if foreign else said

    first = await order(database, events)
    for _ in range(6):
        dice.shuffle(events)
        assert await order(database, [*events, *events[:5]], "b") == first
    await database.close()

    assert dict(first) == expected
