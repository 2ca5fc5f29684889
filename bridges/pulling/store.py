"""What is known of each source that is asked; its next due time and the cursor are kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.database import Change, Database, upsert
from appservice.errors import ConfigError
from appservice.languages import N_
from bridges.connection import ConnectionState
from bridges.options import decode
from bridges.store import connections_table, pulls_table

REFUSALS: Mapping[int, str] = {
    401: N_("it asks for an access token that it knows (HTTP 401)"),
    403: N_("the access token may not read this (HTTP 403)"),
}
"""What is wrong with a source that refuses us, by its status; a msgid."""
_IN_USE = (ConnectionState.WAITING.value, ConnectionState.ACTIVE.value)


@dataclass(frozen=True)
class Standing:
    """How it stands with a source; times are milliseconds since 1970, 0 for never.

    *source* is what the rest belongs to: another address begins anew. *trouble* says why the last
    try failed, empty if it did not. *stopped*: it is not asked again before somebody says so.
    """

    source: str
    cursor: str = ""
    etag: str = ""
    modified: str = ""
    due: int = 0
    failures: int = 0
    trouble: str = ""
    asked: int = 0
    stopped: bool = False

    @property
    def refused(self) -> bool:
        """Tell whether the source does not know us, or may not answer us."""
        return self.trouble in REFUSALS.values()


@dataclass(frozen=True)
class Due:
    """A source that is to be asked now; *found*: how much was found in this turn already."""

    connection: str
    app: str
    standing: Standing
    found: int = 0


class Pulls:
    """The questions about sources that are asked."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def due(self, apps: Collection[str], *, now: int, besides: Collection[str]) -> list[Due]:
        """Return the sources of *apps* that are to be asked, longest due first.

        *besides* are connections that are being asked.
        """
        rows = await self._rows(
            connections_table.c.app.in_(apps),
            connections_table.c.state.in_(_IN_USE),
            connections_table.c.id.not_in(besides),
        )
        found = [Due(row.id, row.app, one) for row in rows if (one := _standing(row))]
        ready = [one for one in found if one.standing.due <= now and not one.standing.stopped]
        return sorted(ready, key=lambda one: one.standing.due)

    async def of(self, connections: Collection[str]) -> Mapping[str, Standing]:
        """Return how it stands with the sources of *connections*."""
        rows = await self._rows(connections_table.c.id.in_(connections))
        return {row.id: one for row in rows if (one := _standing(row))}

    async def settle(self, connection: str, standing: Standing, *with_it: Change) -> bool:
        """Note how it stands, and commit *with_it* together, unless the source is not asked any more.

        Returns whether it was: somebody may have paused it, or named another, meanwhile.
        """

        async def work(database: AsyncConnection) -> bool:
            where = (connections_table.c.id == connection, connections_table.c.state.in_(_IN_USE))
            row = (
                await database.execute(sa.select(connections_table.c.options).where(*where))
            ).one_or_none()
            if row is None or _source(row.options) != standing.source:
                return False
            await database.execute(_put, [_as_row(connection, standing)])
            for change in with_it:
                await database.execute(change.statement, list(change.rows) or None)
            return True

        # It gives deliveries their numbers, which are read in their order.
        return await self._database.run(work, in_line=True)

    async def ask_soon(self, connection: str) -> None:
        """Let a source be asked at the next look, also one that was stopped."""
        statement = sa.update(pulls_table).where(pulls_table.c.connection == connection)
        await self._database.write(Change(statement.values(due=0, failures=0, stopped=False)))

    async def _rows(self, *where: sa.ColumnElement[bool]) -> Sequence[sa.Row[tuple[object, ...]]]:
        joined = connections_table.outerjoin(
            pulls_table, pulls_table.c.connection == connections_table.c.id
        )
        columns = connections_table.c
        statement = sa.select(columns.id, columns.app, columns.options, *pulls_table.c)
        return await self._database.read(statement.select_from(joined).where(*where))


def forgetting(connection: str) -> Change:
    """Return the change that forgets a source, for the unit that removes its connection."""
    return Change(sa.delete(pulls_table).where(pulls_table.c.connection == connection))


def _standing(row: sa.Row[tuple[object, ...]]) -> Standing | None:
    """Return how it stands with the source that is named now; None if none is."""
    source, known = _source(row.options), row._mapping  # noqa: SLF001 - SQLAlchemy's own name
    if not source:
        return None
    if known["source"] != source:
        return Standing(source)
    names = [name for name in Standing.__dataclass_fields__ if name != "source"]
    values = {name: known[name] for name in names}
    return Standing(source, **{**values, "stopped": bool(values["stopped"])})


def _source(options: str) -> str:
    try:
        return decode(options).source
    except ConfigError:
        return ""


def _as_row(connection: str, standing: Standing) -> dict[str, object]:
    values = {name: getattr(standing, name) for name in Standing.__dataclass_fields__}
    return {"connection": connection, **values}


_put = upsert(pulls_table, "connection")
