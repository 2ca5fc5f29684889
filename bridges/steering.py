"""The bot's commands that steer a connection: what it tells, whether it takes calls, its secret."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from appservice.commands.grammar import Command, Parameter, Request
from appservice.errors import CommandError, PayloadRejected
from appservice.languages import N_, Phrases, phrases
from appservice.outbox import Outbox
from bridges.announcing import disconnect
from bridges.asking import GROUP, NAME, Asked, Asking
from bridges.auth import AccessToken, LetterAddress
from bridges.base import App
from bridges.connection import Connection, Connections
from bridges.deliveries import Deliveries
from bridges.health import Health, health_of
from bridges.option_words import (
    ANSWERS,
    LISTS,
    MODES,
    NO,
    SWITCHES,
    YES,
    as_words,
    server_of,
    with_words,
)
from bridges.options import Mode, Options
from bridges.pulling.asking import Pulling
from bridges.schemes import SCHEME, chosen, scheme_of

_MEANINGS: Mapping[str, str] = {
    "only": N_("events that are told alone, such as issues.* (empty: all)"),
    "except": N_("events that are left out"),
    "labels": N_("labels that are told; ! before one leaves it out"),
    "branches": N_("branches that are told; ! before one leaves it out"),
    "projects": N_("projects that are told; ! before one leaves it out"),
    "actors": N_("people of whom is told; ! before one leaves them out"),
    "senders": N_("e-mail addresses that may write, such as *@example.org (empty: our own)"),
    "bots": N_("whether what programs do is told"),
    "internal": N_("whether what is internal is told where partners read"),
    "confidential": N_("whether what is confidential is told"),
    "replies": N_("whether replies in a card’s thread become comments at its source"),
    "public_replies": N_("whether such comments are for customers too (Zendesk)"),
    "writers": N_("who may act at the source: nobody, owners, members, or accounts"),
    "source": N_("what is asked, for an app that does not call"),
    "fields": N_("fields that may be shown (empty: all; none: no field)"),
    "quiet": N_(
        "hours and days of quiet, such as 22:00-07:00, sat; what happens then is told after"
    ),
    "urgent": N_("events that are told also then"),
    "broadcast": N_(
        "events whose loud changes are also said in a line of the room itself, with a link to the card"
    ),
    "renew_days": N_("days without news after which a loud change is a new card (0: never)"),
}
OPTIONS = (
    *("mode", "only", "except", *LISTS, *SWITCHES, "fields", "writers"),
    *("quiet", "urgent", "broadcast", "renew_days", "source"),
)
"""The names of all options, as they are written."""
_MANY = frozenset({"only", "except", *LISTS, "fields", "writers"})
"""Those that are lists, which may grow long."""


_FOR_SOME: Mapping[str, Callable[[App], bool]] = {
    "replies": lambda app: app.actions is not None,
    "writers": lambda app: app.actions is not None,
    "public_replies": lambda app: app.actions is not None and app.actions.notes,
    "source": lambda app: app.pull is not None,
    "senders": lambda app: any(isinstance(one, LetterAddress) for one in app.schemes),
}
"""Options that say nothing of other apps."""


def options_of(app: App) -> tuple[str, ...]:
    """Return the names of those options that make a difference for *app*."""
    return tuple(name for name in OPTIONS if name not in _FOR_SOME or _FOR_SOME[name](app))


def lacks_secret(connection: Connection, app: App) -> bool:
    """Tell whether the secret that *app* makes was never given, so that no call can be proved."""
    return app.makes_secret(connection.scheme) and not connection.shown


class Deed(StrEnum):
    """What was done to a connection."""

    PAUSED = "paused"
    RESUMED = "resumed"
    REMOVED = "removed"


@dataclass(frozen=True)
class Steered:
    """A connection takes calls, or does not any more."""

    deed: Deed
    short: str
    group: str
    asked: bool = False
    """It is asked, and does not call."""


@dataclass(frozen=True)
class OptionsStand:
    """What a connection tells; *changed*: from now on."""

    short: str
    options: Options
    changed: bool


@dataclass(frozen=True)
class ConnectionShown:
    """All about a connection that may stand in a room."""

    health: Health
    app: App
    group: str
    page: str


@dataclass(frozen=True)
class SchemeChosen:
    """Calls are proved by another *scheme*, whose secret (if it *needs* one) waits on *page*, or,
    where the app makes it, is *asked* for there.
    """

    short: str
    scheme: str
    page: str
    needs: bool
    asks: bool
    asked: bool = False
    """It is asked, and does not call."""


@dataclass(frozen=True)
class SecretRotated:
    """A new secret waits on *page*; *asks*: the app makes it, and the owner hands it to us there."""

    short: str
    page: str
    asks: bool
    asked: bool = False
    """It is asked with the secret, and does not call."""


class SteeringCommands:
    """The executors; all are for the owners of the group."""

    def __init__(
        self,
        *,
        apps: Mapping[str, App],
        connections: Connections,
        deliveries: Deliveries,
        outbox: Outbox,
        asking: Asking,
        pulling: Pulling,
        public_url: str,
    ) -> None:
        self._pulling = pulling
        self._apps = apps
        self._connections = connections
        self._deliveries = deliveries
        self._outbox = outbox
        self._asking = asking
        self._public_url = public_url.rstrip("/")

    def table(self) -> tuple[Command, ...]:
        """Return the descriptions of all commands."""
        only = (NAME, GROUP)
        return (
            Command(
                ("connection", "show"), N_("Show how it stands with a connection"), self.show, only
            ),
            Command(
                ("connection", "option"),
                N_("Choose what a connection tells, and how"),
                self.option,
                (NAME, GROUP, *_option_parameters()),
                present=self._present,
            ),
            Command(("connection", "pause"), N_("Take no calls for a while"), self.pause, only),
            Command(("connection", "resume"), N_("Take calls again"), self.resume, only),
            Command(("connection", "rotate"), N_("Replace the secret"), self.rotate, only),
            Command(
                ("connection", "scheme"),
                N_("Choose how calls are proved"),
                self.scheme,
                (NAME, SCHEME, GROUP),
            ),
            Command(
                ("connection", "remove"), N_("Remove a connection for good"), self.remove, only
            ),
        )

    async def show(self, request: Request) -> ConnectionShown:
        """Tell how it stands with a connection."""
        asked = await self._asking.connection(request)
        health = await health_of(asked.connection, self._deliveries, self._pulling.pulls)
        return ConnectionShown(health, self._app(asked), asked.group.name, self._page(asked))

    async def option(self, request: Request) -> OptionsStand:
        """Change the options that are given, or show all."""
        asked, words = await self._asking.connection(request), phrases(request.language)
        given = {name: request.argument(name) for name in OPTIONS if name in request.arguments}
        connection, app = asked.connection, self._app(asked)
        if not given:
            return OptionsStand(connection.short, connection.options, changed=False)

        def changed(now: Options) -> Options:
            after = with_words(now, given, app, words)
            if connection.scheme == AccessToken.slug and leaves(app, now, after):
                raise CommandError(
                    N_(
                        "The access token is for {server} alone. Connect the other server anew, and "
                        "remove this connection."
                    ),
                    server=server_of(now.source),
                )
            return after

        options = await self._connections.alter(connection.id, changed)
        if app.pull and given.get("source"):
            await self._pulling.ask_soon(connection.id)
        return OptionsStand(connection.short, options, changed=True)

    async def pause(self, request: Request) -> Steered:
        """Refuse calls until it goes on."""
        asked = await self._asking.connection(request)
        await self._connections.pause(asked.connection.id)
        return self._steered(Deed.PAUSED, asked)

    async def resume(self, request: Request) -> Steered:
        """Take calls again, unless the secret that would prove them was never given."""
        asked = await self._asking.connection(request)
        connection, app = asked.connection, self._app(asked)
        if lacks_secret(connection, app):
            raise CommandError(
                N_("{app} signs with a secret of its own; paste it on {page} first."),
                app=app.name,
                page=self._page(asked),
            )
        await self._connections.resume(asked.connection.id)
        if self._app(asked).pull:
            await self._pulling.ask_soon(asked.connection.id)
        return self._steered(Deed.RESUMED, asked)

    async def remove(self, request: Request) -> Steered:
        """Refuse calls for good; what was told stays."""
        asked = await self._asking.connection(request)
        await disconnect(self._connections, self._outbox, asked.connection)
        return self._steered(Deed.REMOVED, asked)

    async def rotate(self, request: Request) -> SecretRotated:
        """Make a new secret that waits on the page; the app's own is handed to us there."""
        asked = await self._asking.connection(request)
        connection, app = asked.connection, self._app(asked)
        if app.pull and not app.makes_secret(connection.scheme):
            raise CommandError(
                N_("{app} is asked, so there is no secret to replace."), app=app.name
            )
        if not scheme_of(app, connection.scheme).needs_secret:
            raise CommandError(
                N_(
                    "The address of this connection is its secret. Connect {app} once more, and "
                    "remove this one."
                ),
                app=app.name,
            )
        asks = app.makes_secret(connection.scheme)
        if not asks:
            await self._connections.rotate(connection.id, app)
        return SecretRotated(connection.short, self._page(asked), asks, app.pull is not None)

    async def scheme(self, request: Request) -> SchemeChosen:
        """Have calls proved in another way; those proved as before are taken for another day."""
        asked = await self._asking.connection(request)
        connection, app = asked.connection, self._app(asked)
        scheme = chosen(app, request.argument("scheme"), phrases(request.language))
        if scheme.slug == connection.scheme:
            raise CommandError(N_("Its calls are proved so already."))
        await self._connections.choose_scheme(connection.id, app, scheme.slug)
        asks = app.makes_secret(scheme.slug)
        needs, pulled = scheme.needs_secret, app.pull is not None
        return SchemeChosen(connection.short, scheme.slug, self._page(asked), needs, asks, pulled)

    async def _present(self, request: Request) -> Mapping[str, str]:
        asked = await self._asking.connection(request)
        return as_words(asked.connection.options, phrases(request.language))

    def _steered(self, deed: Deed, asked: Asked) -> Steered:
        pulled = self._app(asked).pull is not None
        return Steered(deed, asked.connection.short, asked.group.name, pulled)

    def _app(self, asked: Asked) -> App:
        return self._apps[asked.connection.app]

    def _page(self, asked: Asked) -> str:
        return f"{self._public_url}/connections/{asked.connection.page}"


def leaves(app: App, before: Options, after: Options) -> bool:
    """Tell whether another server is to be asked, which must not learn this one's token."""
    if app.pull is None or before.source == after.source:
        return False
    try:
        old, new = (urlsplit(app.pull.question(one.source, "").url) for one in (before, after))
    except PayloadRejected:
        return True
    return (old.scheme, old.netloc) != (new.scheme, new.netloc)


def _option_parameters() -> tuple[Parameter, ...]:
    def answer(choice: str, words: Phrases) -> str:
        return words(ANSWERS[choice])

    mode = Parameter(
        "mode",
        N_("how cases are told"),
        required=False,
        choices=tuple(Mode),
        named=lambda choice, words: words(MODES[choice]),
    )
    others = (
        Parameter(
            name,
            _MEANINGS[name],
            required=False,
            long=name in _MANY,
            choices=(YES, NO) if name in SWITCHES else (),
            named=answer,
        )
        for name in OPTIONS[1:]
    )
    return (mode, *others)
