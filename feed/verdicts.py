"""Which posts are held: the bot's word alone decides (``org.parvis.held``).

Its answer is a row in the outbox before the feed learns of the post, so a held post never shows for
a moment; once the answer came back as an event, a feed without that row finds the same.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.held import HELD, PUBLISHED, key_of
from appservice.ids import UserId
from appservice.outbox_rows import RowState, outbox_table
from feed.tables import FeedTables

_Row = sa.Row[Any]


class Verdicts:
    """Asks one generation, and the outbox."""

    def __init__(self, tables: FeedTables, *, bot: UserId) -> None:
        messages, outbox = tables.messages.c, outbox_table.c
        said = (
            sa.select(messages.relates, messages.verdict)
            .where(messages.relates.in_(sa.bindparam("posts", expanding=True)))
            .where(messages.sender == bot, messages.verdict != "")
        )
        on_its_way = (
            sa.select(outbox.key, sa.literal(""))
            .where(outbox.key.in_(sa.bindparam("keys", expanding=True)))
            .where(outbox.state != RowState.DEAD)
        )
        self._question = sa.union_all(said, on_its_way)

    async def held(self, connection: AsyncConnection, posts: Sequence[_Row]) -> frozenset[str]:
        """Return which of *posts* wait; one that was published once stays published."""
        if not posts:
            return frozenset()
        ids = [row.event_id for row in posts]
        keys = [key_of(state, event_id) for event_id in ids for state in (HELD, PUBLISHED)]
        found = await connection.execute(self._question, {"posts": ids, "keys": keys})
        verdicts: dict[str, set[str]] = {}
        for subject, said in found:
            state, _, event_id = subject.partition(":") if not said else (said, "", subject)
            verdicts.setdefault(event_id, set()).add(state)
        return frozenset(post for post, said in verdicts.items() if said == {HELD})
