"""The rooms of the organization as they should be: pure functions from a declaration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from appservice.ids import RoomAlias, RoomId, UserId, localpart
from appservice.languages import DEFAULT_LANGUAGE, Language
from spaces.kinds import Kind, built_in_kinds
from spaces.levels import endless, power_levels
from spaces.model import GROUP_EVENT, ROLES_EVENT, ROOM_EVENT, Declaration, Group
from spaces.order import order_key
from spaces.sharing import SERVER_ACL, server_acl
from spaces.vocabulary import Access, Part

TOMBSTONE = "m.room.tombstone"
_CHAT_NAME = {Language.FR: "{name} · discussion", Language.EN: "{name} · chat"}


@dataclass(frozen=True)
class House:
    """What all rooms of one organization share. *via* names the server that knows them."""

    name: str
    version: str
    bot: UserId
    co_creator: UserId | None
    via: str
    language: Language = DEFAULT_LANGUAGE
    """The language of the few room names that we choose."""
    kinds: Mapping[str, Kind] = field(default_factory=built_in_kinds)

    @property
    def creators(self) -> tuple[UserId, ...]:
        """Return the accounts that stand above all others."""
        return (self.bot, self.co_creator) if self.co_creator else (self.bot,)

    def alias(self, slug: str) -> RoomAlias:
        """Return the name that people can type: the bot's own for the root (empty *slug*)."""
        local = localpart(self.bot)
        return RoomAlias(f"#{local}_{slug}:{self.via}" if slug else f"#{local}:{self.via}")

    def order(self, group: Declaration) -> str:
        """Return where *group* stands in lists."""
        return order_key(group, self.kinds)


@dataclass(frozen=True)
class StateItem:
    """One state event as it should be."""

    type: str
    content: dict[str, Any]
    state_key: str = ""


@dataclass(frozen=True)
class RoomPlan:
    """A room as it should be, whether it is still to be made or stands already."""

    house: House
    part: Part
    name: str
    rule: dict[str, Any]
    group: Declaration | None = None
    """Whose room it is; None for the organization's own space."""
    slug: str | None = None
    """What its alias ends in; empty for the bot's own name, None for no alias."""
    more: tuple[StateItem, ...] = ()

    @property
    def uuid(self) -> str:
        """Return the group's, or an empty text for the root."""
        return self.group.uuid if self.group else ""

    @property
    def topic(self) -> str:
        """Return what clients show under the name."""
        return self.group.charter.topic if self.group else ""

    @property
    def partners(self) -> tuple[str, ...]:
        """Return the servers of other organizations that take part."""
        return self.group.partners if self.group else ()

    @property
    def alias(self) -> RoomAlias | None:
        """Return the name that people can type, if the room has one."""
        return None if self.slug is None else self.house.alias(self.slug)

    @property
    def mark(self) -> dict[str, str]:
        """Return what says in the room itself which room it is."""
        return {"group": self.uuid, "part": self.part.value}

    def levels(self, *, version: str, creators: tuple[UserId, ...]) -> dict[str, Any]:
        """Return the power levels for a room of *version* whose create event names *creators*."""
        above = endless(version, creators)
        return power_levels(self.part, self.group, trustees=self.house.creators, above=above)

    def state(self, *, federated: bool) -> Iterator[StateItem]:
        """Walk what must hold besides levels, name, topic and alias."""
        yield StateItem(ROOM_EVENT, dict(self.mark))
        yield StateItem("m.room.join_rules", self.rule)
        # The people of a group decide who comes in; its memory belongs to whoever they let in.
        yield StateItem("m.room.history_visibility", {"history_visibility": "shared"})
        yield StateItem("m.room.guest_access", {"guest_access": "forbidden"})
        if federated:
            yield StateItem(SERVER_ACL, server_acl(self.house.via, self.partners))
        yield from self.more

    def body(self) -> dict[str, Any]:
        """Return the createRoom body.

        The mark stands in the create event, the very first one: even a room that the homeserver
        left half made is known again.
        """
        house = self.house
        federated = bool(self.partners)
        creation: dict[str, Any] = {"m.federate": federated, ROOM_EVENT: self.mark}
        if self.part in {Part.ROOT, Part.SPACE}:
            creation["type"] = "m.space"
        if house.co_creator and house.version != "11":
            creation["additional_creators"] = [house.co_creator]
        return {
            # trusted_private_chat would make every invited person a creator for ever.
            "preset": "private_chat",
            "visibility": "private",
            "room_version": house.version,
            "name": self.name,
            **({"topic": self.topic} if self.topic else {}),
            "creation_content": creation,
            "power_level_content_override": self.levels(
                version=house.version, creators=house.creators
            ),
            "invite": [house.co_creator] if house.co_creator else [],
            "initial_state": [
                {"type": item.type, "state_key": item.state_key, "content": item.content}
                for item in self.state(federated=federated)
            ],
        }


def root_plan(house: House) -> RoomPlan:
    """Return the organization's space: every account of this homeserver may join it."""
    return RoomPlan(house, Part.ROOT, house.name, {"join_rule": "public"}, slug="")


def space_plan(house: House, group: Declaration, *, root: RoomId, above: RoomId) -> RoomPlan:
    """Return the group's space, which carries the declaration; *above* is where it hangs."""
    return RoomPlan(
        house,
        Part.SPACE,
        name=group.name,
        rule=_space_rule(group.access, root),
        group=group,
        slug=None if group.access is Access.SECRET else group.slug,
        more=(
            StateItem(GROUP_EVENT, group.content(house.order(group))),
            StateItem(ROLES_EVENT, group.roles_content()),
            parent(above, house.via),
        ),
    )


def inner_plan(house: House, group: Declaration, part: Part, space: RoomId) -> RoomPlan:
    """Return the posts or the chat room: whoever is in the space may join it."""
    chat_name = _CHAT_NAME[house.language].replace("{name}", group.name)
    return RoomPlan(
        house,
        part,
        name=group.name if part is Part.POSTS else chat_name,
        rule=_restricted(space),
        group=group,
        more=(parent(space, house.via),),
    )


def former_plan(house: House, group: Group, part: Part) -> RoomPlan:
    """Return a room in whose place another came: who is in the group may still read there."""
    asleep = replace(group.declaration, archived=True)
    now = {Part.POSTS: group.posts_id, Part.CHAT: group.chat_id or group.posts_id}
    space = part is Part.SPACE
    plan = inner_plan(house, asleep, part, group.space_id)
    return replace(
        plan,
        name=group.name if space else plan.name,
        rule={"join_rule": "invite"} if space else plan.rule,
        more=(StateItem(TOMBSTONE, tombstone(group.space_id if space else now[part])),),
    )


def tombstone(room_id: RoomId) -> dict[str, Any]:
    """Return the m.room.tombstone content that sends people on to *room_id*."""
    return {"body": "→", "replacement_room": room_id}


def parent(room_id: RoomId, via: str) -> StateItem:
    """Return the m.space.parent event that points up to *room_id*."""
    return StateItem("m.space.parent", {"via": [via], "canonical": True}, state_key=room_id)


def child(room_id: RoomId, via: str, *, order: str, suggested: bool) -> StateItem:
    """Return the m.space.child event that points down to *room_id*."""
    content = {"via": [via], "order": order, "suggested": suggested}
    return StateItem("m.space.child", content, state_key=room_id)


def _space_rule(access: Access, root: RoomId) -> dict[str, Any]:
    """Return who joins by themselves; people of partners, who are never in *root*, are invited."""
    return {
        Access.OPEN: _restricted(root),
        Access.PRIVATE: {"join_rule": "knock"},
        Access.SECRET: {"join_rule": "invite"},
    }[access]


def _restricted(room_id: RoomId) -> dict[str, Any]:
    allow = [{"type": "m.room_membership", "room_id": room_id}]
    return {"join_rule": "restricted", "allow": allow}
