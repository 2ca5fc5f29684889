"""Pages of a thread: fifty comments, found by the place of one of them and not by counting."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from feed.model import Post
from feed.tables import FeedTables

_PAGE = 50
_MOST_STEPS = 500
_LONGEST_TIME = 15

_Rows = Sequence[sa.Row[Any]]


def place_of(cursor: str) -> tuple[int, str] | None:
    """Return the time and id that a cursor names, or None for what is no cursor."""
    at, _, event_id = cursor.partition("_")
    fair = at.isdecimal() and at.isascii() and len(at) <= _LONGEST_TIME
    return (int(at), event_id) if fair else None


def cursor_of(row: sa.Row[Any]) -> str:
    """Return the cursor of a message."""
    return f"{row.at}_{row.event_id}"


def comments_of(
    tables: FeedTables, post: Post, *, steps: bool = False, limit: int = _MOST_STEPS
) -> sa.Select[Any]:
    """Return the question for the comments of a post, or for its steps, newest first."""
    table = tables.messages
    return (
        sa.select(table)
        .where(table.c.root == post.event_id, table.c.deleted == sa.false())
        .where(table.c.step == sa.literal(steps))
        .order_by(table.c.at.desc(), table.c.event_id.desc())
        .limit(limit)
    )


async def thread_rows(
    connection: AsyncConnection, tables: FeedTables, post: Post, *, before: str, since: str
) -> tuple[_Rows, str, str]:
    """Return a page of comments, oldest first, and the cursors of those before and after it."""
    if (place := place_of(since)) and (rows := await _since(connection, tables, post, place)):
        older = await _before(connection, tables, post, (rows[0].at, rows[0].event_id), limit=1)
        return rows[:_PAGE], cursor_of(rows[0]) if older else "", cursor_of(rows[_PAGE])
    place = place_of(before)
    rows = await _before(connection, tables, post, place, limit=_PAGE + 1)
    page = list(reversed(rows[:_PAGE]))
    older_cursor = cursor_of(page[0]) if len(rows) > _PAGE else ""
    return page, older_cursor, before if place else ""


async def _before(
    connection: AsyncConnection,
    tables: FeedTables,
    post: Post,
    place: tuple[int, str] | None,
    *,
    limit: int,
) -> _Rows:
    table, query = tables.messages.c, comments_of(tables, post, limit=limit)
    if place:
        query = query.where(sa.tuple_(table.at, table.event_id) < sa.tuple_(*place))
    rows: _Rows = (await connection.execute(query)).all()
    return rows


async def _since(
    connection: AsyncConnection, tables: FeedTables, post: Post, place: tuple[int, str]
) -> _Rows:
    """Return the comments from *place* on, if more than a page of them stand there.

    If not, the newest page shows them all, with more of what they answer.
    """
    table = tables.messages.c
    query = (
        comments_of(tables, post, limit=_PAGE + 1)
        .where(sa.tuple_(table.at, table.event_id) >= sa.tuple_(*place))
        .order_by(None)
        .order_by(table.at, table.event_id)
    )
    rows: _Rows = (await connection.execute(query)).all()
    return rows if len(rows) > _PAGE else ()
