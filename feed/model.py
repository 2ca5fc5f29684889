"""What the feed shows, as frozen values. Times are milliseconds since 1970.

`store.py` answers with these, `views/` turn them into the contexts of `pages.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from appservice.ids import EventId, RoomId, UserId
from appservice.languages import DEFAULT_LANGUAGE, Language


class Access(StrEnum):
    """Who may join a group (DESIGN section 4)."""

    OPEN = "open"
    PRIVATE = "private"
    SECRET = "secret"  # noqa: S105 - a word, no password


@dataclass(frozen=True)
class Person:
    """An account as rooms know it; *avatar* is an mxc URI or empty."""

    user_id: UserId
    name: str
    avatar: str = ""
    external: str = ""
    """The partner's server name, for people of another homeserver."""


@dataclass(frozen=True)
class GroupView:
    """A group as one viewer may see it. For a private group that the viewer has not joined,
    *members*, *last_post* and the posts are not told (None).
    """

    uuid: str
    slug: str
    name: str
    kind: str
    access: Access
    landmark: bool
    order: str
    charter: str
    """The purpose in one or two sentences, plain text."""
    space_id: RoomId
    posts_room_id: RoomId
    chat_room_id: RoomId | None
    joined: bool
    asked: bool = False
    """The viewer has knocked and waits."""
    invited: bool = False
    may_post: bool = False
    members: int | None = None
    posts_per_week: int | None = None
    last_post: int | None = None
    shared_with: tuple[str, ...] = ()
    unread: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)
    """The charter's answers, by the names that feed.groups lists."""
    labels: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """Names of the apps that feed it."""
    parent: str = ""
    """The uuid of the group above, which the viewer may not know."""
    archived: bool = False
    rests_since: int = 0
    """Since when an archived one rests; 0: not known."""
    language: str = ""
    """The language that its owners chose for it; empty: none."""
    rule: str = ""
    """Whom the directory brings in, where the viewer may know."""
    successor: str = ""
    """The uuid of the group in which this one goes on."""
    former: tuple[RoomId, ...] = ()
    """Rooms in whose place others came, of which the viewer's account is in these."""

    @property
    def read_rooms(self) -> tuple[RoomId, ...]:
        """Return the rooms whose posts the viewer may read here."""
        return ((self.posts_room_id,) if self.joined else ()) + self.former


@dataclass(frozen=True)
class Reaction:
    """One key under a post or comment, with the people who chose it."""

    key: str
    count: int
    mine: EventId | None
    """The viewer's own reaction event, if they have one."""
    people: tuple[UserId, ...] = ()


@dataclass(frozen=True)
class Media:
    """A picture or file of a message. *path* is our own address of it, below /media/."""

    kind: str
    """image, video, audio or file."""
    name: str
    path: str
    thumbnail_path: str
    mimetype: str = ""
    size: int | None = None
    width: int | None = None
    height: int | None = None
    description: str = ""


@dataclass(frozen=True)
class CardField:
    """One fact of a case, both sides plain text."""

    name: str
    value: str


@dataclass(frozen=True)
class CardView:
    """The living card's content (``org.parvis.card``)."""

    app: str
    app_name: str
    noun: str
    number: str
    title: str
    url: str
    state_word: str
    state_class: str
    """open, progress, blocked, done, failed, or empty for what has no state."""
    fields: tuple[CardField, ...] = ()
    stands_alone: bool = False
    """It is no case, but one thing that happened: a push, an entry of a feed."""
    place: str = ""
    """The host to which *url* leads, for what is no place itself: a feed, a webhook."""
    excerpt_html: str = ""
    steps: int = 0
    latest_step: str = ""
    continued: str = ""
    """The event of the card in which the case goes on; empty: in this one."""
    told_in: str = ""
    """The event of the card whose loud change this is, said once more; empty: this is no such line."""


@dataclass(frozen=True)
class Comment:
    """One reply in a post's thread. *html* is safe; *robot* marks the steps of a case."""

    event_id: EventId
    author: Person
    at: int
    html: str
    text: str
    language: str = ""
    edited_at: int | None = None
    deleted: bool = False
    robot: bool = False
    in_reply_to: Person | None = None
    reactions: tuple[Reaction, ...] = ()
    media: Media | None = None
    cursor: str = ""


@dataclass(frozen=True)
class Thread:
    """Some comments of a post, oldest first, and what stands before and after them."""

    comments: tuple[Comment, ...]
    steps: tuple[Comment, ...] = ()
    older: str = ""
    """The cursor of the comments before these; empty: there are none."""
    newer: str = ""


@dataclass(frozen=True)
class Post:
    """One post with everything its slab shows. *title* may be empty (a one-line post's line is
    then its whole text); *html* is safe and leaves out the line that serves as title.
    """

    event_id: EventId
    room_id: RoomId
    group: GroupView
    author: Person
    at: int
    title: str
    html: str
    text: str
    language: str
    heading: str
    """The title as it is shown: French signs held to their words."""
    source: str
    """The Markdown or plain text that an edit form starts from."""
    labels: tuple[str, ...] = ()
    edited_at: int | None = None
    comments: int = 0
    latest_comment: Comment | None = None
    unread_comment: bool = False
    """The newest comment is by somebody else, and the viewer has not seen it."""
    reactions: tuple[Reaction, ...] = ()
    media: Media | None = None
    card: CardView | None = None
    unread: bool = False
    robot: bool = False
    reference: bool = False
    """It stands for a post of another group, where it is talked about."""
    referred: EventId | None = None
    """That post, if the viewer may read it."""
    cursor: str = ""
    """Where a page that goes on after this post begins."""


@dataclass(frozen=True)
class Page:
    """Some posts, newest first, and where the following ones begin (empty: the feed ends)."""

    posts: tuple[Post, ...]
    next_cursor: str = ""


@dataclass(frozen=True)
class PendingWrite:
    """What the viewer wrote that the homeserver has not taken yet, or will not take as theirs."""

    key: str
    room_id: RoomId
    kind: str
    """post, comment, edit, reaction, deletion."""
    title: str
    text: str
    draft: bool
    """True: it cannot be sent as it is, and waits for the person."""
    why: str = ""
    about: EventId | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Viewer:
    """Who looks: the account of a session."""

    user_id: UserId
    name: str
    avatar: str
    session: str
    """The identity under which the outbox sends for them."""
    is_admin: bool = False
    language: Language = DEFAULT_LANGUAGE


@dataclass(frozen=True)
class Change:
    """Something happened that open pages may show: `live` tells those who may see the room."""

    seq: int
    """When it was told, in milliseconds of `Live.now`; 0 before."""
    room_id: RoomId
    kind: str
    """post, comment, edit, deletion, reaction, members, group, homeserver, refresh."""
    event_id: EventId
    """The post concerned (for a comment, its post); empty for the last four."""


@dataclass(frozen=True)
class KindView:
    """A kind of group as pages need it; the roof makes these from spaces.kinds."""

    key: str
    icon: str
    """A Lucide name."""
    names: Mapping[str, str] = field(default_factory=dict)
    """By language: one group's kind ("Projet")."""
    plurals: Mapping[str, str] = field(default_factory=dict)
    """By language: the heading over several ("Projets")."""
    for_everybody: bool = False
    """Everybody in the organization is in such a group."""
