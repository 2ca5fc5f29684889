"""How long calls are kept: bodies a week, their ids a month, what waits as long as it waits."""

import sqlalchemy as sa

from appservice.database import Database
from appservice.migrations import migrate
from bridges.deliveries import Deliveries
from bridges.store import deliveries_table

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


async def _bodies(database: Database) -> set[bytes]:
    return {bytes(row.body) for row in await database.read(sa.select(deliveries_table.c.body))}
