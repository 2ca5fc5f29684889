"""Where apps call and people write to, as their owners are told."""

from bridges.auth import LetterAddress
from bridges.connection import Connection
from bridges.house import Bridges


def address_of(connection: Connection, bridges: Bridges, hooks_url: str) -> str:
    """Return where its app calls or, to a connection for letters, where people write to."""
    if connection.scheme != LetterAddress.slug:
        return f"{hooks_url}/hooks/{connection.id}"
    return bridges.letterbox.addresses.of(connection) if bridges.letterbox else ""
