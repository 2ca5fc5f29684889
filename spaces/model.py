"""Groups as frozen values."""

from dataclasses import dataclass
from enum import StrEnum

from appservice.ids import RoomId, UserId

GROUP_EVENT = "org.parvis.group"
ROOM_EVENT = "org.parvis.room"
ROLES_EVENT = "org.parvis.roles"


class Access(StrEnum):
    """Who may join (DESIGN section 4)."""

    OPEN = "open"
    PRIVATE = "private"
    SECRET = "secret"  # noqa: S105 - a word, no password


class Part(StrEnum):
    """What a room of ours is to its group."""

    ROOT = "root"
    SPACE = "space"
    POSTS = "posts"
    CHAT = "chat"


@dataclass(frozen=True)
class Declaration:
    """What a group should be; its uuid never changes, its rooms may."""

    uuid: str
    slug: str
    name: str
    kind: str
    access: Access
    charter: str = ""
    landmark: bool = False
    labels: tuple[str, ...] = ()
    owners: tuple[UserId, ...] = ()
    archived: bool = False

    def content(self, order: str) -> dict[str, object]:
        """Return the ``org.parvis.group`` event that declares it."""
        return {
            "uuid": self.uuid,
            "slug": self.slug,
            "kind": self.kind,
            "tier": "landmark" if self.landmark else "living",
            "access": self.access.value,
            "charter": {"text": self.charter},
            "labels": list(self.labels),
            "order": order,
            "partners": [],
            "archived": self.archived,
        }


@dataclass(frozen=True)
class Group:
    """A declared group with its rooms."""

    declaration: Declaration
    space_id: RoomId
    posts_id: RoomId
    chat_id: RoomId

    @property
    def rooms(self) -> tuple[RoomId, ...]:
        """Return its three rooms, the space first."""
        return (self.space_id, self.posts_id, self.chat_id)

    @property
    def name(self) -> str:
        """Return what people call it."""
        return self.declaration.name

    @property
    def slug(self) -> str:
        """Return its address."""
        return self.declaration.slug
