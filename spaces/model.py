"""Groups as frozen values."""

from dataclasses import dataclass
from enum import StrEnum

from appservice.ids import RoomId, UserId
from appservice.payload import Payload

GROUP_EVENT = "org.parvis.group"
ROOM_EVENT = "org.parvis.room"
ROLES_EVENT = "org.parvis.roles"


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
    posting: Posting = Posting.EVERYONE
    partners: tuple[str, ...] = ()
    """Server names of the organizations that it is shared with."""

    def content(self, order: str) -> dict[str, object]:
        """Return the ``org.parvis.group`` event that declares it."""
        return {
            "uuid": self.uuid,
            "slug": self.slug,
            "kind": self.kind,
            "tier": "landmark" if self.landmark else "living",
            "access": self.access.value,
            "posting": self.posting.value,
            "charter": {"text": self.charter},
            "labels": list(self.labels),
            "order": order,
            "partners": list(self.partners),
            "archived": self.archived,
        }

    def roles(self) -> dict[str, object]:
        """Return the ``org.parvis.roles`` event that says who is what."""
        return {"roles": dict.fromkeys(self.owners, "owner")}


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


def declaration_of(content: Payload, name: str, roles: Payload) -> Declaration:
    """Return the declaration that the state of a group's space makes.

    What cannot be read counts as secret: better unseen than betrayed.
    """
    access, posting = content.text("access"), content.text("posting")
    return Declaration(
        uuid=content.text("uuid"),
        slug=content.text("slug"),
        name=name,
        kind=content.text("kind"),
        access=Access(access) if access in set(Access) else Access.SECRET,
        charter=content.text("charter", "text"),
        landmark=content.text("tier") == "landmark",
        labels=content.texts("labels"),
        owners=tuple(sorted(_owners(roles))),
        archived=content.flag("archived"),
        posting=Posting(posting) if posting in set(Posting) else Posting.EVERYONE,
        partners=content.texts("partners"),
    )


def _owners(roles: Payload) -> list[UserId]:
    return [UserId(user) for user in roles.keys() if roles.text(user) == "owner"]  # noqa: SIM118
