"""Links to events that any Matrix client opens (Matrix specification, "matrix.to navigation")."""

from urllib.parse import quote

from appservice.ids import EventId, RoomId


def permalink(room_id: RoomId, event_id: EventId, *, via: str) -> str:
    """Return the link to an event; *via* is a server that is in its room."""
    return f"https://matrix.to/#/{quote(room_id)}/{quote(event_id)}?via={quote(via)}"
