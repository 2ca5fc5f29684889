"""Tickets: who was given a code, by which way, and what became of it. Of the code itself only a mark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from appservice.database import KEPT, Change, Database, insert_new, metadata
from appservice.ids import UserId

_CLAIMED_MS = 60_000
"""For so long whoever uses a code has it alone; if we crash meanwhile, it is good again after that."""


class Way(StrEnum):
    """How a code comes to a person."""

    MAIL = "mail"
    SHEET = "sheet"


tickets_table = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("mark", sa.Text, nullable=False, unique=True),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("made", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("claimed", sa.BigInteger, nullable=False),
    sa.Column("used", sa.BigInteger, nullable=False),
    sa.Column("revoked", sa.BigInteger, nullable=False),
    sa.Index("tickets_by_user", "user_id"),
    info=KEPT,
)
_c = tickets_table.c


@dataclass(frozen=True)
class Ticket:
    """One code that was given out. Times are in milliseconds since 1970, 0 for never."""

    id: str
    user_id: UserId
    way: Way
    made_by: UserId
    made: int
    expires: int
    used: int = 0
    revoked: int = 0

    def is_live(self, now: int) -> bool:
        """Tell whether its code lets somebody in."""
        return not self.used and not self.revoked and now < self.expires


class Tickets:
    """The questions about tickets."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def by_person(self) -> Mapping[UserId, Sequence[Ticket]]:
        """Return everybody's tickets, the newest last."""
        found: dict[UserId, list[Ticket]] = {}
        for ticket in await self._all(sa.true()):
            found.setdefault(ticket.user_id, []).append(ticket)
        return found

    async def of_person(self, user_id: UserId) -> Sequence[Ticket]:
        """Return one person's tickets, the newest last."""
        return await self._all(_c.user_id == user_id)

    async def of_batch(self, prefix: str) -> Sequence[Ticket]:
        """Return the tickets whose ids begin with *prefix*: those that one request made."""
        return await self._all(_c.id.startswith(prefix, autoescape=True))

    async def live(self, mark: str, now: int) -> Ticket | None:
        """Return the ticket of a code, if it lets somebody in now."""
        rows = await self._all(_c.mark == mark)
        return rows[0] if rows and rows[0].is_live(now) else None

    async def issue(self, tickets: Mapping[str, Ticket], *besides: Change, now: int) -> None:
        """Store *tickets* by their marks, and *besides*; earlier ones of the same way are taken back.

        Those that are stored already are left alone.
        """
        if not tickets:
            return
        rows = tuple(_row(mark, ticket) for mark, ticket in tickets.items())
        replaced = tuple(
            {"the_id": one.id, "whom": one.user_id, "by": one.way.value, "now": now}
            for one in tickets.values()
        )
        await self._database.write(Change(_insert, rows), Change(_replace, replaced), *besides)

    async def claim(self, mark: str, now: int) -> Ticket | None:
        """Take a live code for oneself for a minute; None if it is not live, or somebody's else."""
        values = {"the_mark": mark, "now": now, "before": now - _CLAIMED_MS}

        async def work(connection: Any) -> Any:
            done = await connection.execute(_claim, values)
            if not done.rowcount:
                return None
            return (await connection.execute(sa.select(tickets_table).where(_c.mark == mark))).one()

        row = await self._database.run(work)
        return _ticket(row) if row else None

    async def give_back(self, ticket: Ticket) -> None:
        """End a claim that came to nothing."""
        await self._database.write(
            Change(sa.update(tickets_table).where(_c.id == ticket.id).values(claimed=0))
        )

    async def use(self, ticket: Ticket, *besides: Change, now: int) -> None:
        """Note that its code was used; all other codes of the person end with it."""
        others = _of(ticket.user_id).where(_c.id != ticket.id, _c.used == 0, _c.revoked == 0)
        await self._database.write(
            Change(sa.update(tickets_table).where(_c.id == ticket.id).values(used=now)),
            Change(others.values(revoked=now)),
            *besides,
        )

    def revoke(self, *user_ids: UserId, now: int) -> Change:
        """Return what takes all live codes of people back; of at least one."""
        return Change(_revoke, tuple({"whom": user_id, "now": now} for user_id in user_ids))

    def forget(self, *, before: int) -> Change:
        """Return what forgets the codes that had ended *before* a time, in milliseconds since 1970."""
        return Change(sa.delete(tickets_table).where(_c.expires < before))

    async def write(self, *changes: Change) -> None:
        """Do what others of its methods, and the tray of letters, return, in one commit."""
        if changes:
            await self._database.write(*changes)

    async def _all(self, condition: sa.ColumnElement[bool]) -> list[Ticket]:
        select = sa.select(tickets_table).where(condition).order_by(_c.made, _c.id)
        return [_ticket(row) for row in await self._database.read(select)]


def _of(user_id: object) -> sa.Update:
    return sa.update(tickets_table).where(_c.user_id == user_id)


_insert = insert_new(tickets_table)
_live = (_c.used == 0, _c.revoked == 0)
_revoke = _of(sa.bindparam("whom")).where(*_live).values(revoked=sa.bindparam("now"))
_replace = _revoke.where(_c.way == sa.bindparam("by"), _c.id != sa.bindparam("the_id"))
_claim = (
    sa.update(tickets_table)
    .where(_c.mark == sa.bindparam("the_mark"), *_live)
    .where(_c.expires > sa.bindparam("now"), _c.claimed < sa.bindparam("before"))
    .values(claimed=sa.bindparam("now"))
)


def _row(mark: str, ticket: Ticket) -> dict[str, object]:
    return {
        "id": ticket.id,
        "user_id": ticket.user_id,
        "way": ticket.way.value,
        "mark": mark,
        "made_by": ticket.made_by,
        "made": ticket.made,
        "expires": ticket.expires,
        "claimed": 0,
        "used": ticket.used,
        "revoked": ticket.revoked,
    }


def _ticket(row: Any) -> Ticket:
    return Ticket(
        id=row.id,
        user_id=UserId(row.user_id),
        way=Way(row.way),
        made_by=UserId(row.made_by),
        made=row.made,
        expires=row.expires,
        used=row.used,
        revoked=row.revoked,
    )
