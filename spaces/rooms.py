"""The createRoom bodies of our rooms: pure functions from a declaration."""

from dataclasses import dataclass
from typing import Any

from appservice.ids import RoomId, UserId
from spaces.levels import power_levels
from spaces.model import GROUP_EVENT, ROLES_EVENT, ROOM_EVENT, Access, Declaration, Part
from spaces.naming import order_key

_CHAT = "#"


@dataclass(frozen=True)
class House:
    """What all rooms of one organization share. *via* names the server that knows them."""

    name: str
    version: str
    bot: UserId
    co_creator: UserId | None
    via: str

    @property
    def creators(self) -> tuple[UserId, ...]:
        """Return the accounts that stand above all others."""
        return (self.bot, self.co_creator) if self.co_creator else (self.bot,)


def root_body(house: House) -> dict[str, Any]:
    """Return the organization's space: every account of this homeserver may join it."""
    return _body(
        house,
        Part.ROOT,
        name=house.name,
        uuid="",
        rule={"join_rule": "public"},
        owners=(),
        state=[],
    )


def space_body(house: House, group: Declaration, root: RoomId) -> dict[str, Any]:
    """Return the group's space, which carries the declaration."""
    order = order_key(group.name, group.kind, landmark=group.landmark)
    roles = dict.fromkeys(group.owners, "owner")
    return _body(
        house,
        Part.SPACE,
        name=group.name,
        topic=group.charter,
        uuid=group.uuid,
        rule=_space_rule(group.access, root),
        owners=group.owners,
        state=[
            _state(GROUP_EVENT, group.content(order)),
            _state(ROLES_EVENT, {"roles": roles}),
            parent(root, house.via),
        ],
    )


def inner_body(house: House, group: Declaration, part: Part, space: RoomId) -> dict[str, Any]:
    """Return the posts or the chat room: whoever is in the space may join it."""
    name = group.name if part is Part.POSTS else f"{_CHAT} {group.name}"
    return _body(
        house,
        part,
        name=name,
        topic=group.charter,
        uuid=group.uuid,
        rule=_restricted(space),
        owners=group.owners,
        state=[parent(space, house.via)],
    )


def parent(room_id: RoomId, via: str) -> dict[str, Any]:
    """Return the m.space.parent event that points up to *room_id*."""
    return _state("m.space.parent", {"via": [via], "canonical": True}, state_key=room_id)


def _space_rule(access: Access, root: RoomId) -> dict[str, Any]:
    return {
        Access.OPEN: _restricted(root),
        Access.PRIVATE: {"join_rule": "knock"},
        Access.SECRET: {"join_rule": "invite"},
    }[access]


def _restricted(room_id: RoomId) -> dict[str, Any]:
    allow = [{"type": "m.room_membership", "room_id": room_id}]
    return {"join_rule": "restricted", "allow": allow}


def _state(event_type: str, content: dict[str, Any], *, state_key: str = "") -> dict[str, Any]:
    return {"type": event_type, "state_key": state_key, "content": content}


def _body(
    house: House,
    part: Part,
    *,
    name: str,
    uuid: str,
    rule: dict[str, Any],
    owners: tuple[UserId, ...],
    state: list[dict[str, Any]],
    topic: str = "",
) -> dict[str, Any]:
    levels = power_levels(part, version=house.version, creators=house.creators, owners=owners)
    creation: dict[str, Any] = {"m.federate": False}
    if part in {Part.ROOT, Part.SPACE}:
        creation["type"] = "m.space"
    if house.co_creator and house.version != "11":
        creation["additional_creators"] = [house.co_creator]
    return {
        # trusted_private_chat would make every invited person a creator for ever (matrix.md 2.1).
        "preset": "private_chat",
        "visibility": "private",
        "room_version": house.version,
        "name": name,
        **({"topic": topic} if topic else {}),
        "creation_content": creation,
        "power_level_content_override": levels,
        "invite": [house.co_creator] if house.co_creator else [],
        "initial_state": [
            _state(ROOM_EVENT, {"group": uuid, "part": part.value}),
            _state("m.room.join_rules", rule),
            _state("m.room.history_visibility", {"history_visibility": "shared"}),
            _state("m.room.guest_access", {"guest_access": "forbidden"}),
            *state,
        ],
    }
