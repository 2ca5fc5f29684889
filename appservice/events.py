"""Matrix events as frozen values, parsed once from what the homeserver sent."""

from dataclasses import dataclass, field
from enum import StrEnum

from appservice.errors import MalformedEvent, MalformedId
from appservice.ids import EventId, RoomId, UserId, parse_user_id
from appservice.payload import NotJson, Payload

MESSAGE = "m.room.message"
REACTION = "m.reaction"
REDACTION = "m.room.redaction"
MEMBER = "m.room.member"
ENCRYPTED = "m.room.encrypted"
ENCRYPTION = "m.room.encryption"

TXN_FIELD = "org.parvis.txn"
"""Content field by which we know our own sends again; the push carries no transaction id."""


class RelationKind(StrEnum):
    """How an event points at another (Client-Server API, "Forming relationships")."""

    THREAD = "m.thread"
    REPLACE = "m.replace"
    ANNOTATION = "m.annotation"
    REPLY = "reply"


@dataclass(frozen=True)
class Relation:
    """The event that this one is about, and in which way."""

    kind: RelationKind
    target: EventId
    key: str = ""
    in_reply_to: EventId | None = None


@dataclass(frozen=True)
class RoomEvent:
    """One event as pushed or fetched; *origin_ts* is milliseconds since 1970, the sender's word."""

    event_id: EventId
    room_id: RoomId
    sender: UserId
    type: str
    origin_ts: int
    content: Payload
    state_key: str | None = None
    redacts: EventId | None = None
    unsigned: Payload = field(default_factory=Payload)

    @property
    def redacted(self) -> bool:
        """Tell whether the homeserver gave this event already stripped."""
        return "redacted_because" in self.unsigned

    @property
    def soft_failed(self) -> bool:
        """Tell whether the homeserver hides this event from all clients."""
        return self.unsigned.flag("io.element.synapse.soft_failed")

    @property
    def relation(self) -> Relation | None:
        """Return the relation of the content, or None if there is none that we know."""
        return relation_of(self.content)


def relation_of(content: Payload) -> Relation | None:
    """Read ``m.relates_to``; a plain reply counts as a relation of kind REPLY."""
    relates = content.at("m.relates_to")
    target = relates.text("event_id")
    reply = EventId(relates.text("m.in_reply_to", "event_id")) or None
    kind = relates.text("rel_type")
    if target and kind in {RelationKind.THREAD, RelationKind.REPLACE, RelationKind.ANNOTATION}:
        in_thread = None if relates.flag("is_falling_back") else reply
        return Relation(RelationKind(kind), EventId(target), relates.text("key"), in_thread)
    if reply and not kind:
        return Relation(RelationKind.REPLY, reply, in_reply_to=reply)
    return None


def parse_event(raw: bytes | Payload) -> RoomEvent:
    """Return the event in *raw*, or raise MalformedEvent naming what is wrong."""
    try:
        event = raw if isinstance(raw, Payload) else Payload.parse(raw)
        sender = parse_user_id(event.text("sender"))
    except (NotJson, MalformedId) as error:
        raise MalformedEvent(str(error)) from error
    origin_ts = event.number("origin_server_ts")
    needed = event.text("event_id"), event.text("room_id"), event.text("type")
    if origin_ts is None or origin_ts < 0 or not all(needed):
        raise MalformedEvent("event_id, room_id, type or origin_server_ts is missing")
    # As they came: a text of a Payload has lost its NUL, and would name another event.
    given = [event.fields.get(name) for name in ("event_id", "room_id", "type", "state_key")]
    if any(not _storable(part) for part in given if isinstance(part, str)):
        raise MalformedEvent("an identifier holds what no database stores")
    redacts = event.text("content", "redacts") or event.text("redacts")
    return RoomEvent(
        event_id=EventId(needed[0]),
        room_id=RoomId(needed[1]),
        sender=sender,
        type=needed[2],
        origin_ts=origin_ts,
        content=event.at("content"),
        state_key=event.text("state_key") if "state_key" in event else None,
        redacts=EventId(redacts) if redacts else None,
        unsigned=event.at("unsigned"),
    )


def _storable(text: str) -> bool:
    return "\x00" not in text and len(text.encode("utf-8", "replace")) <= 255  # noqa: PLR2004
