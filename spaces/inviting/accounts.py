"""What is known of people's accounts at the homeserver: whether they signed in, or are closed there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from appservice.database import KEPT, Change, Database, metadata, upsert
from appservice.ids import UserId

accounts_table = sa.Table(
    "known_accounts",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("seen", sa.BigInteger, nullable=False),
    sa.Column("closed", sa.Boolean, nullable=False),
    info=KEPT,
)


@dataclass(frozen=True)
class Known:
    """One account. *seen*: a time at which the person had signed in, 0 where nobody knows of any."""

    seen: int = 0
    closed: bool = False
    """Whether it was deactivated or locked at the homeserver."""


UNKNOWN = Known()


class Accounts:
    """The questions about accounts."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def all(self) -> Mapping[UserId, Known]:
        """Return everything that is known."""
        rows = await self._database.read(sa.select(accounts_table))
        return {UserId(row.user_id): Known(row.seen, bool(row.closed)) for row in rows}

    async def one(self, user_id: UserId) -> Known:
        """Return what is known of one account."""
        rows = await self._database.read(
            sa.select(accounts_table).where(accounts_table.c.user_id == user_id)
        )
        return Known(rows[0].seen, bool(rows[0].closed)) if rows else UNKNOWN

    async def note(self, news: Mapping[UserId, Known]) -> None:
        """Keep what is new; who has once signed in stays so."""
        known = await self.all()
        rows = [
            {"user_id": user_id, "seen": before.seen or now.seen, "closed": now.closed}
            for user_id, now in news.items()
            if (before := known.get(user_id, UNKNOWN)) != Known(before.seen or now.seen, now.closed)
        ]
        if rows:
            await self._database.write(Change(_upsert, tuple(rows)))

    async def saw(self, user_ids: Sequence[UserId], *, at: int) -> None:
        """Keep that people have signed in."""
        await self.note({user_id: Known(at) for user_id in user_ids})


_upsert = upsert(accounts_table, "user_id")
