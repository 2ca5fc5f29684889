"""The feed's tables alone, with the trays that it looks into, for tests that need no homeserver."""

from appservice.database import Database, metadata
from appservice.inbox import inbox_table
from appservice.outbox_rows import outbox_table
from feed.tables import FeedTables


async def make_tables(database: Database, tables: FeedTables, *, ours: str = "") -> None:
    """Make one generation anew, and the trays if they are missing; *ours* is a posts room of ours."""
    await database.run(tables.drop)
    await database.run(tables.create)
    await database.run(
        lambda connection: connection.run_sync(
            metadata.create_all, tables=[inbox_table, outbox_table]
        )
    )
    if ours:
        row = {"room_id": ours, "uuid": "u1", "part": "posts", "predecessor": ""}
        await database.run(lambda one: one.execute(tables.rooms.insert(), row))
