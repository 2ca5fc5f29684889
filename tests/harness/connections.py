"""A connection as a value, for what is told of one without a database."""

from appservice.ids import RoomId, UserId
from bridges.connection import Connection, ConnectionState
from bridges.options import Options


def connection_with(options: Options) -> Connection:
    """Return GitHub's connection with a room, in use."""
    return Connection(
        id="c",
        app="github",
        room_id=RoomId("!room:parvis.test"),
        scheme="hmac",
        state=ConnectionState.ACTIVE,
        created_by=UserId("@ana:parvis.test"),
        last_delivery=None,
        shown=True,
        secrets=(),
        options=options,
    )
