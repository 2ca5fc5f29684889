"""The feed's tables alone, with the trays that it looks into, for tests that need no homeserver."""

from appservice.database import Database, metadata
from appservice.inbox import inbox_table
from appservice.outbox import outbox_table
from feed.tables import FeedTables


async def make_tables(database: Database, tables: FeedTables) -> None:
    """Make one generation anew, and the trays if they are missing."""
    await database.run(tables.drop)
    await database.run(tables.create)
    await database.run(
        lambda connection: connection.run_sync(
            metadata.create_all, tables=[inbox_table, outbox_table]
        )
    )
