"""Who may publish what waits, and which posts do; `store.py` asks with this."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.ids import RoomId, UserId
from appservice.payload import Payload
from feed.tables import FeedTables

PUBLISHING, CARING, OWNING = 10, 50, 100
"""Power levels from which on an account publishes held posts, and keeps order in a group."""


async def level_of(
    connection: AsyncConnection, tables: FeedTables, user_id: UserId, room_id: RoomId
) -> int:
    """Return the power level that an account holds in a room."""
    state = tables.state
    raw = await connection.scalar(
        sa.select(state.c.content)
        .where(state.c.room_id == room_id)
        .where(state.c.type == "m.room.power_levels", state.c.state_key == "")
    )
    levels = Payload.parse(bytes(raw)) if raw else Payload()
    own = levels.number("users", user_id)
    return own if own is not None else levels.number("users_default") or 0
