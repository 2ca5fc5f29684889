"""What each person has read: one mark per room, and a row for each post read out of turn.

    posts of a room, oldest first   read read read | new read new
                                                   ^ mark      `- a row of its own
    reading the first `new` moves the mark past all that follows it without a gap, and its rows go

What stands in a room before the person's first sign-in, or before they joined it, counts as read,
and so does what is older than four weeks once they read anything there: so rows stay few. What a
robot or the person themself wrote is never unread. Times are origin times, in milliseconds.

Nobody else is shown any of this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.database import KEPT, metadata
from appservice.ids import EventId, RoomId, UserId
from feed.tables import FeedTables

NEVER = 0
_FOR_EVER = 1 << 53

readers_table = sa.Table(
    "readers",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    # All that is older counts as read: the first sign-in, or the last "mark all as read".
    sa.Column("since", sa.BigInteger, nullable=False),
    # When they last read something, and when they had before this visit.
    sa.Column("latest", sa.BigInteger, nullable=False),
    sa.Column("before", sa.BigInteger, nullable=False),
    info=KEPT,
)
read_rooms_table = sa.Table(
    "read_rooms",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("room_id", sa.Text, primary_key=True),
    # Posts up to here are read; comments up to `talk` are.
    sa.Column("posts", sa.BigInteger, nullable=False),
    sa.Column("talk", sa.BigInteger, nullable=False),
    info=KEPT,
)
read_posts_table = sa.Table(
    "read_posts",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("room_id", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    # The time of the newest comment that was seen below the post, or NEVER.
    sa.Column("talk", sa.BigInteger, nullable=False),
    sa.Index("read_posts_by_room", "user_id", "room_id", "at"),
    info=KEPT,
)


@dataclass(frozen=True)
class Floor:
    """Up to which times all posts of a room, and all comments, count as read."""

    posts: int
    talk: int


@dataclass(frozen=True)
class ReadState:
    """What one person has read, as far as one page needs it."""

    user_id: UserId
    floors: Mapping[str, Floor] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    """Posts read out of turn, with the newest comment seen."""

    def is_new(self, post: sa.Row[Any]) -> bool:
        """Tell whether the *post* of a row is unread."""
        floor = self.floors.get(post.room_id)
        if floor is None or post.robot or post.sender == self.user_id:
            return False
        return bool(post.at > floor.posts) and post.event_id not in self.rows

    def is_new_comment(self, comment: sa.Row[Any]) -> bool:
        """Tell whether a *comment*, the newest of its thread, is unread."""
        floor = self.floors.get(comment.room_id)
        if floor is None or comment.robot or comment.sender == self.user_id:
            return False
        return bool(comment.at > max(floor.talk, self.rows.get(comment.root, NEVER)))


async def read_state(
    connection: AsyncConnection,
    tables: FeedTables,
    user_id: UserId,
    event_ids: Sequence[EventId] = (),
) -> ReadState:
    """Return what a person has read in the rooms that they are in, and of these posts."""
    rows: dict[str, int] = {}
    if event_ids:
        asked = {"reader": user_id, "wanted": list(event_ids)}
        found = await connection.execute(_read_out_of_turn, asked)
        rows = {row.event_id: row.talk for row in found}
    return ReadState(user_id, await floors(connection, tables, user_id), rows)


async def floors(
    connection: AsyncConnection, tables: FeedTables, user_id: UserId
) -> dict[str, Floor]:
    """Return the floors of all rooms that a person is in; nothing is new to who never signed in."""
    found = await connection.execute(_floors(tables), {"reader": user_id})
    return {row[0]: Floor(row[1], row[2]) for row in found}


def unread_rooms(tables: FeedTables, user_id: UserId) -> sa.Select[Any]:
    """Return the question which of a person's rooms hold an unread post.

    Each room is looked through from its floor on, and its first unread post stands right behind.
    """
    floor = _floor(tables, read_rooms_table.c.posts)
    unread = unread_posts(tables, user_id, tables.members.c.room_id, floor)
    return _rooms(tables, user_id).where(unread.exists())


def unread_posts(
    tables: FeedTables,
    user_id: UserId,
    room_id: RoomId | sa.ColumnElement[str],
    floor: int | sa.ColumnElement[int],
) -> sa.Select[Any]:
    """Return the question when the unread posts of a room were written."""
    posts, read = tables.messages.c, read_posts_table.c
    return (
        sa.select(posts.at)
        .where(posts.room_id == room_id, posts.root == "", posts.robot == sa.false())
        .where(posts.at > floor, posts.deleted == sa.false(), posts.sender != user_id)
        .where(~sa.exists().where(read.user_id == user_id, read.event_id == posts.event_id))
    )


_read_out_of_turn = sa.select(read_posts_table.c.event_id, read_posts_table.c.talk).where(
    read_posts_table.c.user_id == sa.bindparam("reader"),
    read_posts_table.c.event_id.in_(sa.bindparam("wanted", expanding=True)),
)


@lru_cache(maxsize=4)
def _floors(tables: FeedTables) -> sa.Select[Any]:
    """Return the question for `floors`; built once, for that takes longer than answering it."""
    posts, talk = _floor(tables, read_rooms_table.c.posts), _floor(tables, read_rooms_table.c.talk)
    return _rooms(tables, sa.bindparam("reader"), posts, talk)


def _rooms(
    tables: FeedTables,
    user_id: UserId | sa.BindParameter[str],
    *columns: sa.ColumnElement[Any],
) -> sa.Select[Any]:
    """Return the rooms that a person is in, beside what they have read there."""
    members, rooms = tables.members.c, read_rooms_table.c
    own = (rooms.user_id == members.user_id) & (rooms.room_id == members.room_id)
    return (
        sa.select(members.room_id, *columns)
        .select_from(tables.members)
        .outerjoin(read_rooms_table, own)
        .outerjoin(readers_table, readers_table.c.user_id == members.user_id)
        .where(members.user_id == user_id, members.membership == "join")
    )


def _floor(tables: FeedTables, mark: sa.Column[Any]) -> sa.ColumnElement[int]:
    """Return up to where all counts as read. Without a mark, a room begins where one joined it.

    Strictly, a new display name renews that time too: then nothing was read there yet.
    """
    begun = sa.func.coalesce(readers_table.c.since, _FOR_EVER)
    marked = sa.func.coalesce(mark, tables.members.c.at)
    return sa.case((begun > marked, begun), else_=marked)
