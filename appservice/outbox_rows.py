"""What the outbox holds: its table, and a row before, on and after its way.

Anybody may make an `Outgoing`; the questions about rows are outbox.py's.
"""

import time
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from appservice.database import KEPT, metadata
from appservice.ids import EventId, RoomId, UserId

BOT = "bot"
"""The identity of rows that the bot sends; any other identity names a person's session."""

_PENDING = "outbox:"


class Action(StrEnum):
    """Which call carries the row."""

    SEND = "send"
    STATE = "state"
    REDACT = "redact"


class RowState(IntEnum):
    """Where a row is on its way."""

    WAITING = 0
    SENT = 1
    DEAD = 2
    """The homeserver refused it for good."""
    DRAFT = 3
    """A person's text that could not be sent as them; it waits for the person."""


outbox_table = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("identity", sa.Text, nullable=False),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("room_id", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("event_type", sa.Text, nullable=False),
    sa.Column("state_key", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("ts", sa.BigInteger),
    sa.Column("state", sa.SmallInteger, nullable=False),
    sa.Column("event_id", sa.Text),
    sa.Column("error", sa.Text),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Index(
        "outbox_waiting",
        "id",
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    ),
    sa.Index(
        "outbox_lanes",
        "room_id",
        "identity",
        "id",
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    ),
    sa.Index(
        "outbox_dead",
        "id",
        sqlite_where=sa.text("state = 2"),
        postgresql_where=sa.text("state = 2"),
    ),
    sa.Index(
        "outbox_unsent_by_user",
        "user_id",
        "id",
        sqlite_where=sa.text("state IN (0, 3)"),
        postgresql_where=sa.text("state IN (0, 3)"),
    ),
    info=KEPT,
    sqlite_autoincrement=True,
)


def pending(key: str) -> EventId:
    """Return a stand-in for the event that the row *key* will become.

    It may stand as ``m.relates_to.event_id``, ``m.in_reply_to.event_id`` or as `target`.
    """
    return EventId(_PENDING + key)


@dataclass(frozen=True)
class Outgoing:
    """One thing to be said. *ts* (milliseconds) back-dates it and is for the bot alone."""

    key: str
    room_id: RoomId
    content: dict[str, Any] = field(default_factory=dict)
    event_type: str = "m.room.message"
    action: Action = Action.SEND
    state_key: str = ""
    target: EventId = EventId("")
    """What is redacted, when the action is REDACT; the reason then stands in the content."""
    ts: int | None = None
    identity: str = BOT
    user_id: UserId = UserId("")
    """Whose session it is, when the identity is not the bot."""


@dataclass(frozen=True)
class OutboxRow:
    """A row as it stands."""

    id: int
    key: str
    identity: str
    user_id: UserId
    room_id: RoomId
    action: Action
    event_type: str
    state_key: str
    content: bytes
    target: EventId
    ts: int | None
    state: RowState
    event_id: EventId | None
    error: str | None
    created: int


@dataclass(frozen=True)
class Echo:
    """An event that came back and says which row it was; *owner* is empty for the bot."""

    row_id: int
    room_id: RoomId
    owner: UserId
    event_id: EventId


def to_row(item: Outgoing) -> dict[str, object]:
    """Return *item* as it stands in the table at first."""
    return {
        "key": item.key,
        "identity": item.identity,
        "user_id": item.user_id,
        "room_id": item.room_id,
        "action": item.action.value,
        "event_type": item.event_type,
        "state_key": item.state_key,
        "content": msgspec.json.encode(item.content),
        "target": item.target,
        "ts": item.ts,
        "state": RowState.WAITING.value,
        "created": _now(),
    }


def parse_row(row: sa.Row[Any]) -> OutboxRow:
    """Return a row as it stands in the table."""
    return OutboxRow(
        id=row.id,
        key=row.key,
        identity=row.identity,
        user_id=UserId(row.user_id),
        room_id=RoomId(row.room_id),
        action=Action(row.action),
        event_type=row.event_type,
        state_key=row.state_key,
        content=bytes(row.content),
        target=EventId(row.target),
        ts=row.ts,
        state=RowState(row.state),
        event_id=EventId(row.event_id) if row.event_id else None,
        error=row.error,
        created=row.created,
    )


def _now() -> int:
    return int(time.time() * 1000)
