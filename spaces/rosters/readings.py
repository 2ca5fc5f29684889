"""What became of the last look at a directory; kept, so that admins are told of a trouble once."""

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from appservice.database import KEPT, Change, Database, metadata, upsert
from spaces.rosters.guard import Loss

readings_table = sa.Table(
    "directory_readings",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("looked", sa.BigInteger, nullable=False),
    sa.Column("believed", sa.BigInteger),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("trouble", sa.Text, nullable=False),
    sa.Column("since", sa.BigInteger, nullable=False),
    sa.Column("faults", sa.Text, nullable=False),
    sa.Column("lost", sa.Integer, nullable=False),
    sa.Column("of", sa.Integer, nullable=False),
    sa.Column("attribute", sa.Text, nullable=False),
    info=KEPT,
)


class DirectoryTrouble(StrEnum):
    """Why a reading was not, or not wholly, believed."""

    NONE = ""
    UNREAD = "unread"
    """The directory, or its file, could not be read: nobody is moved."""
    FAULTS = "faults"
    """Some entries make no person; the others are believed."""
    HELD = "held"
    """Too much would be gone; it waits for a word of an admin."""


@dataclass(frozen=True)
class Reading:
    """How it stands with a directory. Times are in milliseconds since 1970, 0 for never."""

    source: str
    looked: int = 0
    believed: int = 0
    people: int = 0
    trouble: DirectoryTrouble = DirectoryTrouble.NONE
    since: int = 0
    """Since when this trouble lasts."""
    faults: tuple[str, ...] = ()
    loss: Loss | None = None


class Readings:
    """The questions about readings."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def last(self, source: str) -> Reading:
        """Return how it stands with *source*."""
        table = readings_table
        rows = await self._database.read(sa.select(table).where(table.c.source == source))
        if not rows:
            return Reading(source)
        row = rows[0]
        return Reading(
            source=source,
            looked=row.looked,
            believed=row.believed or 0,
            people=row.people,
            trouble=DirectoryTrouble(row.trouble),
            since=row.since,
            faults=tuple(row.faults.splitlines()),
            loss=Loss(row.lost, row.of, row.attribute) if row.of else None,
        )

    async def put(self, reading: Reading) -> None:
        """Store how it stands now."""
        loss = reading.loss or Loss(0, 0)
        row = {
            "source": reading.source,
            "looked": reading.looked,
            "believed": reading.believed or None,
            "people": reading.people,
            "trouble": reading.trouble.value,
            "since": reading.since,
            "faults": "\n".join(reading.faults),
            "lost": loss.lost,
            "of": loss.before,
            "attribute": loss.attribute,
        }
        await self._database.write(Change(_upsert, (row,)))


_upsert = upsert(readings_table, "source")
