"""What an app is to the core: pure values and functions, no I/O, no clock, no Matrix, no HTML.

    delivery --auth (core)--> Delivery --app.read--> Reading(Card?, Activity?) | Ignored(reason)
                                                         |
                             filters, merge into the case, coalesce, outbox (core)

An app is one folder with ``app.py`` that binds ``APP = App(...)``; it is found by scanning.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from appservice.payload import Payload
from bridges.actions import Actions
from bridges.auth import Scheme
from bridges.readings import Ignored, Reading
from bridges.wishes import Wish


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
    """A kind of event that an app sends, declared: *name* is matched by filters as a glob.

    *meaning* is a msgid. One that is not *default* is told where a filter asks for it by name.
    """

    name: str
    meaning: str
    default: bool = True


@dataclass(frozen=True)
class SetUpStep:
    """One exact step for who connects the app; a msgid, {url} and {secret} are filled in.

    It is one of the *schemes* (slugs) that it names; of all, if it names none.
    """

    text: str
    schemes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What a call is answered over HTTP."""

    status: int
    text: str = ""


@dataclass(frozen=True)
class Answers:
    """Where an app reads more in an answer than whether it is a 2xx."""

    accepted: Answer = Answer(200, "ok")
    removed: Answer = Answer(404)
    """To a call for a connection that was removed (Trello deletes its side on 410)."""
    unreadable: Answer | None = None
    """To a body that is neither JSON nor a form; None: taken in, put aside, reported."""


@dataclass(frozen=True)
class Question:
    """What a source is asked: a GET of *url*; the core adds what spares an unchanged answer, and the
    access token, where the connection has one.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    again: bool = True
    """The same is asked each time, so an answer may say that nothing changed (304)."""
    needs_token: bool = False
    """Without an access token it is not asked at all."""
    absent: bool = False
    """A 404 is an answer to be read: nothing stands there yet."""


@dataclass(frozen=True)
class SourceAnswer:
    """What a source answered. Header names are lower case; *url* is where the last redirect led,
    *source* what its owner named.
    """

    headers: Mapping[str, str]
    body: bytes
    url: str
    source: str = ""


@dataclass(frozen=True)
class Found:
    """One thing in an answer, taken in like a call; *id* is the same when it is found again."""

    id: str
    body: Mapping[str, object]


@dataclass(frozen=True)
class Harvest:
    """What is new in an answer, oldest first, and the *cursor* to ask and compare with next time."""

    found: tuple[Found, ...]
    cursor: str
    more: bool = False
    """The next question is to be asked at once: there is more, or something else to ask for."""


@dataclass(frozen=True)
class Pull:
    """How a source is asked that calls nobody: pure functions; the core asks, waits and remembers.

    *question* makes a request of the source that an owner named, and the cursor (at first empty);
    it raises PayloadRejected for a source that it does not understand. *harvest* reads the answer,
    in a process that is ended when it takes too long; it raises PayloadRejected for what it is not.
    """

    question: Callable[[str, str], Question]
    harvest: Callable[[SourceAnswer, str], Harvest]
    example: str
    """How a source is written."""
    every: float = 15 * 60.0
    """Seconds between two readings."""
    first: int = 3
    """How many of the newest things the first reading tells, so that nobody is flooded."""
    scheme: Callable[[str], str] = lambda _source: ""
    """The slug of the scheme that a source cannot do without; empty if there is none."""


@dataclass(frozen=True)
class OwnForm:
    """The names in the body of an app's own form, which a mapping may make of any other.

    *words* are texts, *flags* true or false, *lists* written with commas; what stands in one of the
    *tables* is written behind its name and a dot.
    """

    words: tuple[str, ...]
    flags: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Enclosure:
    """A file that a call brings; its *name* is a stranger's."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Enclosing:
    """How the files of a call are found, which are shown below its case where *field* may be."""

    field: str
    read: Callable[[Delivery], Sequence[Enclosure]]


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
    is_farewell: Callable[[Delivery], bool] = lambda _delivery: False
    """Tells a call by which the app says that no other will come: its side was removed."""
    fields: tuple[str, ...] = ()
    """The names of all fields that its cards may show, in the order of showing."""
    own_values: frozenset[str] = frozenset()
    """Values of fields that are the app's own words, msgids: a priority, the way something came."""
    free_fields: bool = False
    """Whoever sends names fields too; they come after the declared ones."""
    app_makes_secret: bool = False
    """The app chooses what it signs with, so the owner hands it to us, not we to them."""
    app_secrets: tuple[str, ...] = ()
    """The schemes (slugs) of which that is true, where it is not true of all."""
    every_call_counts: bool = False
    """A call without id is a new one, though its body was seen before: scripts say "done" again."""
    takes_plain_fields: bool = False
    """The fields of a form, and a plain text, are read as an object of texts; and a body that begins
    like JSON is read as such whatever it is called: scripts forget to say."""
    answers: Answers = Answers()
    objects: Callable[[Delivery], Answer | None] = lambda _delivery: None
    """Returns what a call is refused with that the app's own server would refuse; nothing of it is
    stored. Most apps know no such thing: what cannot be understood is taken in and ignored."""
    actions: Actions | None = None
    """What people can do at its side from a card's thread."""
    when_silent: str = ""
    """What its owner should look at when no call comes any more; a msgid."""
    when_ended: str = ""
    """What its owner can do after such a farewell; a msgid."""
    when_refused: str = ""
    """What its owner can do when a source that is asked knows us no more (401, 403); a msgid."""
    enclosing: Enclosing | None = None
    """Where calls bring files."""
    begins_anew: int = 0
    """Hours after its end from which a case that comes back is a new card (alerts); 0: never."""
    told_again: str = ""
    """The field that says on which day a case that goes on was last told as it stood (alerts)."""
    pull: Pull | None = None
    """It is asked, and does not call; then *schemes* are ``Uncalled`` and ``AccessToken`` alone."""
    own_form: OwnForm | None = None
    """What an admin's mapping (bridges/mapping) makes of calls of any form; None: it takes none."""
    takes_over: Mapping[str, Callable[[Payload], Wish]] = field(default_factory=dict)
    """Reads the settings by which another bridge is fed by this app, by the type of their events;
    each raises NoEqual for what is nothing here."""
    is_place: bool = True
    """Its pages stand in one place that is called as it is; else a link says to which host it leads."""
    sample: bool = False
    """Stands in the house to be copied; nobody can connect it."""

    def makes_secret(self, scheme: str) -> bool:
        """Tell whether the secret of a *scheme* is the app's to make."""
        return self.app_makes_secret or scheme in self.app_secrets

    def steps_of(self, scheme: str) -> tuple[SetUpStep, ...]:
        """Return the steps for who lets the app prove its calls by *scheme*."""
        return tuple(step for step in self.steps if scheme in step.schemes or not step.schemes)
