"""Finds the card that a reply is below, where the reply alone does not tell.

A client without threads answers a message of the thread, and does not say of which thread. So what was
answered is asked for, and what that answers, until a thread or a root comes to light. And a reply may
be heard before its card came back to us (a push that got stuck), so that nobody knows the card yet.
"""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from appservice.errors import Forbidden, MalformedEvent, NotFound
from appservice.events import RelationKind, RoomEvent
from appservice.ids import EventId, RoomId, UserId

EventOf: TypeAlias = Callable[[RoomId, EventId], Awaitable[RoomEvent]]
"""Returns an event of a room, or raises HomeserverError."""

_DEEPEST = 10
"""Answers to answers to answers: who goes on for longer talks, and does not write to a source."""


async def root_above(event: RoomEvent, event_of: EventOf) -> EventId | None:
    """Return the root of what *event* answers, or None where none is found."""
    relation = event.relation
    for _ in range(_DEEPEST):
        if relation is None or relation.kind not in {RelationKind.REPLY, RelationKind.THREAD}:
            return None
        if relation.kind is RelationKind.THREAD:
            return relation.target
        try:
            above = await event_of(event.room_id, relation.target)
        except (Forbidden, NotFound, MalformedEvent):
            return None
        if above.relation is None:
            return above.event_id
        relation = above.relation
    return None


async def card_mark(room_id: RoomId, event_id: EventId, event_of: EventOf, *, bot: UserId) -> str:
    """Return the mark of the bot's card that an event is, or an empty text if it is none."""
    try:
        root = await event_of(room_id, event_id)
    except (Forbidden, NotFound, MalformedEvent):
        return ""
    return root.content.text("org.parvis.root") if root.sender == bot else ""
