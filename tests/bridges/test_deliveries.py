"""How long calls are kept: bodies a week, their ids a month, what waits as long as it waits; and that
they come to light in order."""

import asyncio

import sqlalchemy as sa

from appservice.database import Change, Database
from appservice.ids import RoomId, UserId
from appservice.migrations import migrate
from appservice.vault import Vault
from bridges.connection import Connections
from bridges.deliveries import Deliveries
from bridges.discovery import apps
from bridges.options import Options
from bridges.pulling.store import Pulls, Standing
from bridges.store import deliveries_table
from tests.harness.postgres import PostgresForTests

DAY = 24 * 3600


async def test_bodies_go_after_a_week_and_ids_after_a_month_but_nothing_that_waits(database_url):
    now = [1_800_000_000.0]
    database = await Database.open(database_url)
    try:
        await migrate(database)
        deliveries = Deliveries(database=database, clock=lambda: now[0])

        async def take_in(*names: str) -> None:
            for name in names:
                await deliveries.take_in("c", name, {"x-event": "e"}, name.encode())

        await take_in("waits", *(f"old-{number}" for number in range(600)))
        first, *rest = await deliveries.waiting(limit=1000)
        await database.write(*(deliveries.done(one.seq) for one in rest))

        now[0] += 8 * DAY
        await take_in("young")
        await deliveries.purge()
        assert await _bodies(database) == {b"waits", b"", b"young"}
        await take_in("old-0")  # A repetition is still known.
        assert [one.body for one in await deliveries.waiting(limit=9)] == [b"waits", b"young"]

        now[0] += 23 * DAY
        await deliveries.purge()
        assert await deliveries.count() == 2
        assert await _bodies(database) == {b"waits", b"young"}
        assert first.body == b"waits"
    finally:
        await database.close()


async def test_of_heavy_bodies_few_are_read_at_once_and_all_in_their_order(database_url):
    heavy = b"x" * (3 * 1024 * 1024)
    database = await Database.open(database_url)
    try:
        await migrate(database)
        deliveries, read, sizes = Deliveries(database=database), list[int](), list[int]()
        for number in range(7):
            await deliveries.take_in("c", str(number), {}, heavy if number < 5 else b"light")
        while some := await deliveries.waiting(limit=100, after=read[-1] if read else 0):
            read += [one.seq for one in some]
            sizes.append(len(some))
        assert (read, sizes) == (sorted(read), [3, 4])
        assert len(await deliveries.waiting(limit=2)) == 2
    finally:
        await database.close()


async def _bodies(database: Database) -> set[bytes]:
    return {bytes(row.body) for row in await database.read(sa.select(deliveries_table.c.body))}


async def test_what_a_source_tells_comes_to_light_in_the_order_of_its_numbers(
    postgres: PostgresForTests,
):
    database = await Database.open(await postgres.fresh_database())
    try:
        await migrate(database)
        connections = Connections(database=database, vault=Vault([Vault.new_key()]))
        deliveries, pulls = Deliveries(database=database), Pulls(database=database)
        source = "https://blog.example/feed"
        feed = await connections.add(
            apps()["rss"],
            RoomId("!room:parvis.test"),
            UserId("@ana:parvis.test"),
            options=Options(source=source),
        )
        told = deliveries.taken(feed, "entry", {}, b"{}")
        slow = Change(sa.text("SELECT pg_sleep(0.3)"))
        settled = asyncio.create_task(pulls.settle(feed, Standing(source), told, slow))
        await asyncio.sleep(0)
        await deliveries.take_in("another", "call", {}, b"{}")
        # Who has read the one looks for later numbers only.
        columns = deliveries_table.c
        rows = await database.read(sa.select(columns.delivery_id).order_by(columns.seq))
        waiting = [row.delivery_id for row in rows]
        assert await settled
    finally:
        await database.close()

    assert waiting == ["entry", "call"]
