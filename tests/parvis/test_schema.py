"""The migrations make exactly the tables that the code works with."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import parvis.wiring  # noqa: F401 - it imports every table
from appservice.database import Database, metadata
from appservice.migrations import migrate


async def test_migrated_tables_are_those_of_the_code(database_url):
    database = await Database.open(database_url)
    try:
        await migrate(database)

        async def differences(connection):
            return await connection.run_sync(
                lambda sync: compare_metadata(MigrationContext.configure(sync), metadata)
            )

        found = await database.run(differences)
    finally:
        await database.close()

    assert [one for one in found if not _is_alembics(one)] == []


def test_every_table_says_whether_it_is_kept_or_rebuilt():
    assert all(table.info.get("life") in {"kept", "rebuilt"} for table in metadata.tables.values())


def _is_alembics(difference) -> bool:
    return any(isinstance(part, sa.Table) and part.name == "alembic_version" for part in difference)
