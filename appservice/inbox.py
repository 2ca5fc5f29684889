"""The durable in-tray: every event the homeserver gave us, raw, until its turn has come.

An event is taken in once, by its event_id: transaction ids restart, jump and arrive late, and
pushes are both repeated and lost (matrix.md 1.5), so the same door serves pushes and walks.
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import msgspec
import sqlalchemy as sa

from appservice.database import KEPT, Change, Database, insert_new, metadata, upsert
from appservice.ids import EventId, RoomId

_LONGEST_ID = 255

inbox_table = sa.Table(
    "event_inbox",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("event_id", sa.Text, nullable=False, unique=True),
    sa.Column("room_id", sa.Text, nullable=False),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("walked", sa.Boolean, nullable=False),
    sa.Column("state", sa.SmallInteger, nullable=False),
    sa.Column("error", sa.Text),
    sa.Index(
        "event_inbox_new",
        "seq",
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    ),
    sa.Index(
        "event_inbox_parked",
        "seq",
        sqlite_where=sa.text("state = 2"),
        postgresql_where=sa.text("state = 2"),
    ),
    info=KEPT,
    sqlite_autoincrement=True,
)


walks_table = sa.Table(
    "room_walks",
    metadata,
    sa.Column("room_id", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, nullable=False),
    info=KEPT,
)


class InboxState(IntEnum):
    """Where an event is on its way through the house."""

    NEW = 0
    DONE = 1
    PARKED = 2
    """A subscriber failed on it; the rest went on."""


@dataclass(frozen=True)
class InboxRow:
    """An event that waits for its turn; *walked* says that it came from a walk, not a push."""

    seq: int
    event_id: EventId
    room_id: RoomId
    raw: bytes
    walked: bool


class Inbox:
    """Takes events in and hands them out in order."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def store(self, events: Sequence[bytes], *, walked: bool = False) -> None:
        """Commit *events*, each one JSON object; those known already change nothing.

        Anything at all is taken in: what it says is looked at when its turn comes.
        """
        if events:
            rows = tuple(_row(event, walked=walked) for event in events)
            await self._database.write(Change(_insert, rows))

    async def is_empty(self) -> bool:
        """Tell whether no event was ever taken in."""
        rows = await self._database.read(sa.select(inbox_table.c.seq).limit(1))
        return not rows

    async def new(self, *, limit: int, after: int = 0) -> Sequence[InboxRow]:
        """Return events whose turn has not come, oldest first."""
        rows = await self._database.read(_new, {"behind": after, "most": limit})
        return [
            InboxRow(
                row.seq,
                EventId(row.event_id),
                RoomId(row.room_id),
                bytes(row.raw),
                bool(row.walked),
            )
            for row in rows
        ]

    async def known(self, event_ids: Sequence[EventId]) -> frozenset[EventId]:
        """Return those of *event_ids* that were taken in before."""
        rows = await self._database.read(
            sa.select(inbox_table.c.event_id).where(inbox_table.c.event_id.in_(event_ids))
        )
        return frozenset(EventId(row.event_id) for row in rows)

    async def received(self, event_ids: Sequence[EventId]) -> Mapping[EventId, int]:
        """Return when those of *event_ids* that we know were taken in, in ms since 1970."""
        columns = inbox_table.c
        rows = await self._database.read(
            sa.select(columns.event_id, columns.received).where(columns.event_id.in_(event_ids))
        )
        return {EventId(row.event_id): row.received for row in rows}

    async def walked_to(self, room_id: RoomId) -> EventId | None:
        """Return the event where the last complete walk of a room began."""
        rows = await self._database.read(
            sa.select(walks_table.c.event_id).where(walks_table.c.room_id == room_id)
        )
        return EventId(rows[0].event_id) if rows else None

    async def mark_walked(self, room_id: RoomId, event_id: EventId) -> None:
        """Note that everything up to *event_id* was taken in."""
        row = {"room_id": room_id, "event_id": event_id}
        await self._database.write(Change(_walked, (row,)))

    async def mark_done(self, sequence: Sequence[int]) -> None:
        """Let go of the raw form of events that every subscriber has seen."""
        rows = tuple({"row_seq": seq} for seq in sequence)
        await self._database.write(Change(_done, rows))

    async def park(self, seq: int, why: str) -> None:
        """Put a poison event aside, with the reason."""
        await self._database.write(
            Change(
                sa.update(inbox_table)
                .where(inbox_table.c.seq == seq)
                .values(state=InboxState.PARKED, error=why[:500])
            )
        )

    async def count(self, state: InboxState) -> int:
        """Return how many events wait, or stand aside (DONE would count the whole history)."""
        rows = await self._database.read(
            sa.select(sa.func.count()).select_from(inbox_table).where(inbox_table.c.state == state)
        )
        return int(rows[0][0])


_insert = insert_new(inbox_table)
_new = (
    sa.select(
        inbox_table.c.seq,
        inbox_table.c.event_id,
        inbox_table.c.room_id,
        inbox_table.c.raw,
        inbox_table.c.walked,
    )
    .where(inbox_table.c.state == InboxState.NEW, inbox_table.c.seq > sa.bindparam("behind"))
    .order_by(inbox_table.c.seq)
    .limit(sa.bindparam("most"))
)
_walked = upsert(walks_table, "room_id")
_done = (
    sa.update(inbox_table)
    .where(inbox_table.c.seq == sa.bindparam("row_seq"))
    .values(state=InboxState.DONE, raw=b"")
)


class _Names(msgspec.Struct):
    """The two fields that a row needs; the rest of an event is not unpacked to store it."""

    event_id: str = ""
    room_id: str = ""


_names_in = msgspec.json.Decoder(_Names)


def _row(raw: bytes, *, walked: bool) -> dict[str, object]:
    try:
        names = _names_in.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        names = _Names()
    event_id = names.event_id
    if not _storable(event_id):
        event_id = "malformed:" + hashlib.sha256(raw).hexdigest()
    return {
        "event_id": event_id,
        "room_id": names.room_id if _storable(names.room_id) else "",
        "raw": raw,
        "received": int(time.time() * 1000),
        "walked": walked,
        "state": InboxState.NEW.value,
    }


def _storable(text: str) -> bool:
    """Tell whether a text can be an identifier: no database takes NUL, no index any length."""
    return bool(text) and text.isprintable() and len(text.encode()) <= _LONGEST_ID
