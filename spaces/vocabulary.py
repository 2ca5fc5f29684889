"""The few words that say how a group comes to be, and of which its declaration is made."""

from enum import StrEnum


class Creation(StrEnum):
    """Who may make groups (`groups.creation`)."""

    ANYONE = "anyone"
    APPROVED = "approved"
    ADMINS = "admins"


class Access(StrEnum):
    """Who may join (DESIGN section 4)."""

    OPEN = "open"
    PRIVATE = "private"
    SECRET = "secret"  # noqa: S105 - a word, no password


class Posting(StrEnum):
    """Whose posts appear at once. Rooms do not enforce it: a comment is the same type of event."""

    EVERYONE = "everyone"
    SOME = "some"


class Part(StrEnum):
    """What a room of ours is to its group."""

    ROOT = "root"
    SPACE = "space"
    POSTS = "posts"
    CHAT = "chat"


class Role(StrEnum):
    """What an account is in a group, the highest first."""

    OWNER = "owner"
    MODERATOR = "moderator"
    POSTER = "poster"
    MEMBER = "member"
    GUEST = "guest"
