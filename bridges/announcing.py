"""How a room itself says what feeds it: a state event, without address and secret."""

import secrets
from typing import Any

from appservice.ids import RoomId, UserId
from appservice.outbox import Outbox
from appservice.outbox_rows import Action, Outgoing
from bridges import catching
from bridges.acting.accounts import forgotten
from bridges.base import App
from bridges.connection import Connection, Connections
from bridges.options import AS_USUAL, Options
from bridges.pulling.store import forgetting


async def connect(
    connections: Connections,
    outbox: Outbox,
    *,
    app: App,
    room_id: RoomId,
    creator: UserId,
    scheme: str = "",
    options: Options = AS_USUAL,
) -> Connection:
    """Make a connection, of which the room is told by the same commit."""
    identifier = await connections.add(
        app,
        room_id,
        creator,
        scheme=scheme,
        options=options,
        besides=lambda made: outbox.change(_announcement(made, app)),
    )
    outbox.wake.set()
    return await connections.get(identifier)


async def disconnect(connections: Connections, outbox: Outbox, connection: Connection) -> None:
    """Remove a connection for good, of which the room is told by the same commit."""
    gone = outbox.change(_said(connection, {}))
    await connections.remove(
        connection.id,
        gone,
        forgotten(connection.id),
        forgetting(connection.id),
        catching.forgetting(connection.id),
    )
    outbox.wake.set()


def _announcement(connection: Connection, app: App) -> Outgoing:
    content = {"app": app.slug, "name": app.name, "created_by": connection.created_by}
    return _said(connection, content)


def _said(connection: Connection, content: dict[str, Any]) -> Outgoing:
    return Outgoing(
        key=f"summary:{connection.id}:{secrets.token_hex(4)}",
        room_id=connection.room_id,
        action=Action.STATE,
        event_type="org.parvis.connection",
        state_key=connection.short,
        content=content,
    )
