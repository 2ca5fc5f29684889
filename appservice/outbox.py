"""Everything that is to appear in a room, on its way out: the questions about its rows (outbox_rows.py).

    enqueue (one commit with whatever caused it) --> row, waiting
    relay.py: first row of each lane --> PUT with the row's txn id --> sent | later | dead | draft
    our own echo, seen in a push or a walk --> sent

A lane is one identity in one room; rows of a lane leave in order, lanes do not wait for each
other. The unique *key* names the cause (a form's nonce, a card's step), so that a cause which is
repeated makes no second row; a row may refer to another by `pending(key)` before it has an event.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from appservice.database import Change, Database, insert_new
from appservice.ids import EventId, RoomId, UserId
from appservice.outbox_rows import (
    Echo,
    OutboxRow,
    Outgoing,
    RowState,
    outbox_table,
    parse_row,
    to_row,
)

_ASKED_AT_ONCE = 1000

_WAITS = outbox_table.c.state == sa.literal_column("0")
"""No bound value: of a partial index alone SQLite answers only where it reads the index's own words."""


class Outbox:
    """Puts rows in, and answers what became of them."""

    def __init__(self, *, database: Database) -> None:
        self._database = database
        self._progress: asyncio.Future[None] | None = None
        self.wake = asyncio.Event()
        """Set after rows came in, for the relay."""

    async def enqueue(self, *outgoing: Outgoing) -> None:
        """Commit *outgoing* in this order; one whose key stands already changes nothing."""
        await self._database.write(self.change(*outgoing))
        self.wake.set()

    def change(self, *outgoing: Outgoing) -> Change:
        """Return the same as a change, for a unit that commits its cause with it.

        Call ``wake.set()`` after the commit.
        """
        return Change(_insert, tuple(to_row(item) for item in outgoing))

    async def row(self, key: str) -> OutboxRow | None:
        """Return the row of *key*, or None if there is none."""
        rows = await self._database.read(_by_key, {"wanted": key})
        return parse_row(rows[0]) if rows else None

    async def rows(self, keys: Sequence[str]) -> Sequence[OutboxRow]:
        """Return the rows of those *keys* that stand, in the order in which they came."""
        found: list[OutboxRow] = []
        for start in range(0, len(keys), _ASKED_AT_ONCE):
            some = keys[start : start + _ASKED_AT_ONCE]
            rows = await self._database.read(
                sa.select(outbox_table).where(outbox_table.c.key.in_(some))
            )
            found += map(parse_row, rows)
        return sorted(found, key=lambda row: row.id)

    async def is_stale(self, row: OutboxRow) -> bool:
        """Tell whether *row* has another name by now: then what it refers to may have one too."""
        keys = sa.select(outbox_table.c.key).where(outbox_table.c.id == row.id)
        return [one.key for one in await self._database.read(keys)] != [row.key]

    async def unsent_of(self, user_id: UserId) -> Sequence[OutboxRow]:
        """Return what a person wrote that still waits or became a draft, oldest first."""
        rows = await self._database.read(
            sa.select(outbox_table)
            .where(outbox_table.c.user_id == user_id)
            .where(outbox_table.c.state.in_((RowState.WAITING, RowState.DRAFT)))
            .order_by(outbox_table.c.id)
        )
        return [parse_row(row) for row in rows]

    async def discard_draft(self, key: str, user_id: UserId) -> None:
        """Forget the draft *key* of *user_id*, because they asked to or sent it anew."""
        await self._database.write(
            Change(
                sa.update(outbox_table)
                .where(outbox_table.c.key == key, outbox_table.c.user_id == user_id)
                .where(outbox_table.c.state == RowState.DRAFT)
                .values(state=RowState.DEAD, content=b"", error="discarded")
            )
        )

    async def settled(self, key: str, *, within: float) -> OutboxRow | None:
        """Return the row of *key* once it is no longer waiting, or as it is after *within* s."""
        deadline = asyncio.get_running_loop().time() + within
        while True:
            progress = self._next_progress()
            row = await self.row(key)
            left = deadline - asyncio.get_running_loop().time()
            if row is None or row.state is not RowState.WAITING or left <= 0:
                return row
            await asyncio.wait([progress], timeout=left)

    # What the relay asks and says

    async def waiting(self, *, limit: int) -> Sequence[OutboxRow]:
        """Return rows that wait, in the order in which they came."""
        rows = await self._database.read(
            sa.select(outbox_table).where(_WAITS).order_by(outbox_table.c.id).limit(limit)
        )
        return [parse_row(row) for row in rows]

    async def lanes(self) -> Sequence[tuple[str, RoomId]]:
        """Return the lanes, as (identity, room), in which something waits; those of the oldest
        row first.
        """
        rows = await self._database.read(_lanes)
        return [(row.identity, RoomId(row.room_id)) for row in rows]

    async def waiting_in_lane(
        self, identity: str, room_id: RoomId, *, limit: int
    ) -> Sequence[OutboxRow]:
        """Return the rows that wait in one lane, in order."""
        values = {"sender": identity, "there": room_id, "most": limit}
        return [parse_row(row) for row in await self._database.read(_in_lane, values)]

    async def count_waiting_by_room(self, rooms: Collection[RoomId]) -> Mapping[RoomId, int]:
        """Return how many rows wait for each of *rooms*, whoever sends them."""
        found = await self._database.read(
            sa.select(outbox_table.c.room_id, sa.func.count().label("waiting"))
            .where(_WAITS, outbox_table.c.room_id.in_(rooms))
            .group_by(outbox_table.c.room_id)
        )
        counted = {RoomId(row.room_id): int(row.waiting) for row in found}
        return {room_id: counted.get(room_id, 0) for room_id in rooms}

    async def count(self, state: RowState = RowState.WAITING) -> int:
        """Return how many rows wait, or are dead."""
        rows = await self._database.read(
            sa.select(sa.func.count())
            .select_from(outbox_table)
            .where(outbox_table.c.state == state)
        )
        return int(rows[0][0])

    async def oldest_waiting(self) -> int | None:
        """Return when the oldest waiting row came in, in milliseconds, or None if none waits."""
        rows = await self._database.read(
            sa.select(outbox_table.c.created).where(_WAITS).order_by(outbox_table.c.id).limit(1)
        )
        return int(rows[0].created) if rows else None

    async def settle_by_echo(self, echoes: Sequence[Echo]) -> None:
        """Mark rows as sent, because their events came back from the homeserver.

        Only its owner settles a row: anybody can copy its number.
        """
        await self._database.write(Change(_settle, tuple(_echo_row(echo) for echo in echoes)))
        self._tell_progress()

    async def event_of(self, key: str) -> EventId | None:
        """Return the event that row *key* became, or None while it is not sent."""
        row = await self.row(key)
        return row.event_id if row and row.state is RowState.SENT else None

    async def mark_sent(self, row_id: int, event_id: EventId) -> None:
        """Note the event that the row became, and let go of its content."""
        await self._database.write(Change(_sent, ({"wanted": row_id, "became": event_id},)))
        self._tell_progress()

    async def mark_refused(self, row_id: int, state: RowState, why: str) -> None:
        """Note that the row cannot be sent: DEAD for the bot's, DRAFT for a person's."""
        statement = sa.update(outbox_table).where(outbox_table.c.id == row_id)
        await self._database.write(Change(statement.values(state=state, error=why)))
        self._tell_progress()

    def _next_progress(self) -> "asyncio.Future[None]":
        if self._progress is None or self._progress.done():
            self._progress = asyncio.get_running_loop().create_future()
        return self._progress

    def _tell_progress(self) -> None:
        if self._progress is not None and not self._progress.done():
            self._progress.set_result(None)


_by_key = sa.select(outbox_table).where(outbox_table.c.key == sa.bindparam("wanted"))
_lanes = (
    sa.select(outbox_table.c.room_id, outbox_table.c.identity)
    .where(_WAITS)
    .group_by(outbox_table.c.room_id, outbox_table.c.identity)
    .order_by(sa.func.min(outbox_table.c.id))
)
_in_lane = (
    sa.select(outbox_table)
    .where(_WAITS)
    .where(outbox_table.c.identity == sa.bindparam("sender"))
    .where(outbox_table.c.room_id == sa.bindparam("there"))
    .order_by(outbox_table.c.id)
    .limit(sa.bindparam("most"))
)
_insert = insert_new(outbox_table)
_sent = (
    sa.update(outbox_table)
    .where(outbox_table.c.id == sa.bindparam("wanted"))
    .values(state=RowState.SENT.value, event_id=sa.bindparam("became"), content=b"")
)
_settle = (
    sa.update(outbox_table)
    .where(outbox_table.c.id == sa.bindparam("wanted"))
    .where(outbox_table.c.state != RowState.SENT.value)
    .where(outbox_table.c.room_id == sa.bindparam("there"))
    .where(outbox_table.c.user_id == sa.bindparam("owner"))
    .values(state=RowState.SENT.value, event_id=sa.bindparam("became"), content=b"", error=None)
)


def _echo_row(echo: Echo) -> dict[str, object]:
    return {
        "wanted": echo.row_id,
        "there": echo.room_id,
        "owner": echo.owner,
        "became": echo.event_id,
    }
