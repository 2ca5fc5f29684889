"""The ledger of webhook calls: taken in once, worked off in order, remembered for 30 days."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.database import Change, Database, insert_or_count
from bridges.store import deliveries_table, storable_id
from bridges.tally import Tally

WITHHELD = "withheld: "
"""Begins the note of a call that was not told, before the reason."""
FORGOTTEN = "forgotten"
"""Is the reason where the call's case is forgotten."""
FAREWELL = "its app calls no more"
"""Is the note of a call that said so."""
_BODY_DAYS = 7
_IDS_AT_ONCE = 500
_MOST_BYTES = 8 * 1024 * 1024
"""Of bodies read at once, but for the last one: an app may send megabytes in each of many calls."""
_KEY_DAYS = 30
_DAY_MS = 24 * 3600 * 1000
_PURGED_AT_ONCE = 500


class DeliveryState(IntEnum):
    """Where a delivery is on its way."""

    WAITING = 0
    DONE = 1
    PARKED = 2
    RESTING = 3
    """Came within its connection's quiet hours, and waits for their end."""


@dataclass(frozen=True)
class StoredDelivery:
    """A call that was proved and committed, and waits for its turn."""

    seq: int
    connection: str
    headers: Mapping[str, str]
    body: bytes
    received: int


@dataclass(frozen=True)
class ParkedDelivery:
    """A call that was put aside, and why; *received* is milliseconds since 1970."""

    seq: int
    received: int
    why: str
    can_be_read: bool
    """Its body is kept still."""


class Deliveries:
    """The questions about deliveries."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Callable[[], float] = time.time,
        tally: Tally | None = None,
    ) -> None:
        """*tally* counts what is taken in."""
        self._database = database
        self._clock = clock
        self._tally = tally or Tally()

    async def take_in(
        self, connection: str, delivery_id: str, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Commit a call; one whose id is known changes nothing. Returns after the disk has it."""
        await self._database.write(self._taken(connection, delivery_id, headers, body))
        self._tally.received[connection] += 1

    def taken(
        self, connection: str, delivery_id: str, headers: Mapping[str, str], body: bytes
    ) -> Change:
        """Return the change that takes a call in, for the unit that says where it came from.

        It is counted here, since nobody tells us of the commit.
        """
        self._tally.received[connection] += 1
        return self._taken(connection, delivery_id, headers, body)

    def _taken(
        self, connection: str, delivery_id: str, headers: Mapping[str, str], body: bytes
    ) -> Change:
        row = {
            "connection": connection,
            "delivery_id": storable_id(delivery_id),
            "headers": msgspec.json.encode(headers),
            "body": body,
            "received": self._now(),
            "state": DeliveryState.WAITING.value,
        }
        return Change(_insert, (row,))

    async def waiting(self, *, limit: int, after: int = 0) -> Sequence[StoredDelivery]:
        """Return what is not worked off, oldest first: *limit* at most, and fewer where they are heavy."""
        columns = deliveries_table.c
        next_ones = (
            sa.select(columns.seq, sa.func.length(columns.body).label("size"))
            .where(columns.state == DeliveryState.WAITING, columns.seq > after)
            .order_by(columns.seq)
            .limit(limit)
            .subquery()
        )
        up_to = sa.func.sum(next_ones.c.size).over(order_by=next_ones.c.seq)
        weighed = sa.select(next_ones.c.seq, (up_to - next_ones.c.size).label("before")).subquery()
        light = sa.select(weighed.c.seq).where(weighed.c.before < _MOST_BYTES)
        rows = await self._database.read(
            sa.select(deliveries_table).where(columns.seq.in_(light)).order_by(columns.seq)
        )
        return [_stored(row) for row in rows]

    async def count(self, state: DeliveryState = DeliveryState.WAITING) -> int:
        """Return how many wait, or stand aside."""
        rows = await self._database.read(
            sa.select(sa.func.count())
            .select_from(deliveries_table)
            .where(deliveries_table.c.state == state)
        )
        return int(rows[0][0])

    async def parked_of(self, connection: str, *, limit: int) -> Sequence[ParkedDelivery]:
        """Return the calls of a connection that were put aside, newest first."""
        columns = deliveries_table.c
        rows = await self._database.read(
            sa.select(
                columns.seq,
                columns.received,
                columns.note,
                (sa.func.length(columns.body) > 0).label("full"),
            )
            .where(_PARKED, columns.connection == connection)
            .order_by(columns.seq.desc())
            .limit(limit)
        )
        return [
            ParkedDelivery(row.seq, row.received, row.note or "", can_be_read=bool(row.full))
            for row in rows
        ]

    async def count_parked(self, connections: Collection[str]) -> Mapping[str, int]:
        """Return how many calls of each of *connections* were put aside; those without are left out."""
        columns = deliveries_table.c
        rows = await self._database.read(
            sa.select(columns.connection, sa.func.count().label("calls"))
            .where(_PARKED, columns.connection.in_(connections))
            .group_by(columns.connection)
        )
        return {row.connection: row.calls for row in rows}

    async def read_again(self, connection: str, seq: int | None = None) -> int:
        """Let calls that were put aside wait for their turn again, all or one; return how many.

        One whose body is gone says nothing any more.
        """
        columns = deliveries_table.c
        which = [_PARKED, columns.connection == connection, sa.func.length(columns.body) > 0]
        if seq is not None:
            which.append(columns.seq == seq)

        async def work(database: AsyncConnection) -> int:
            waiting = sa.update(deliveries_table).where(*which)
            freed = await database.execute(
                waiting.values(state=DeliveryState.WAITING.value, note=None)
            )
            return freed.rowcount

        return await self._database.run(work)

    async def resting(self) -> Mapping[str, int]:
        """Return the connections of which calls rest, with how many do."""
        columns = deliveries_table.c
        rows = await self._database.read(
            sa.select(columns.connection, sa.func.count().label("calls"))
            .where(_RESTING)
            .group_by(columns.connection)
        )
        return {row.connection: row.calls for row in rows}

    async def awake(self, connections: Collection[str]) -> None:
        """Let calls of *connections* that rest wait for their turn."""
        which = deliveries_table.c.connection.in_(connections)
        waiting = sa.update(deliveries_table).where(_RESTING, which)
        await self._database.write(Change(waiting.values(state=DeliveryState.WAITING.value)))

    async def times(self, connection: str, *, limit: int = 200) -> Sequence[int]:
        """Return when the last calls of a connection came, oldest first."""
        columns = deliveries_table.c
        rows = await self._database.read(
            sa.select(columns.received)
            .where(columns.connection == connection)
            .order_by(columns.seq.desc())
            .limit(limit)
        )
        return sorted(row.received for row in rows)

    async def standing(self, connection: str, delivery_id: str) -> tuple[DeliveryState | None, str]:
        """Return where a call is on its way, and its note; None for one that never came."""
        columns = deliveries_table.c
        rows = await self._database.read(
            sa.select(columns.state, columns.note).where(
                columns.connection == connection,
                columns.delivery_id == storable_id(delivery_id),
            )
        )
        return (DeliveryState(rows[0].state), rows[0].note or "") if rows else (None, "")

    async def last_note(self, connection: str) -> str:
        """Return the note of the newest call of a connection, empty if it has none."""
        columns = deliveries_table.c
        newest = sa.select(columns.note).where(columns.connection == connection)
        rows = await self._database.read(newest.order_by(columns.seq.desc()).limit(1))
        return (rows[0].note or "") if rows else ""

    async def latest(self, connection: str) -> StoredDelivery | None:
        """Return the newest call whose body is kept, among the last twenty of a connection."""
        columns = deliveries_table.c
        newest = (
            sa.select(columns.seq)
            .where(columns.connection == connection)
            .order_by(columns.seq.desc())
            .limit(20)
        )
        rows = await self._database.read(
            sa.select(deliveries_table)
            .where(columns.seq.in_(newest), sa.func.length(columns.body) > 0)
            .order_by(columns.seq.desc())
            .limit(1)
        )
        return _stored(rows[0]) if rows else None

    async def kept(self, connection: str) -> Sequence[int]:
        """Return the numbers of a connection's calls whose bodies are kept, oldest first."""
        columns = deliveries_table.c
        rows = await self._database.read(
            sa.select(columns.seq)
            .where(columns.connection == connection, sa.func.length(columns.body) > 0)
            .order_by(columns.seq)
        )
        return [row.seq for row in rows]

    async def those(self, numbers: Sequence[int]) -> Sequence[StoredDelivery]:
        """Return the calls that have these *numbers*."""
        rows = await self._database.read(
            sa.select(deliveries_table).where(deliveries_table.c.seq.in_(numbers))
        )
        return [_stored(row) for row in rows]

    async def known(self, connection: str, ids: Sequence[str]) -> frozenset[str]:
        """Return which of the *ids* are those of calls that came to a connection."""
        columns, stored = deliveries_table.c, {storable_id(one): one for one in ids}
        wanted, found = list(stored), set[str]()
        for start in range(0, len(wanted), _IDS_AT_ONCE):
            rows = await self._database.read(
                sa.select(columns.delivery_id)
                .where(columns.connection == connection)
                .where(columns.delivery_id.in_(wanted[start : start + _IDS_AT_ONCE]))
            )
            found |= {stored[row.delivery_id] for row in rows}
        return frozenset(found)

    async def withheld(self, connection: str) -> Mapping[str, int]:
        """Return how many calls of the last 30 days were not told, by what their notes say."""
        columns = deliveries_table.c
        rows = await self._database.read(
            sa.select(columns.note, sa.func.count().label("calls"))
            .where(columns.connection == connection, columns.note.startswith(WITHHELD))
            .group_by(columns.note)
        )
        return {row.note.removeprefix(WITHHELD): row.calls for row in rows}

    def done(self, seq: int, note: str = "", *, empty: bool = False) -> Change:
        """Return the change that ends a delivery, for the unit that carries its effect.

        *empty*: its body holds what may not be kept.
        """
        row = {"row_seq": seq, "to": DeliveryState.DONE.value, "why": note}
        return Change(_settle_empty if empty else _settle, (row,))

    def forgotten(self, seq: int) -> Sequence[Change]:
        """Return the changes that let go of a call about a case that is forgotten.

        One that waits for its turn is let go of when that comes.
        """
        row = {"row_seq": seq, "why": f"{WITHHELD}{FORGOTTEN}"}
        return (Change(_forgo, (row,)), Change(_empty_done, ({"row_seq": seq},)))

    def parked(self, seq: int, why: str) -> Change:
        """Return the change that puts a delivery aside."""
        row = {"row_seq": seq, "to": DeliveryState.PARKED.value, "why": why[:500]}
        return Change(_settle, (row,))

    def rests(self, seq: int) -> Change:
        """Return the change that lets a delivery rest until its connection's quiet hours are over."""
        row = {"row_seq": seq, "to": DeliveryState.RESTING.value, "why": ""}
        return Change(_settle, (row,))

    async def purge_for_ever(self, *, every: float) -> None:
        """Purge now, and again *every* so many seconds."""
        while True:
            await self.purge()
            await asyncio.sleep(every)

    async def purge(self) -> None:
        """Let go of bodies after 7 days and of keys after 30.

        It walks from the oldest on, some hundred at a time, and stops at the first that is young:
        calls that come in meanwhile must not wait for it.
        """
        now, after = self._now(), 0
        while block := await self._oldest(after):
            old = [row for row in block if row.received < now - _BODY_DAYS * _DAY_MS]
            gone = [row.seq for row in old if row.received < now - _KEY_DAYS * _DAY_MS]
            emptied = [row.seq for row in old if row.full and row.seq not in gone]
            changes = [
                Change(statement, tuple({"row_seq": seq} for seq in which))
                for statement, which in ((_empty, emptied), (_forget, gone))
                if which
            ]
            if changes:
                await self._database.write(*changes)
            if len(old) < len(block):
                return
            after = block[-1].seq

    async def _oldest(self, after: int) -> Sequence[sa.Row[Any]]:
        columns = deliveries_table.c
        return await self._database.read(
            sa.select(
                columns.seq, columns.received, (sa.func.length(columns.body) > 0).label("full")
            )
            .where(columns.seq > after)
            .where(columns.state.in_([DeliveryState.DONE, DeliveryState.PARKED]))
            .order_by(columns.seq)
            .limit(_PURGED_AT_ONCE)
        )

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _stored(row: sa.Row[Any]) -> StoredDelivery:
    return StoredDelivery(
        row.seq,
        row.connection,
        msgspec.json.decode(bytes(row.headers), type=dict[str, str]),
        bytes(row.body),
        row.received,
    )


_PARKED = deliveries_table.c.state == sa.literal_column(str(DeliveryState.PARKED.value))
_RESTING = deliveries_table.c.state == sa.literal_column(str(DeliveryState.RESTING.value))
"""No bound value: of a partial index alone SQLite answers only where it reads the index's own words."""
_insert = insert_or_count(deliveries_table, "connection", "delivery_id", counter="repeats")
_settle = (
    sa.update(deliveries_table)
    .where(deliveries_table.c.seq == sa.bindparam("row_seq"))
    .values(state=sa.bindparam("to"), note=sa.bindparam("why"))
)
_settle_empty = _settle.values(body=b"", headers=b"{}")
_empty = (
    sa.update(deliveries_table)
    .where(deliveries_table.c.seq == sa.bindparam("row_seq"))
    .values(body=b"", headers=b"{}")
)
_empty_done = _empty.where(deliveries_table.c.state == DeliveryState.DONE.value)
_forgo = (
    sa.update(deliveries_table)
    .where(deliveries_table.c.seq == sa.bindparam("row_seq"))
    .where(deliveries_table.c.state.in_([DeliveryState.PARKED.value, DeliveryState.RESTING.value]))
    .values(state=DeliveryState.DONE.value, note=sa.bindparam("why"), body=b"", headers=b"{}")
)
"""What rests or was put aside will not be told, so that it is done with."""
_forget = sa.delete(deliveries_table).where(deliveries_table.c.seq == sa.bindparam("row_seq"))
