"""A thread may have more comments than a database takes values in one statement."""

import sqlite3

import sqlalchemy as sa

from appservice.database import Database
from feed.tables import feed_tables
from tests.feed.test_projection import message, redaction, reply, thread
from tests.harness.projecting import ROOM, projection_on
from tests.harness.tables import make_tables

_MOST_VALUES = 3500


async def test_more_comments_than_values_can_change_their_place(sqlite_url):
    database, tables = await Database.open(sqlite_url), feed_tables("a")
    await make_tables(database, tables, ours=ROOM)
    projection = projection_on(database, tables)

    async def few_values(connection) -> None:
        # SQLite's own bound is 32,766, which would take this test a minute to reach.
        await connection.run_sync(
            lambda one: one.connection.driver_connection.setlimit(
                sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, _MOST_VALUES
            )
        )

    async def below() -> int:
        query = sa.select(tables.messages.c.comments).where(tables.messages.c.event_id == "$1")
        return int((await database.read(query))[0].comments)

    try:
        await database.run(few_values)
        replies = [message(3 + n, "Oui", relates=reply("$2")) for n in range(_MOST_VALUES + 100)]
        for start in range(0, len(replies), 100):
            await projection.apply(replies[start : start + 100])
        await projection.apply([message(1, "Qui vient ?")])
        await projection.apply([message(2, "Moi", relates=thread("$1"))])
        found = await below()
        await projection.apply([redaction(9_000_000, "$2")])
        left = await below()
    finally:
        await database.close()

    assert found == len(replies) + 1
    assert left == 0
