"""Groups as frozen values, and the state events that declare them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from appservice.ids import RoomId, UserId
from appservice.payload import Payload
from spaces.charter import EMPTY, Charter, charter_of, date_of
from spaces.vocabulary import Access, Part, Posting, Role

GROUP_EVENT = "org.parvis.group"
ROOM_EVENT = "org.parvis.room"
ROLES_EVENT = "org.parvis.roles"
BY_FIELD = "org.parvis.by"
"""In a removal that the bot carried out: on whose word. Such a person is out by hand."""

MIDDLE = 50
"""The place of a landmark that no admin has put anywhere."""


@dataclass(frozen=True)
class Declaration:
    """What a group should be; its uuid never changes, its rooms may."""

    uuid: str
    slug: str
    name: str
    kind: str
    access: Access
    charter: Charter = EMPTY
    landmark: bool = False
    place: int = MIDDLE
    """Where a landmark stands among the landmarks, 0 to 99."""
    labels: tuple[str, ...] = ()
    roles: tuple[tuple[UserId, Role], ...] = ()
    """Who is more, or less, than a member; sorted by account."""
    rule: str = ""
    """Whom the directory brings in (rules.py); empty: nobody."""
    parent: str = ""
    """The uuid of the group that this one stands below; empty: the organization itself."""
    chat: bool = True
    ends: date | None = None
    language: str = ""
    partners: tuple[str, ...] = ()
    """Server names of the partners with whom the group is shared."""
    archived: bool = False
    rests_since: int = 0
    """When it was archived, in milliseconds since 1970; 0: not known, or it is not."""
    successor: str = ""
    """The uuid of the group that an archived one was merged into."""
    posting: Posting = Posting.EVERYONE
    commenting: Posting = Posting.EVERYONE
    rooms: tuple[tuple[Part, RoomId], ...] = ()
    """Its rooms, where they are not those with which it began: taken over, or upgraded to."""
    former: tuple[tuple[Part, RoomId], ...] = ()
    """The rooms in whose place others came; they can be read, nothing can be written there."""

    moved: tuple[tuple[str, str], ...] = ()
    """Labels that go on in other groups, with the uuid of each."""

    @property
    def owners(self) -> tuple[UserId, ...]:
        """Return who answers for the group."""
        return tuple(user_id for user_id, role in self.roles if role is Role.OWNER)

    def role_of(self, user_id: UserId) -> Role:
        """Return what an account is, once it is in the group."""
        return dict(self.roles).get(user_id, Role.MEMBER)

    def room(self, part: Part) -> RoomId | None:
        """Return the room that is declared to be *part*, if one is."""
        return dict(self.rooms).get(part)

    def followed(self, part: Part, old: RoomId | None, new: RoomId) -> "Declaration":
        """Return the same with room *new* in the place of *old*, or of none."""
        rooms = {**dict(self.rooms), part: new}
        if part is Part.SPACE:
            del rooms[part]  # A space carries the declaration itself, and is found by its mark.
        return replace(
            self,
            rooms=tuple(sorted(rooms.items())),
            former=(*self.former, (part, old)) if old and old != new else self.former,
        )

    def content(self, order: str) -> dict[str, object]:
        """Return the ``org.parvis.group`` event that declares it."""
        return {
            "uuid": self.uuid,
            "slug": self.slug,
            "kind": self.kind,
            "tier": "landmark" if self.landmark else "living",
            "place": self.place,
            "access": self.access.value,
            "posting": self.posting.value,
            "commenting": self.commenting.value,
            "charter": self.charter.content(),
            "labels": list(self.labels),
            "rule": self.rule,
            "parent": self.parent,
            "chat": self.chat,
            "ends": self.ends.isoformat() if self.ends else "",
            "language": self.language,
            "order": order,
            "partners": list(self.partners),
            "archived": self.archived,
            "rests_since": self.rests_since,
            "successor": self.successor,
            "moved": dict(self.moved),
            "rooms": {part.value: room_id for part, room_id in self.rooms},
            "former": [{"part": part.value, "room": room_id} for part, room_id in self.former],
        }

    def roles_content(self) -> dict[str, object]:
        """Return the ``org.parvis.roles`` event that says who is what."""
        return {"roles": {user_id: role.value for user_id, role in self.roles}}


@dataclass(frozen=True)
class Group:
    """A declared group with its rooms."""

    declaration: Declaration
    space_id: RoomId
    posts_id: RoomId
    chat_id: RoomId | None = None

    @property
    def rooms(self) -> tuple[RoomId, ...]:
        """Return its rooms, the space first."""
        return (self.space_id, *self.inner_rooms)

    @property
    def every_room(self) -> tuple[RoomId, ...]:
        """Return its rooms, the space first, with those of former times."""
        return (*self.rooms, *(room_id for _, room_id in self.declaration.former))

    @property
    def inner_rooms(self) -> tuple[RoomId, ...]:
        """Return the rooms in its space."""
        return (self.posts_id, self.chat_id) if self.chat_id else (self.posts_id,)

    @property
    def name(self) -> str:
        """Return what people call it."""
        return self.declaration.name

    @property
    def slug(self) -> str:
        """Return its address."""
        return self.declaration.slug


def with_roles(
    roles: Mapping[UserId, Role] | tuple[tuple[UserId, Role], ...],
) -> tuple[tuple[UserId, Role], ...]:
    """Return *roles* as a declaration holds them: sorted, without those who are plain members."""
    return tuple(
        sorted((user, role) for user, role in dict(roles).items() if role is not Role.MEMBER)
    )


def declaration_of(content: Payload, name: str, roles: Payload) -> Declaration:
    """Return the declaration that the state of a group's space makes.

    What cannot be read counts as secret: better unseen than betrayed.
    """
    access, place = content.text("access"), content.number("place")
    return Declaration(
        uuid=content.text("uuid"),
        slug=content.text("slug"),
        name=name,
        kind=content.text("kind"),
        access=Access(access) if access in set(Access) else Access.SECRET,
        charter=charter_of(content.at("charter")),
        landmark=content.text("tier") == "landmark",
        place=MIDDLE if place is None else place,
        labels=content.texts("labels"),
        roles=_roles_of(roles),
        rule=content.text("rule"),
        parent=content.text("parent"),
        chat=content.flag("chat") or "chat" not in content,
        ends=date_of(content.text("ends")),
        language=content.text("language"),
        partners=content.texts("partners"),
        archived=content.flag("archived"),
        rests_since=content.number("rests_since") or 0,
        successor=content.text("successor"),
        posting=_posting(content.text("posting")),
        commenting=_posting(content.text("commenting")),
        moved=_moved_of(content.at("moved")),
        rooms=_rooms_of(content.at("rooms")),
        former=tuple(
            (Part(one.text("part")), RoomId(one.text("room")))
            for one in content.items("former")
            if one.text("part") in set(Part) and one.text("room")
        ),
    )


def _roles_of(content: Payload) -> tuple[tuple[UserId, Role], ...]:
    """Return the declared roles; what cannot be read makes nobody more than a member."""
    declared = content.at("roles")
    return with_roles(
        {
            UserId(user): Role(declared.text(user))
            for user in declared.keys()  # noqa: SIM118 - a Payload is no mapping
            if declared.text(user) in set(Role)
        }
    )


def _moved_of(content: Payload) -> tuple[tuple[str, str], ...]:
    labels = sorted(content.keys())
    return tuple((label, uuid) for label in labels if (uuid := content.text(label)))


def _rooms_of(content: Payload) -> tuple[tuple[Part, RoomId], ...]:
    named = ((part, content.text(part.value)) for part in Part)
    return tuple(sorted((part, RoomId(room_id)) for part, room_id in named if room_id))


def _posting(text: str) -> Posting:
    return Posting(text) if text in set(Posting) else Posting.EVERYONE
