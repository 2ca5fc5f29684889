"""Posts that stand for others: which of those the viewer may read, and so follow."""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from feed.model import Post, Viewer
from feed.tables import FeedTables


async def with_references(
    connection: AsyncConnection, tables: FeedTables, viewer: Viewer, posts: Sequence[Post]
) -> Sequence[Post]:
    """Return *posts* with only those references left that the viewer's account can follow."""
    wanted = [post.referred for post in posts if post.referred]
    if not wanted:
        return posts
    messages, members = tables.messages.c, tables.members.c
    found = await connection.execute(
        sa.select(messages.event_id)
        .join(tables.members, members.room_id == messages.room_id)
        .where(messages.event_id.in_(wanted), messages.root == "")
        .where(messages.deleted == sa.false())
        .where(members.user_id == viewer.user_id, members.membership == "join")
    )
    readable = {row.event_id for row in found}
    return [
        post if post.referred is None or post.referred in readable else replace(post, referred=None)
        for post in posts
    ]
