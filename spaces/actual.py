"""A room as it stands: its state, and what each account is to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from appservice.account import Account
from appservice.events import MEMBER, RoomEvent
from appservice.ids import RoomId, UserId
from appservice.payload import Payload
from spaces.membership import Standing
from spaces.model import BY_FIELD

_OUT = frozenset({"leave", "ban"})


@dataclass(frozen=True)
class RoomState:
    """What the homeserver says of a room now."""

    room_id: RoomId
    version: str = ""
    creators: tuple[UserId, ...] = ()
    content: Mapping[tuple[str, str], Payload] = field(default_factory=dict)
    """State contents by type and key, without members."""
    accounts: Mapping[UserId, Standing] = field(default_factory=dict)

    senders: Mapping[tuple[str, str], UserId] = field(default_factory=dict)
    """Who set each of these."""

    def state(self, event_type: str, state_key: str = "") -> Payload | None:
        """Return the content of one state event, or None if the room has none."""
        return self.content.get((event_type, state_key))

    def membership(self, user_id: UserId) -> str:
        """Return what an account is to the room."""
        return self.accounts.get(user_id, Standing()).membership


async def read_room(bot: Account, room_id: RoomId) -> RoomState:
    """Ask the homeserver, in one call."""
    return room_state(room_id, await bot.state(room_id), bot=bot.user_id)


def room_state(room_id: RoomId, events: tuple[RoomEvent, ...], *, bot: UserId) -> RoomState:
    """Return the state that *events* make."""
    content: dict[tuple[str, str], Payload] = {}
    accounts: dict[UserId, Standing] = {}
    senders: dict[tuple[str, str], UserId] = {}
    version, creators = "", tuple[UserId, ...]()
    for event in events:
        if event.type == MEMBER:
            accounts[UserId(event.state_key or "")] = _standing(event, bot)
            continue
        content[event.type, event.state_key or ""] = event.content
        senders[event.type, event.state_key or ""] = event.sender
        if event.type == "m.room.create":
            version = event.content.text("room_version")
            others = event.content.texts("additional_creators")
            creators = (event.sender, *(UserId(user) for user in others))
    return RoomState(room_id, version, creators, content, accounts, senders)


def _standing(event: RoomEvent, bot: UserId) -> Standing:
    membership = event.content.text("membership")
    theirs = event.sender != bot or BY_FIELD in event.content
    return Standing(membership, by_hand=membership in _OUT and theirs, event_id=event.event_id)
