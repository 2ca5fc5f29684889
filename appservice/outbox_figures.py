"""What the figures ask of the outbox; its partial indexes answer."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from appservice.database import Database
from appservice.ids import RoomId
from appservice.outbox_rows import RowState, outbox_table

_columns = outbox_table.c


async def oldest_waiting_by_room(database: Database) -> Mapping[RoomId, int]:
    """Return when the oldest row that waits for each room came in, in milliseconds since 1970."""
    rows = await database.read(
        sa.select(_columns.room_id, sa.func.min(_columns.created).label("at"))
        .where(_in(RowState.WAITING))
        .group_by(_columns.room_id)
    )
    return {RoomId(row.room_id): row.at for row in rows}


async def dead_keys(database: Database) -> Sequence[str]:
    """Return the keys of what the homeserver refused for good; one may hold a connection's address."""
    rows = await database.read(sa.select(_columns.key).where(_in(RowState.DEAD)))
    return [row.key for row in rows]


def _in(state: RowState) -> sa.ColumnElement[bool]:
    return _columns.state == sa.literal_column(str(state.value))
