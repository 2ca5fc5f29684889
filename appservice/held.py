"""The bot's word on a post that is held back: how spaces write it, and the feed reads it."""

from appservice.ids import EventId

FIELD = "org.parvis.held"
"""Content field of the bot's answer: ``{"event": the post, "state": "held" or "published"}``."""

HELD, PUBLISHED = "held", "published"


def key_of(state: str, event_id: EventId | str) -> str:
    """Return the outbox key of the answer that says *state* of a post."""
    return f"{state}:{event_id}"
