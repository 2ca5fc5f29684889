"""What people are in a group, and what each may do there.

Roles are declared in ``org.parvis.roles`` and become power levels: the homeserver enforces them.
What it cannot tell apart, a post from a comment, is held back by the bot (DESIGN section 4).
"""

from collections.abc import Mapping
from enum import StrEnum

from appservice.languages import N_
from spaces.vocabulary import Posting, Role

LEVELS: Mapping[Role, int] = {
    Role.OWNER: 100,
    Role.MODERATOR: 50,
    Role.POSTER: 10,
    Role.MEMBER: 0,
    Role.GUEST: -1,
}
"""Power level of each role. Guests stand below members, so that their posts can be held."""

ROLE_NAMES: Mapping[Role, str] = {
    Role.OWNER: N_("owner"),
    Role.MODERATOR: N_("moderator"),
    Role.POSTER: N_("poster"),
    Role.MEMBER: N_("member"),
    Role.GUEST: N_("guest"),
}
"""Msgids."""


class Action(StrEnum):
    """What somebody may want to do in a group."""

    READ = "read"
    CHAT = "chat"
    COMMENT = "comment"
    REACT = "react"
    POST = "post"
    PUBLISH = "publish"
    """Let a held post of somebody else appear."""
    REDACT = "redact"
    PIN = "pin"
    KICK = "kick"
    BAN = "ban"
    INVITE = "invite"
    TOPIC = "topic"
    RENAME = "rename"
    LEVELS = "levels"


_NEEDS: Mapping[Action, int] = {
    Action.READ: -1,
    Action.CHAT: -1,
    Action.COMMENT: -1,
    Action.REACT: -1,
    Action.PUBLISH: 10,
    Action.REDACT: 50,
    Action.PIN: 50,
    Action.KICK: 50,
    Action.BAN: 100,
    Action.INVITE: 100,
    Action.TOPIC: 100,
    Action.RENAME: 150,
    Action.LEVELS: 150,
}


class Outcome(StrEnum):
    """What comes of trying."""

    DONE = "done"
    HELD = "held"
    REFUSED = "refused"


def posting_level(posting: Posting) -> int:
    """Return the level from which on a post appears at once."""
    return LEVELS[Role.MEMBER] if posting is Posting.EVERYONE else LEVELS[Role.POSTER]


def needed_level(action: Action) -> int:
    """Return the level that *action* asks for; POST has none: whoever may comment may send it."""
    return _NEEDS.get(action, LEVELS[Role.GUEST])


def outcome(role: Role, action: Action, posting: Posting) -> Outcome:
    """Return what comes of *action* by somebody of *role* in a group with this *posting*."""
    level = LEVELS[role]
    if action is Action.POST:
        return Outcome.DONE if level >= posting_level(posting) else Outcome.HELD
    return Outcome.DONE if level >= needed_level(action) else Outcome.REFUSED


def role_of_level(level: int) -> Role:
    """Return the highest role that *level* carries."""
    return next((role for role in Role if level >= LEVELS[role]), Role.GUEST)
