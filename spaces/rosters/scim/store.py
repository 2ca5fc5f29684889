"""What was pushed: users and groups as documents, kept, since nobody would push them again by himself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from appservice.database import KEPT, Change, Database, metadata, upsert

resources_table = sa.Table(
    "scim_resources",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text, nullable=False),
    sa.Column("document", sa.JSON, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
    sa.Index("scim_resources_by_name", "kind", "name"),
    sa.Index("scim_resources_by_external_id", "kind", "external_id"),
    info=KEPT,
)


class ScimKind(StrEnum):
    """What may be pushed, as SCIM calls it."""

    USER = "User"
    GROUP = "Group"


@dataclass(frozen=True)
class ScimResource:
    """One user or group. *name* is the userName or displayName as it is compared: in small letters.

    Times are in milliseconds since 1970.
    """

    id: str
    kind: ScimKind
    name: str
    external_id: str
    document: Mapping[str, Any]
    created: int
    changed: int


class ScimStore:
    """The questions about what was pushed."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def get(self, kind: ScimKind, identifier: str) -> ScimResource | None:
        """Return one resource."""
        found = await self._where(kind, resources_table.c.id == identifier)
        return found[0] if found else None

    async def named(self, kind: ScimKind, name: str) -> Sequence[ScimResource]:
        """Return those whose name is *name*, in whatever case."""
        return await self._where(kind, resources_table.c.name == name.lower())

    async def with_external_id(self, kind: ScimKind, external_id: str) -> Sequence[ScimResource]:
        """Return those that the provider calls *external_id*."""
        return await self._where(kind, resources_table.c.external_id == external_id)

    async def all(self, kind: ScimKind) -> Sequence[ScimResource]:
        """Return all of a kind, the oldest first."""
        return await self._where(kind, sa.true())

    async def page(
        self, kind: ScimKind, *, skip: int, most: int
    ) -> tuple[int, Sequence[ScimResource]]:
        """Return how many there are of a kind, and a stretch of them, the oldest first."""
        table = resources_table
        counted = await self._database.read(
            sa.select(sa.func.count()).select_from(table).where(table.c.kind == kind.value)
        )
        rows = await self._database.read(_ordered(kind, sa.true()).offset(skip).limit(most))
        return counted[0][0], [_resource(row) for row in rows]

    async def put(self, resource: ScimResource) -> None:
        """Store a resource as it is now."""
        row = {**vars(resource), "kind": resource.kind.value}
        await self._database.write(Change(_upsert, (row,)))

    async def delete(self, identifier: str) -> None:
        """Forget a resource."""
        await self._database.write(
            Change(sa.delete(resources_table).where(resources_table.c.id == identifier))
        )

    async def _where(
        self, kind: ScimKind, condition: sa.ColumnElement[bool]
    ) -> Sequence[ScimResource]:
        return [_resource(row) for row in await self._database.read(_ordered(kind, condition))]


_upsert = upsert(resources_table, "id")


def _ordered(kind: ScimKind, condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    table = resources_table
    return (
        sa.select(table)
        .where(table.c.kind == kind.value, condition)
        .order_by(table.c.created, table.c.id)
    )


def _resource(row: sa.Row[Any]) -> ScimResource:
    return ScimResource(
        id=row.id,
        kind=ScimKind(row.kind),
        name=row.name,
        external_id=row.external_id,
        document=row.document,
        created=row.created,
        changed=row.changed,
    )
