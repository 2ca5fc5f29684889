"""Pieces of the questions that `store.py` asks."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.ids import RoomId
from feed.tables import FeedTables
from feed.threads import place_of


def matching(connection: AsyncConnection, search: sa.Table, words: Sequence[str]) -> sa.Select[Any]:
    """Return the query for the rows that hold words which begin with each of *words* (folded)."""
    if connection.dialect.name == "sqlite":
        wanted = " ".join(f'"{word}"*' for word in words)
        return sa.select(search.c.rowid).where(sa.literal_column(search.name).op("MATCH")(wanted))
    wanted = " & ".join(f"{word}:*" for word in words)
    query = sa.func.to_tsquery(sa.literal_column("'simple'"), wanted)
    return sa.select(search.c.rowid).where(search.c.words.op("@@")(query))


def newest_in(
    tables: FeedTables, room_id: RoomId, cursor: str, *, limit: int, label: str = ""
) -> sa.Select[Any]:
    """Return the query for the newest posts of a room before *cursor*: their ids and times.

    With *label* (folded), those that carry it.
    """
    table = tables.labels if label else tables.messages
    shown = (
        [table.c.label == label] if label else [table.c.root == "", table.c.deleted == sa.false()]
    )
    query = (
        sa.select(table.c.event_id, table.c.at)
        .where(table.c.room_id == room_id, *shown)
        .order_by(table.c.at.desc(), table.c.event_id.desc())
        .limit(limit)
    )
    if place := place_of(cursor):
        query = query.where(sa.tuple_(table.c.at, table.c.event_id) < sa.tuple_(*place))
    return query
