"""Who may act at a source through a connection: the one place that says so.

    writers: nobody | owners | members | accounts (globs)

Whoever is meant by "owners" or "members" has an account of our own server; of other servers only
those may act whom an account's glob names. Federated people read; that they write is a decision.
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from appservice.ids import RoomId, UserId, server_of
from bridges.connection import Connection
from bridges.options import MEMBERS, OWNERS, asks_for

MayManage: TypeAlias = Callable[[UserId, RoomId], Awaitable[bool]]


async def may_act(
    user_id: UserId, connection: Connection, *, server: str, may_manage: MayManage
) -> bool:
    """Tell whether *user_id*, who is in the connection's room, may act; *server* is our own."""
    writers = connection.options.writers
    ours = server_of(user_id) == server
    if MEMBERS in writers:
        return ours
    if OWNERS in writers:
        return ours and await may_manage(user_id, connection.room_id)
    return asks_for(user_id, writers)
