"""Which groups a viewer may know of, and what of each: what pages show begins here."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.ids import UserId
from feed.model import GroupView, Viewer
from feed.shaping import group_view
from feed.tables import FeedTables


async def groups_for(
    connection: AsyncConnection, tables: FeedTables, viewer: Viewer, *, since: int | None = None
) -> Sequence[GroupView]:
    """Return the groups in the order of lists; with *since*, how lively each was from then on."""
    found = await connection.execute(_groups(tables), {"viewer": viewer.user_id})
    rows = found.all()
    lively = await _liveliness(connection, tables, since) if since is not None else {}
    staff = await _is_staff(connection, tables, viewer.user_id)
    former = [room_id for row in rows for room_id in row.former]
    within = await _within(connection, tables, viewer.user_id, former)
    views = [group_view(row, lively.get(row.posts_id), staff=staff, within=within) for row in rows]
    return [view for view in views if view is not None]


async def _within(
    connection: AsyncConnection, tables: FeedTables, user_id: UserId, rooms: Sequence[str]
) -> frozenset[str]:
    """Return which of *rooms* an account is in."""
    if not rooms:
        return frozenset()
    members = tables.members.c
    found = await connection.execute(
        sa.select(members.room_id)
        .where(members.user_id == user_id, members.membership == "join")
        .where(members.room_id.in_(rooms))
    )
    return frozenset(row.room_id for row in found)


async def _is_staff(connection: AsyncConnection, tables: FeedTables, user_id: UserId) -> bool:
    """Tell whether an account is in the organization's own space."""
    found = await connection.execute(_root(tables), {"viewer": user_id})
    return found.first() is not None


async def _liveliness(
    connection: AsyncConnection, tables: FeedTables, since: int
) -> dict[str, tuple[int, int]]:
    """Return how many posts each room got since then, and when the last came."""
    table = tables.messages.c
    found = await connection.execute(
        sa.select(table.room_id, sa.func.count(), sa.func.max(table.at))
        .where(table.root == "", table.deleted == sa.false(), table.at >= since)
        .group_by(table.room_id)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in found}


# Building a question takes longer than answering it, so those of every page are built once.
@lru_cache(maxsize=4)
def _groups(tables: FeedTables) -> sa.Select[Any]:
    groups, members = tables.groups, tables.members
    viewer: sa.BindParameter[str] = sa.bindparam("viewer")
    in_space, in_posts = members.alias("in_space"), members.alias("in_posts")
    return (
        sa.select(
            groups,
            in_space.c.membership.label("standing"),
            in_posts.c.membership.label("reading"),
        )
        .outerjoin(
            in_space, (in_space.c.room_id == groups.c.space_id) & (in_space.c.user_id == viewer)
        )
        .outerjoin(
            in_posts, (in_posts.c.room_id == groups.c.posts_id) & (in_posts.c.user_id == viewer)
        )
        .order_by(groups.c.place, groups.c.uuid)
    )


@lru_cache(maxsize=4)
def _root(tables: FeedTables) -> sa.Select[Any]:
    rooms, members = tables.rooms.c, tables.members.c
    return (
        sa.select(members.room_id)
        .where(members.user_id == sa.bindparam("viewer"), members.membership == "join")
        .where(members.room_id.in_(sa.select(rooms.room_id).where(rooms.part == "root")))
        .limit(1)
    )
