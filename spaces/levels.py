"""Power levels: prevent before repairing. 150 is the bot's and the co-creator's, owners hold 100.

In room version 12 creators stand above all numbers and must not be listed; in 11 they must be
(lab.md 7). The map is always sent whole: an override replaces the homeserver's own.
"""

from collections.abc import Collection
from typing import Any

from appservice.ids import UserId
from spaces.model import Part

CREATOR, OWNER = 150, 100
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
_OWNERS = ("m.room.topic", "m.room.pinned_events", "m.room.avatar", "org.parvis.featured")


def endless(version: str, creators: Collection[UserId]) -> frozenset[UserId]:
    """Return which of a room's *creators* stand above all numbers in its version."""
    return frozenset() if version == "11" else frozenset(creators)


def power_levels(
    part: Part,
    *,
    trustees: Collection[UserId],
    above: Collection[UserId],
    owners: Collection[UserId],
) -> dict[str, Any]:
    """Return the content of m.room.power_levels for a room of ours.

    *trustees* are the bot and the co-creator; those of them (or of the owners) who are *above*
    all numbers must not be listed.
    """
    users = dict.fromkeys(owners, OWNER) | dict.fromkeys(trustees, CREATOR)
    silent = part in {Part.ROOT, Part.SPACE}
    return {
        "users": {user: level for user, level in users.items() if user not in above},
        "users_default": 0,
        "events": dict.fromkeys(_CREATORS_ONLY, CREATOR) | dict.fromkeys(_OWNERS, OWNER),
        "events_default": OWNER if silent else 0,
        "state_default": CREATOR,
        "invite": OWNER,
        "kick": OWNER,
        "ban": OWNER,
        "redact": OWNER,
        # Synapse adds this one to a new room; without it, mending would send all levels anew.
        "historical": OWNER,
        "notifications": {"room": OWNER},
    }
