"""What an app says of a delivery: pure values, no Matrix, no HTML.

A Reading holds what is known of a case now (Card) and what happened (Activity); Ignored says why nothing is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bridges.listed import Part


class StateClass(StrEnum):
    """What a case's state amounts to; icon and colour follow it (look.md section 5)."""

    OPEN = "open"
    PROGRESS = "progress"
    BLOCKED = "blocked"
    DONE = "done"
    FAILED = "failed"


class Secrecy(StrEnum):
    """Who may learn of a delivery, as its app says."""

    PUBLIC = "public"
    INTERNAL = "internal"
    """The organization: withheld where other servers read along (a private repository)."""
    CONFIDENTIAL = "confidential"
    """Those who work in the app: withheld everywhere (an agent's note, a confidential issue)."""


class Importance(StrEnum):
    """How far an activity is heard.

    QUIET changes the card only; NORMAL is also a comment in its thread; LOUD is such a comment
    and lifts the card when it is buried. RECOVERY is NORMAL if it ends a failure, else QUIET: where
    the thread says that it failed, it says that it is well again.
    """

    QUIET = "quiet"
    RECOVERY = "recovery"
    NORMAL = "normal"
    LOUD = "loud"


@dataclass(frozen=True)
class State:
    """A case's state: the app's own *word* and its class.

    One that is *presumed* holds until a call says how the case stands, whenever that call was made.
    """

    word: str
    kind: StateClass
    presumed: bool = False


@dataclass(frozen=True)
class Field:
    """One fact on a card. *name* is a msgid (English, sentence case); *value* is plain text."""

    name: str
    value: str


@dataclass(frozen=True)
class Card:
    """What is known of a case now; None means "not said by this delivery", so it is left as is.

    *case* is the stable id inside the connection (never a title). *fields* and *labels* replace
    the known ones by name and as a whole. *updated* is the source's own time in milliseconds
    and decides which of two states is newer. *final* states win ties.
    """

    case: str
    noun: str
    """What the app calls it, a msgid: "Pull request", "Ticket"."""
    number: str = ""
    """What people call it: "#42"; empty if the app has none."""
    called: str | None = None
    """How it is called until a title is said; of several the first stays."""
    title: str | None = None
    url: str | None = None
    state: State | None = None
    excerpt: str | None = None
    """Words from outside, with marks as appservice.light_markdown reads them; a few hundred characters are shown."""
    text: str | None = None
    """What the post itself says, shown whole (a letter); most cases have a card alone."""
    fields: tuple[Field, ...] = ()
    labels: tuple[str, ...] | None = None
    parts: tuple[Part, ...] = ()
    updated: int | None = None
    begun: int | None = None
    """When it happened, for its place among posts, where *updated* is no time of it but ranks states."""
    final: bool = False
    confidential: bool | None = None
    """Whether the case itself is for those who work in the app; a call may be so without it (a note)."""
    deleted: bool | None = None
    """True: gone at its source, the card becomes a tombstone; False: it was brought back."""


@dataclass(frozen=True)
class Activity:
    """One thing that happened. *key* with the case makes it unique, whoever delivers it again;
    empty, where nothing tells two alike apart: then each delivery tells it.

    *verb* is a msgid with {actor} and, where it says more, the names of *values*, for example
    "{actor} added the label {label}"; empty: nothing is told. *text* may hold such marks (a comment).
    """

    key: str
    verb: str
    actor: str
    at: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    url: str = ""
    importance: Importance = Importance.NORMAL
    by_bot: bool = False
    remark: str = ""
    """The source's id of the comment that was made, as its API says it; how our own is known again."""
    actor_id: str = ""
    """The source's id of the actor; empty if the call does not say."""
    field: str = ""
    """The field whose change this is; it is not told where that field may not be shown."""


@dataclass(frozen=True)
class Sender:
    """Whose word a delivery is, where anybody may send one (a letter).

    *proved*: somebody whom we believe vouches for the *address*; *inside*: it is the organization's.
    """

    address: str
    proved: bool = False
    inside: bool = False


@dataclass(frozen=True)
class Reading:
    """What a delivery says: a card, what happened, or both; *event* is the declared name.

    Without a card (a push, a feed entry) the activity becomes a post of its own, titled *title*.
    *branch* and *project* are what filters ask for; empty where there is none.
    """

    event: str
    card: Card | None = None
    activities: tuple[Activity, ...] = ()
    title: str = ""
    secrecy: Secrecy = Secrecy.PUBLIC
    branch: str = ""
    project: str = ""
    sender: Sender | None = None
    """None where the call itself was proved."""


def fields(*pairs: tuple[str, str | None]) -> tuple[Field, ...]:
    """Return the facts of a card; an empty text clears one, None means that it is not said."""
    return tuple(Field(name, value) for name, value in pairs if value is not None)


@dataclass(frozen=True)
class Ignored:
    """The delivery was understood, or not, and says nothing; *reason* is counted."""

    reason: str
