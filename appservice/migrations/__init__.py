"""Brings the kept tables to the present schema (Alembic). Rebuilt tables have no migrations: they
are made anew (feed.rebuild).
"""

from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.database import Database
from appservice.errors import ConfigError


async def migrate(database: Database) -> None:
    """Upgrade the schema in one transaction; refuse what a newer Parvis has written."""
    scripts = _scripts()
    present = await revision(database)
    if present is not None and not knows(present):
        raise ConfigError("database.url", f"a newer Parvis wrote this database ({present})")

    async def upgrade(connection: AsyncConnection) -> None:
        await connection.run_sync(_upgrade, scripts)

    await database.run(upgrade)


async def revision(database: Database) -> str | None:
    """Return the schema's revision, or None for an empty database."""

    async def read(connection: AsyncConnection) -> str | None:
        return await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )

    return await database.run(read)


def newest() -> str | None:
    """Return the revision that this Parvis writes."""
    return _scripts().get_current_head()


def knows(present: str) -> bool:
    """Tell whether this Parvis can upgrade from a revision; one of a newer Parvis it does not know."""
    return present in {script.revision for script in _scripts().walk_revisions()}


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def _upgrade(connection: sa.Connection, scripts: ScriptDirectory) -> None:
    # An environment without env.py: the connection is ours, so there is nothing for it to say.
    context = EnvironmentContext(
        Config(),
        scripts,
        fn=lambda present, _context: scripts._upgrade_revs("head", present),  # noqa: SLF001
    )
    context.configure(connection=connection, transactional_ddl=False)
    with context:
        context.run_migrations()
