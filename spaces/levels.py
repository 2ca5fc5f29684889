"""Power levels: prevent before repairing. 150 is the bot's and the co-creator's, owners hold 100.

In room version 12 creators stand above all numbers and must not be listed; in 11 they must be
(lab.md 7). The map is always sent whole: an override replaces the homeserver's own.
"""

from collections.abc import Collection
from typing import Any

from appservice.ids import UserId
from appservice.payload import Payload
from spaces.model import Declaration
from spaces.roles import LEVELS, Action, needed_level
from spaces.vocabulary import Part, Posting, Role

CREATOR, OWNER = 150, LEVELS[Role.OWNER]
VERSIONS = ("11", "12")

_CREATORS_ONLY = (
    "m.room.name",
    "m.room.power_levels",
    "m.room.history_visibility",
    "m.room.join_rules",
    "m.room.server_acl",
    "m.room.encryption",
    "m.room.tombstone",
    "m.room.canonical_alias",
    "m.room.guest_access",
    "m.room.third_party_invite",
    "m.space.child",
    "m.space.parent",
    "org.parvis.group",
    "org.parvis.room",
    "org.parvis.roles",
    "org.parvis.connection",
)
_OWNERS = ("m.room.topic", "m.room.avatar", "org.parvis.featured")
_CARETAKERS = ("m.room.pinned_events",)


def endless(version: str, creators: Collection[UserId]) -> frozenset[UserId]:
    """Return which of a room's *creators* stand above all numbers in its version."""
    return frozenset() if version == "11" else frozenset(creators)


def power_levels(
    part: Part,
    group: Declaration | None,
    *,
    trustees: Collection[UserId],
    above: Collection[UserId],
) -> dict[str, Any]:
    """Return the content of m.room.power_levels for a room of *group* (None: the root space).

    *trustees* are the bot and the co-creator; those of them (or of the people) who are *above*
    all numbers must not be listed.
    """
    roles = {user: LEVELS[role] for user, role in group.roles} if group else {}
    users = roles | dict.fromkeys(trustees, CREATOR)
    return {
        "users": {user: level for user, level in users.items() if user not in above},
        "users_default": LEVELS[Role.MEMBER],
        "events": dict.fromkeys(_CREATORS_ONLY, CREATOR)
        | dict.fromkeys(_OWNERS, OWNER)
        | dict.fromkeys(_CARETAKERS, needed_level(Action.PIN)),
        "events_default": _speaking(part, group),
        "state_default": CREATOR,
        "invite": needed_level(Action.INVITE),
        "kick": needed_level(Action.KICK),
        "ban": needed_level(Action.BAN),
        "redact": needed_level(Action.REDACT),
        # Synapse adds this one to a new room; without it, mending would send all levels anew.
        "historical": OWNER,
        "notifications": {"room": OWNER},
    }


def capped(wanted: dict[str, Any], present: Payload, *, bot: UserId) -> dict[str, Any]:
    """Return *wanted* as far as the bot may set it in a room that somebody else made.

    Nobody gives a level above their own, nor lowers whoever stands as high (Server-Server API,
    authorization rules): those keep theirs.
    """
    users = present.at("users")
    top = users.number(bot) or 0
    held = {user: users.number(user) or 0 for user in users.keys()}  # noqa: SIM118 - a Payload
    kept = {user: level for user, level in held.items() if level >= top and user != bot}
    below: dict[str, Any] = {
        name: {key: min(level, top) for key, level in value.items()}
        if isinstance(value, dict)
        else min(value, top)
        for name, value in wanted.items()
    }
    return {**below, "users": {**below["users"], **kept}}


def _speaking(part: Part, group: Declaration | None) -> int:
    """Return the level that messages ask for; nobody speaks in a space, or in what is archived."""
    if group is None or part in {Part.ROOT, Part.SPACE}:
        return OWNER
    if group.archived:
        return CREATOR
    if part is Part.POSTS and group.commenting is Posting.SOME:
        return LEVELS[Role.POSTER]
    return LEVELS[Role.GUEST]
