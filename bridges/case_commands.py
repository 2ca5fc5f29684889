"""The bot's commands about a case, for whom its thread is not at hand."""

from dataclasses import dataclass

from appservice.commands.grammar import Command, Parameter, Request
from appservice.errors import CommandError, HomeserverError, NotPermitted
from appservice.ids import EventId, UserId, server_of
from appservice.languages import N_
from bridges.acting.rights import may_act
from bridges.acting.tray import Kind, Wanted
from bridges.asking import NAME, Asked, Asking
from bridges.cards import one_line
from bridges.house import Bridges

_CASE = Parameter("case", N_("its number, as on its card"))
_ANY_NAME = N_("its number, as on its card, its address, or a link to its card")


@dataclass(frozen=True)
class OnItsWay:
    """Something is being done at a source; what fails is told where it was asked."""

    app: str
    number: str


@dataclass(frozen=True)
class Forgotten:
    """A case is forgotten: so many *messages* are taken back in a group."""

    group: str
    messages: int


class CaseCommands:
    """The executors; what acts at a source asks for the same right as a word in the thread."""

    def __init__(self, *, bridges: Bridges, asking: Asking, bot: UserId) -> None:
        self._bridges = bridges
        self._asking = asking
        self._bot = bot

    def table(self) -> tuple[Command, ...]:
        """Return the descriptions of all commands."""
        text = Parameter("text", N_("what the comment says"), rest=True, long=True)
        person = Parameter("person", N_("as the app calls them"), rest=True)
        title = Parameter("title", N_("what the new one is called"), rest=True)
        return (
            Command(
                ("case", "reply"), N_("Comment at a case’s source"), self.reply, (NAME, _CASE, text)
            ),
            Command(("case", "close"), N_("Close a case at its source"), self.close, (NAME, _CASE)),
            Command(
                ("case", "assign"),
                N_("Assign a case at its source"),
                self.assign,
                (NAME, _CASE, person),
            ),
            Command(
                ("case", "create"),
                N_("Create a case beside another at its source"),
                self.create,
                (NAME, _CASE, title),
            ),
            Command(
                ("case", "forget"),
                N_("Take back all that was told of a case, and tell nothing of it any more"),
                self.forget,
                (NAME, Parameter("case", _ANY_NAME)),
            ),
        )

    async def reply(self, request: Request) -> OnItsWay:
        """Write a comment."""
        return await self._do(request, Kind.COMMENT, request.argument("text"))

    async def close(self, request: Request) -> OnItsWay:
        """Close a case."""
        return await self._do(request, Kind.CLOSE, "")

    async def assign(self, request: Request) -> OnItsWay:
        """Assign a case."""
        return await self._do(request, Kind.ASSIGN, request.argument("person"))

    async def create(self, request: Request) -> OnItsWay:
        """Create a case in the place where another is."""
        return await self._do(request, Kind.CREATE, request.argument("title"))

    async def forget(self, request: Request) -> Forgotten:
        """Forget a case for good; what its app says of it from now on is not told."""
        asked = await self._asking.connection(request)
        forgetting, named = self._bridges.forgetting, request.argument("case")
        wish = f"{request.event_id} {asked.connection.id} {named}"
        taken_back = await forgetting.done_before(wish)
        if taken_back is None:
            case = (asked.connection.id, await self._case(asked, named))
            taken_back = await forgetting.forget(case, asked=wish)
        return Forgotten(asked.group.name, taken_back)

    async def _do(self, request: Request, kind: Kind, words: str) -> OnItsWay:
        asked = await self._asking.connection(request)
        connection, acting = asked.connection, self._bridges.acting
        app = self._bridges.apps[connection.app]
        if app.actions is None or await acting.accounts.of(connection.id) is None:
            raise CommandError(
                N_("Nothing is sent to {app} from here: no account is set up there."), app=app.name
            )
        allowed = await may_act(
            request.sender,
            connection,
            server=server_of(self._bot),
            may_manage=acting.reach.may_manage,
        )
        if not allowed:
            raise NotPermitted(
                N_("Who may write in {app} is decided by `connection option {name} writers=…`."),
                app=app.name,
                name=connection.short,
            )
        case_id = await self._case(asked, request.argument("case"))
        # A form has no conversation: what fails is told below the card.
        below = "" if request.room_id else await self._root(connection.id, case_id)
        wanted = Wanted(
            key=request.event_id,
            connection=connection.id,
            case_id=case_id,
            kind=kind,
            sender=request.sender,
            author=await self._author(request.sender),
            words=words,
            room_id=request.room_id or connection.room_id,
            root=EventId(below),
        )
        await acting.tray.put(wanted)
        acting.carrier.wake()
        return OnItsWay(app.name, request.argument("case"))

    async def _case(self, asked: Asked, number: str) -> str:
        found = await self._bridges.casebook.named(asked.connection.id, number)
        if len(found) != 1:
            raise CommandError(
                N_("I know of no single case “{number}” of this connection."), number=number
            )
        return found[0]

    async def _root(self, connection: str, case_id: str) -> EventId:
        return await self._bridges.casebook.root_of((connection, case_id))

    async def _author(self, user_id: UserId) -> str:
        try:
            name = await self._bridges.acting.name_of(user_id)
        except HomeserverError:
            name = ""
        return one_line(name) or user_id
