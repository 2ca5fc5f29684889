"""What the pages must be told, and what they ask of other parts of the house.

The roof wires the protocols: pages join and leave through spaces, and show what bridges know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from appservice.ids import RoomId, UserId
from appservice.languages import Language
from feed.model import KindView, Viewer


class Membership(Protocol):
    """Carries joining and leaving out; the roof wires it to spaces."""

    async def welcome(self, identity: str) -> None:
        """Bring who signed in into the organization."""

    async def join(self, identity: str, uuid: str) -> None:
        """Join a group."""

    async def ask(self, identity: str, uuid: str) -> None:
        """Ask to be let in."""

    async def leave(self, identity: str, uuid: str) -> None:
        """Leave a group."""


class Meaning(Protocol):
    """Knows whom rules mean; the roof wires it to what the directory of people told."""

    async def meant(
        self, user_id: UserId, rules: Mapping[str, str]
    ) -> Mapping[str, tuple[str, ...]]:
        """Return, of those of *rules* (by any name) that mean an account, what of its own they name."""


@dataclass(frozen=True)
class ParkedCall:
    """A call that was put aside: its number, when it came (milliseconds), why, in the reader's
    language, and whether it can be read again.
    """

    number: int
    at: int
    why: str
    kept: bool


@dataclass(frozen=True)
class AccountSheet:
    """The account that writes at the source; *name* is empty where none is set up.

    *user_label* names what is asked for beside the token, empty: nothing.
    """

    name: str
    base: str
    user: str
    user_label: str
    user_required: bool
    needs: str


@dataclass(frozen=True)
class AccountAnswer:
    """What came of giving an account, in the reader's language."""

    text: str
    done: bool


@dataclass(frozen=True)
class ConnectionSheet:
    """What a connection's page says; *secret* is empty but where it was just asked for."""

    app_name: str
    group_name: str
    group_slug: str
    short: str
    """The name that the bot's commands take."""
    state: str
    """How it stands with it, in the reader's language."""
    url: str
    secret: str
    steps: tuple[str, ...]
    asks_secret: bool = False
    """The app made the secret: the owner pastes it here."""
    server: str = ""
    """The server that is asked, with the secret if there is one, where its app does not call."""
    hides_secret: bool = False
    """The secret has not been shown yet: it is, once, when it is asked for."""
    has_secret: bool = True
    """False: the address alone is the proof."""
    former_until: int = 0
    """Until when the former secret is taken (milliseconds); 0 if there is none."""
    withheld: tuple[str, ...] = ()
    """What was not told in 30 days, and how often, in the reader's language."""
    parked: tuple[ParkedCall, ...] = ()
    parked_count: int = 0
    account: AccountSheet | None = None
    """None: nothing can be done at this app's side."""
    resting: str = ""
    """How many calls wait for the end of quiet hours, in the reader's language; mostly empty."""
    options: tuple[str, ...] = ()
    """Those options of `connection option` that make a difference for its app."""
    mappable: bool = False
    """Its app takes calls of any form, by a mapping."""
    schemes: tuple[str, ...] = ()
    """The other ways in which its app could prove calls, as `connection scheme` takes them."""
    runs: bool = False
    """It was called, or has answered, before: who looks has done its steps."""
    paused: bool = False
    rotates: bool = True
    """There is a secret that can be replaced."""


@dataclass(frozen=True)
class SourceView:
    """One connection as its group's page shows it; *page* is empty for who does not manage it.

    *sound*: calls come, or wait to come, and none was put aside.
    """

    app_name: str
    state: str
    sound: bool
    page: str = ""
    trouble: str = ""


class ConnectionSheets(Protocol):
    """Answers a connection's page; the roof wires it to bridges."""

    async def sheet(
        self, page: str, viewer: Viewer, *, reveal: bool = False
    ) -> ConnectionSheet | None:
        """Return the sheet, or None if there is none for the viewer; *reveal* shows the secret, once."""

    async def sources(
        self, room_id: RoomId, viewer: Viewer, *, manages: bool
    ) -> tuple[SourceView, ...]:
        """Return what feeds a room that the viewer reads; *manages*: with what its owners know."""

    async def take_secret(self, page: str, viewer: Viewer, secret: str) -> bool:
        """Keep the app's secret; tell whether the viewer may give it."""

    async def take_account(
        self, page: str, viewer: Viewer, *, base: str, user: str, token: str
    ) -> AccountAnswer | None:
        """Try an account and keep it; None if the viewer may not give one."""

    async def forget_account(self, page: str, viewer: Viewer) -> bool:
        """Forget the account; tell whether the viewer may."""


@dataclass(frozen=True)
class DemoPerson:
    """Someone whom the demo's sign-in page offers."""

    user_id: str
    password: str
    name: str
    role: Mapping[str, str]
    look: Mapping[str, str]


Clock: TypeAlias = Callable[[], int]
"""The time now, in milliseconds since 1970."""


@dataclass(frozen=True)
class SiteSettings:
    """What the pages must be told."""

    organization: str
    public_url: str
    homeserver_url: str
    """Where browsers reach the homeserver, for signing in with an identity provider."""
    language: Language
    time_zone: str
    key: bytes
    clock: Clock
    admins: frozenset[str] = frozenset()
    kinds: Mapping[str, KindView] = field(default_factory=dict)
    demo: tuple[DemoPerson, ...] = ()
