"""The ledger of webhook calls: taken in once, worked off in order, remembered for 30 days."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import msgspec
import sqlalchemy as sa

from appservice.database import Change, Database, insert_new
from bridges.store import deliveries_table

_BODY_DAYS = 7
_KEY_DAYS = 30
_DAY_MS = 24 * 3600 * 1000


class DeliveryState(IntEnum):
    """Where a delivery is on its way."""

    WAITING = 0
    DONE = 1
    PARKED = 2


@dataclass(frozen=True)
class StoredDelivery:
    """A call that was proved and committed, and waits for its turn."""

    seq: int
    connection: str
    headers: Mapping[str, str]
    body: bytes
    received: int


class Deliveries:
    """The questions about deliveries."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def take_in(
        self, connection: str, delivery_id: str, headers: Mapping[str, str], body: bytes
    ) -> None:
        """Commit a call; one whose id is known changes nothing. Returns after the disk has it."""
        row = {
            "connection": connection,
            "delivery_id": delivery_id,
            "headers": msgspec.json.encode(headers),
            "body": body,
            "received": int(time.time() * 1000),
            "state": DeliveryState.WAITING.value,
        }
        await self._database.write(Change(_insert, (row,)))

    async def waiting(self, *, limit: int, after: int = 0) -> Sequence[StoredDelivery]:
        """Return what is not worked off, oldest first."""
        rows = await self._database.read(
            sa.select(deliveries_table)
            .where(deliveries_table.c.state == DeliveryState.WAITING)
            .where(deliveries_table.c.seq > after)
            .order_by(deliveries_table.c.seq)
            .limit(limit)
        )
        return [
            StoredDelivery(
                row.seq,
                row.connection,
                msgspec.json.decode(bytes(row.headers), type=dict[str, str]),
                bytes(row.body),
                row.received,
            )
            for row in rows
        ]

    async def count(self, state: DeliveryState = DeliveryState.WAITING) -> int:
        """Return how many wait, or stand aside."""
        rows = await self._database.read(
            sa.select(sa.func.count())
            .select_from(deliveries_table)
            .where(deliveries_table.c.state == state)
        )
        return int(rows[0][0])

    def done(self, seq: int, note: str = "") -> Change:
        """Return the change that ends a delivery, for the unit that carries its effect."""
        return Change(_settle, ({"row_seq": seq, "to": DeliveryState.DONE.value, "why": note},))

    def parked(self, seq: int, why: str) -> Change:
        """Return the change that puts a delivery aside."""
        row = {"row_seq": seq, "to": DeliveryState.PARKED.value, "why": why[:500]}
        return Change(_settle, (row,))

    async def purge(self) -> None:
        """Let go of bodies after 7 days and of keys after 30."""
        now = int(time.time() * 1000)
        table = deliveries_table
        old = (table.c.state != DeliveryState.WAITING) & (
            table.c.received < now - _BODY_DAYS * _DAY_MS
        )
        ancient = (table.c.state != DeliveryState.WAITING) & (
            table.c.received < now - _KEY_DAYS * _DAY_MS
        )
        await self._database.write(
            Change(sa.update(table).where(old).values(body=b"", headers=b"{}")),
            Change(sa.delete(table).where(ancient)),
        )


_insert = insert_new(deliveries_table)
_settle = (
    sa.update(deliveries_table)
    .where(deliveries_table.c.seq == sa.bindparam("row_seq"))
    .values(state=sa.bindparam("to"), note=sa.bindparam("why"))
)
