"""The bot's commands about connections. Address and secret never appear in a room: the reply links
to a page behind sign-in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from appservice.commands.grammar import Command, Parameter, Request
from appservice.errors import CommandError
from appservice.languages import N_, phrases
from appservice.outbox import Outbox
from appservice.outbox_rows import Outgoing
from bridges.announcing import connect
from bridges.asking import GROUP, NAME, Asking
from bridges.auth import LetterAddress
from bridges.base import App
from bridges.cards import card_content
from bridges.cases import Case, Dated, DatedState
from bridges.connection import Connection, Connections
from bridges.option_words import source_of
from bridges.options import Options
from bridges.pulling.asking import Pulling
from bridges.pulling.store import Standing
from bridges.schemes import SCHEME, chosen

_SOURCE = Parameter(
    "source", N_("what is asked, for an app that does not call: a feed’s address"), required=False
)


@dataclass(frozen=True)
class Connected:
    """A connection was made; *page* shows its address and, once, its secret."""

    app: App
    group: str
    page: str
    short: str
    scheme: str
    source: str = ""
    """What is asked, of an app that does not call."""
    asks: bool = False
    """It is asked with a token, for which the page waits."""


@dataclass(frozen=True)
class ConnectionList:
    """The connections of a group."""

    group: str
    connections: tuple[Connection, ...]
    standings: Mapping[str, Standing]
    """How it stands with the sources that are asked, by connection."""


@dataclass(frozen=True)
class TestSent:
    """A test card is on its way."""

    group: str


class ConnectionCommands:
    """The executors."""

    def __init__(
        self,
        *,
        apps: Mapping[str, App],
        connections: Connections,
        outbox: Outbox,
        asking: Asking,
        pulling: Pulling,
        public_url: str,
        takes_letters: bool = True,
    ) -> None:
        """*takes_letters*: the settings say where letters come in."""
        self._takes_letters = takes_letters
        self._pulling = pulling
        self._apps = apps
        self._connections = connections
        self._outbox = outbox
        self._asking = asking
        self._public_url = public_url.rstrip("/")

    def table(self) -> tuple[Command, ...]:
        """Return the descriptions of all commands."""
        offered = sorted(slug for slug, app in self._apps.items() if not app.sample)
        app = Parameter("app", N_("the business app"), choices=tuple(offered))
        return (
            Command(
                ("connect",),
                N_("Connect a business app to a group"),
                self.connect,
                (app, GROUP, _SOURCE, replace(SCHEME, required=False)),
            ),
            Command(("connection", "list"), N_("List a group's connections"), self.list, (GROUP,)),
            Command(("connection", "test"), N_("Send a test card"), self.test, (NAME, GROUP)),
        )

    async def connect(self, request: Request) -> Connected:
        """Make a connection that waits for its first call, or whose source is asked from now on."""
        app = self._apps[request.argument("app")]
        request = _with_source(request, app)
        given = request.argument("source")
        source = source_of(given, app) if app.pull or given else ""
        slug = request.argument("scheme") or (app.pull.scheme(source) if app.pull else "")
        scheme = chosen(app, slug, phrases(request.language))
        if isinstance(scheme, LetterAddress) and not self._takes_letters:
            raise CommandError(
                N_("No letters come in here yet. An admin sets that up: `incoming_mail`.")
            )
        group = await self._asking.managed(request)
        connection = await connect(
            self._connections,
            self._outbox,
            app=app,
            room_id=group.posts_id,
            creator=request.sender,
            scheme=scheme.slug,
            options=Options(source=source),
        )
        self._pulling.look()
        page = f"{self._public_url}/connections/{connection.page}"
        asks = app.pull is not None and app.makes_secret(scheme.slug)
        return Connected(app, group.name, page, connection.short, scheme.slug, source, asks)

    async def list(self, request: Request) -> ConnectionList:
        """List the connections of a group that the asker manages."""
        group = await self._asking.managed(request)
        found = tuple(await self._connections.in_room(group.posts_id))
        standings = await self._pulling.pulls.of([one.id for one in found])
        return ConnectionList(group.name, found, standings)

    async def test(self, request: Request) -> TestSent:
        """Send a card that shows how one looks."""
        asked = await self._asking.connection(request)
        app = self._apps[asked.connection.app]
        await self._outbox.enqueue(_test_card(asked.connection, app, request))
        return TestSent(asked.group.name)


def _with_source(request: Request, app: App) -> Request:
    """Return the request with the source in its place: who is in the group need not name that."""
    group = request.argument("group")
    if app.pull is None or request.argument("source") or not _names_source(group):
        return request
    return replace(request, arguments={**request.arguments, "group": "", "source": group})


def _names_source(text: str) -> bool:
    return "://" in text or text.startswith("#")


def _test_card(connection: Connection, app: App, request: Request) -> Outgoing:
    words = phrases(request.language)
    case = Case(
        noun=N_("Test"),
        title=Dated(words(N_("The connection with {app} is in place"), app=app.name), 0),
        state=DatedState(words(N_("Working")), "done", 0),
        fields={words(N_("Connection")): Dated(connection.short, 0)},
    )
    content = card_content(
        app=app,
        connection=connection.short,
        case_id=f"test:{request.event_id}",
        case=case,
        words=words,
    )
    return Outgoing(f"test:{request.event_id}", connection.room_id, content)
