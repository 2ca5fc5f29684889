"""What an app's module gives and gets: pure values, no I/O, no clock, no Matrix, no HTML.

    delivery --auth (core)--> Delivery --app.read--> Reading(Card?, Activity?) | Ignored(reason)
                                                         |
                             filters, merge into the case, coalesce, outbox (core)

An app is one folder with ``app.py`` that binds ``APP = App(...)``; it is found by scanning.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from appservice.payload import Payload
from bridges.auth import Scheme


class StateClass(StrEnum):
    """What a case's state amounts to; icon and colour follow it (look.md section 5)."""

    OPEN = "open"
    PROGRESS = "progress"
    BLOCKED = "blocked"
    DONE = "done"
    FAILED = "failed"


class Importance(StrEnum):
    """How far an activity is heard.

    QUIET changes the card only; NORMAL is also a comment in its thread; LOUD is such a comment
    and lifts the card when it is buried.
    """

    QUIET = "quiet"
    NORMAL = "normal"
    LOUD = "loud"


@dataclass(frozen=True)
class State:
    """A case's state: the app's own *word* and its class."""

    word: str
    kind: StateClass


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
    title: str | None = None
    url: str | None = None
    state: State | None = None
    excerpt: str | None = None
    """Markdown from outside, at most a few hundred characters are shown."""
    fields: tuple[Field, ...] = ()
    labels: tuple[str, ...] | None = None
    updated: int | None = None
    final: bool = False
    deleted: bool = False
    """The case is gone at its source: the card becomes a tombstone."""


@dataclass(frozen=True)
class Activity:
    """One thing that happened. *key* with the case makes it unique, whoever delivers it again.

    *verb* is a msgid with {actor} and, where it says more, the names of *values*, for example
    "{actor} added the label {label}". *text* is Markdown from outside (a comment, a message).
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


@dataclass(frozen=True)
class Reading:
    """What a delivery says: a card, what happened, or both; *event* is the declared name.

    Without a card (a push, a feed entry) the activity becomes a post of its own, titled *title*.
    """

    event: str
    card: Card | None = None
    activities: tuple[Activity, ...] = ()
    title: str = ""
    confidential: bool = False
    branch: str = ""
    project: str = ""


@dataclass(frozen=True)
class Ignored:
    """The delivery was understood, or not, and says nothing; *reason* is counted."""

    reason: str


@dataclass(frozen=True)
class Delivery:
    """One verified webhook call. Header names are lower case; *body* is the parsed object."""

    headers: Mapping[str, str]
    body: Payload

    def header(self, name: str) -> str:
        """Return a header's value, or an empty string."""
        return self.headers.get(name.lower(), "")


@dataclass(frozen=True)
class Event:
    """A kind of event that an app sends, declared: *name* is matched by filters as a glob."""

    name: str
    meaning: str
    default: bool = True


@dataclass(frozen=True)
class SetUpStep:
    """One exact step for who connects the app; a msgid, {url} and {secret} are filled in."""

    text: str


@dataclass(frozen=True)
class App:
    """All that the core knows of a business app."""

    slug: str
    name: str
    schemes: tuple[Scheme, ...]
    """How its calls are proved; the first is the default."""
    events: tuple[Event, ...]
    read: Callable[[Delivery], Reading | Ignored]
    delivery_id: Callable[[Delivery], str]
    """The id that is the same when the app repeats a call; empty: a hash of the body is taken."""
    headers: tuple[str, ...] = ()
    """Names, in lower case, of the headers that the functions here look at; no other is stored."""
    steps: tuple[SetUpStep, ...] = ()
    largest_body: int = 1024 * 1024
    """Bytes; a larger call is answered 413."""
    is_ping: Callable[[Delivery], bool] = lambda _delivery: False
    """Tells a call that only tries the connection."""
    app_makes_secret: bool = False
    """The app chooses what it signs with, so the owner hands it to us, not we to them."""
    removed_status: int = 404
    """What a call to a removed connection is answered (Trello wants 410)."""
