"""Takes back what the bot said: events that stand are redacted, rows that wait go out as shells.

A row that waits may be under way at this moment, and nobody knows whether it arrives. So it is not
withdrawn: an empty shell takes the place of what it says, goes out under the same txn id, and is
redacted behind it in its lane. No row keeps the name of what it was about.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from appservice.database import Change, Database, insert_new
from appservice.ids import EventId, RoomId
from appservice.outbox_rows import (
    BOT,
    Action,
    OutboxRow,
    Outgoing,
    RowState,
    outbox_table,
    pending,
    to_row,
)

_NOTHING = {"msgtype": "m.notice", "body": "…", "m.mentions": {}}


def new_name(row: OutboxRow) -> str:
    """Return the key that *row* has once it was taken back."""
    return f"forgotten:{row.id}"


def redaction(room_id: RoomId, event_id: EventId) -> Outgoing:
    """Return what redacts one event of the bot's, once."""
    return Outgoing(f"forget:{event_id}", room_id, action=Action.REDACT, target=event_id)


async def unsent_below(database: Database, rows: Sequence[OutboxRow]) -> Sequence[str]:
    """Return the keys of what the bot did not get out yet, or never will, below one of *rows*: it knows
    them by the names that they are about to lose.
    """
    names = {pending(row.key) for row in rows}
    found = await database.read(_unsent, {"rooms": list({row.room_id for row in rows})})
    return [one.key for one in found if _root_of(one.content) in names]


def taking_back(rows: Sequence[OutboxRow]) -> tuple[Sequence[Change], Sequence[Outgoing]]:
    """Return the changes that take *rows* back, and the redactions that are among them.

    Call ``wake.set()`` of the outbox after the commit.
    """
    names = {pending(row.key): pending(new_name(row)) for row in rows}
    renamed = tuple({"row_id": row.id, "name": new_name(row)} for row in rows)
    emptied = tuple(
        {"row_id": row.id, "shell": msgspec.json.encode(_shell(row, names))} for row in rows
    )
    redactions = [_redaction_of(row) for row in rows if row.state in _MAY_STAND]
    changes = [Change(_rename, renamed), Change(_empty, emptied)] if rows else []
    if redactions:
        changes.append(Change(_insert, tuple(to_row(one) for one in redactions)))
    return changes, redactions


def _root_of(content: bytes) -> object:
    relates = msgspec.json.decode(content or b"{}").get("m.relates_to")
    return relates.get("event_id") if isinstance(relates, dict) else None


def _redaction_of(row: OutboxRow) -> Outgoing:
    return redaction(row.room_id, row.event_id or pending(new_name(row)))


def _shell(row: OutboxRow, names: Mapping[EventId, EventId]) -> dict[str, Any]:
    """Return what stands in the place of a row's content: where it belongs, and nothing else."""
    relates = msgspec.json.decode(row.content or b"{}").get("m.relates_to")
    if not isinstance(relates, dict):
        return dict(_NOTHING)
    for holder in (relates, relates.get("m.in_reply_to")):
        if isinstance(holder, dict) and "event_id" in holder:
            holder["event_id"] = names.get(holder["event_id"], holder["event_id"])
    shell = {**_NOTHING, "m.relates_to": relates}
    if relates.get("rel_type") == "m.replace":
        shell["m.new_content"] = dict(_NOTHING)
    return shell


_MAY_STAND = {RowState.WAITING, RowState.SENT}
_insert = insert_new(outbox_table)
_one = sa.update(outbox_table).where(outbox_table.c.id == sa.bindparam("row_id"))
_rename = _one.values(key=sa.bindparam("name"))
_empty = _one.where(outbox_table.c.state != RowState.SENT.value).values(
    content=sa.bindparam("shell")
)


def _of_the_bots(state: RowState) -> sa.Select[Any]:
    columns = outbox_table.c
    return (
        sa.select(columns.key, columns.content)
        .where(columns.state == sa.literal_column(str(state.value)))
        .where(columns.identity == BOT)
        .where(columns.room_id.in_(sa.bindparam("rooms", expanding=True)))
    )


_unsent = sa.union_all(_of_the_bots(RowState.WAITING), _of_the_bots(RowState.DEAD))
