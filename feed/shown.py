"""Writes what was derived: the columns that pages show, the search, the media, the counts.

Each table gets one statement with many rows; a row that stands as it should is left alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.database import insert_new
from appservice.ids import EventId
from appservice.payload import Payload
from feed.folding import folded
from feed.labels import label_rows
from feed.reading import Told
from feed.tables import NOT_DERIVED, FeedTables

_Row = sa.Row[Any]
_NAMES = [
    "root",
    "deleted",
    "edited_at",
    "title",
    "heading",
    "html",
    "text",
    "source",
    "language",
    "facts",
    "step",
    "robot",
    "verdict",
    "held",
    "base",
    "relates",
]
_COUNTED = ("comments", "steps", "latest_comment", "latest_step")


@dataclass(frozen=True)
class Shown:
    """How one message stands now; *row* is how it stood."""

    row: _Row
    root: str | None
    deleted: bool
    edited_at: int | None
    told: Told
    held: bool = False
    """A post that waits for somebody who may publish it."""

    @property
    def new(self) -> bool:
        """Tell whether nothing was derived for this message before."""
        return bytes(self.row.facts) == NOT_DERIVED

    @property
    def moved(self) -> bool:
        """Tell whether those that hang on it must look again where they belong."""
        return self.new or self.root != self.row.root or self.deleted != self.row.deleted

    @property
    def words(self) -> str:
        """Return what the search looks through: nothing of what no page shows."""
        return "" if self.deleted or self.root is None else folded(self.told.words)

    @property
    def labels(self) -> list[dict[str, Any]]:
        """Return the rows of its labels: none of what is no post that pages show."""
        if self.deleted or self.root != "":
            return []
        row, facts = self.row, Payload(self.told.facts)
        return label_rows(row.event_id, row.room_id, row.at, facts)

    def columns(self) -> dict[str, Any]:
        """Return the derived columns. The words of what was deleted are let go of."""
        told = self.told
        return {
            "root": self.root,
            "deleted": self.deleted,
            "edited_at": None if self.deleted else self.edited_at,
            "title": told.title,
            "heading": told.heading,
            "html": told.html,
            "text": told.text,
            "source": told.source,
            "language": told.language,
            "facts": msgspec.json.encode(told.facts),
            "step": told.step,
            "robot": told.robot,
            "verdict": told.verdict,
            "held": self.held,
            "base": b"{}" if self.deleted else bytes(self.row.base),
            "relates": "" if self.deleted else self.row.relates,
        }


class ShownRows:
    """Writes to one generation."""

    def __init__(self, tables: FeedTables) -> None:
        messages, search, media = tables.messages, tables.search, tables.media
        self._update = (
            sa.update(messages)
            .where(messages.c.id == sa.bindparam("row_id"))
            .values({name: sa.bindparam(f"new_{name}") for name in _NAMES})
        )
        self._unindex = sa.delete(search).where(search.c.rowid == sa.bindparam("row_id"))
        self._index = sa.insert(search)
        words = sa.func.to_tsvector(sa.literal_column("'simple'"), sa.bindparam("folded"))
        self._index_lexemes = sa.insert(search).values(rowid=sa.bindparam("row_id"), words=words)
        self._hide_media = sa.delete(media).where(
            media.c.source == sa.bindparam("of"), media.c.room_id == sa.bindparam("room")
        )
        self._show_media = insert_new(media)
        self._unlabel = sa.delete(tables.labels).where(
            tables.labels.c.event_id == sa.bindparam("of")
        )
        self._label = insert_new(tables.labels)
        self._below = _newest_below(messages)
        self._count = (
            sa.update(messages)
            .where(messages.c.event_id == sa.bindparam("post"))
            .values({name: sa.bindparam(f"new_{name}") for name in _COUNTED})
        )

    async def write(self, connection: AsyncConnection, shown: Iterable[Shown]) -> None:
        """Bring the rows of *shown* messages up to date, where they differ."""
        changed: list[Shown] = []
        updates: list[dict[str, Any]] = []
        for one in shown:
            columns = one.columns()
            if any(getattr(one.row, name) != value for name, value in columns.items()):
                changed.append(one)
                new = {f"new_{name}": value for name, value in columns.items()}
                updates.append({"row_id": one.row.id, **new})
        await _execute(connection, self._update, updates)
        await self._write_search(connection, changed)
        await self._write_media(connection, changed)
        await self._write_labels(connection, changed)

    async def count(self, connection: AsyncConnection, roots: Sequence[EventId]) -> None:
        """Write how many comments and steps each post has, and which is the newest of both."""
        if not roots:
            return
        counts: dict[str, dict[str, Any]] = {
            root: {
                "post": root,
                "new_comments": 0,
                "new_steps": 0,
                "new_latest_comment": "",
                "new_latest_step": "",
            }
            for root in roots
        }
        for row in await connection.execute(self._below, {"listed": list(roots)}):
            kind = "step" if row.step else "comment"
            counts[row.root] |= {f"new_{kind}s": row.number, f"new_latest_{kind}": row.event_id}
        await connection.execute(self._count, list(counts.values()))

    async def _write_search(self, connection: AsyncConnection, shown: Sequence[Shown]) -> None:
        stood = [{"row_id": one.row.id} for one in shown if not one.new]
        await _execute(connection, self._unindex, stood)
        found = [(one.row.id, words) for one in shown if (words := one.words)]
        if connection.dialect.name == "sqlite":
            rows = [{"rowid": row_id, "words": words} for row_id, words in found]
            await _execute(connection, self._index, rows)
        else:
            rows = [{"row_id": row_id, "folded": words} for row_id, words in found]
            await _execute(connection, self._index_lexemes, rows)

    async def _write_media(self, connection: AsyncConnection, shown: Sequence[Shown]) -> None:
        stood = [{"of": one.row.event_id, "room": one.row.room_id} for one in shown if not one.new]
        await _execute(connection, self._hide_media, stood)
        rows = [
            {"mxc": path, "room_id": one.row.room_id, "source": one.row.event_id}
            for one in shown
            if not one.deleted
            for path in sorted(set(one.told.media_paths))
        ]
        await _execute(connection, self._show_media, rows)

    async def _write_labels(self, connection: AsyncConnection, shown: Sequence[Shown]) -> None:
        stood = [{"of": one.row.event_id} for one in shown if not one.new]
        await _execute(connection, self._unlabel, stood)
        rows = [row for one in shown for row in one.labels]
        await _execute(connection, self._label, rows)


async def _execute(
    connection: AsyncConnection, statement: sa.Executable, rows: Sequence[dict[str, Any]]
) -> None:
    if rows:
        await connection.execute(statement, rows)


def _newest_below(messages: sa.Table) -> sa.Select[Any]:
    """Ask, for each listed post, how many comments and steps it has, with the newest of each."""
    kind = [messages.c.root, messages.c.step]
    newest_first = [messages.c.at.desc(), messages.c.event_id.desc()]
    ranked = (
        sa.select(
            messages.c.root,
            messages.c.step,
            messages.c.event_id,
            sa.func.count().over(partition_by=kind).label("number"),
            sa.func.row_number().over(partition_by=kind, order_by=newest_first).label("place"),
        )
        .where(messages.c.root.in_(sa.bindparam("listed", expanding=True)))
        .where(messages.c.deleted == sa.false())
        .subquery()
    )
    return sa.select(ranked).where(ranked.c.place == 1)
