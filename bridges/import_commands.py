"""The bot's command that takes over what another bridge feeds a room with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appservice.account import Account
from appservice.commands.grammar import Command, Parameter, Request
from appservice.errors import CommandError, Forbidden, NotFound, NotPermitted
from appservice.ids import RoomAlias, RoomId
from appservice.languages import N_, phrases
from appservice.outbox import Outbox
from bridges.announcing import connect
from bridges.asking import GROUP, Asking, GroupRef
from bridges.base import App
from bridges.connection import Connection, Connections
from bridges.importing import Proposal, Survey, free_name, survey
from bridges.option_words import YES
from bridges.pulling.asking import Pulling

_SYSTEM = Parameter("bridge", N_("the bridge that feeds the room"), choices=("hookshot",))
_ROOM = Parameter("room", N_("the room that it feeds, by its id or its address"))
_CONFIRM = Parameter(
    "confirm",
    N_("yes, to make what was shown"),
    required=False,
    choices=(YES,),
    named=lambda choice, words: words(N_("make it")) if choice == YES else choice,
)


@dataclass(frozen=True)
class Surveyed:
    """What would be made; nothing is yet."""

    group: str
    found: Survey


@dataclass(frozen=True)
class TakenOver:
    """What was made, each with its page, and what was not."""

    group: str
    made: tuple[tuple[Proposal, Connection, str], ...]
    found: Survey


class ImportCommands:
    """The executor."""

    def __init__(
        self,
        *,
        apps: Mapping[str, App],
        connections: Connections,
        outbox: Outbox,
        asking: Asking,
        pulling: Pulling,
        bot: Account,
        public_url: str,
    ) -> None:
        self._apps = apps
        self._connections = connections
        self._outbox = outbox
        self._asking = asking
        self._pulling = pulling
        self._bot = bot
        self._public_url = public_url.rstrip("/")

    def table(self) -> tuple[Command, ...]:
        """Return the description."""
        return (
            Command(
                ("connection", "import"),
                N_("Take over what another bridge feeds a room with"),
                self.take_over,
                (_SYSTEM, _ROOM, GROUP, _CONFIRM),
            ),
        )

    async def take_over(self, request: Request) -> Surveyed | TakenOver:
        """Show what would be made of a room's settings or, where that is confirmed, make it."""
        group = await self._asking.managed(request)
        room_id = await self._room(request)
        await self._asking.only_members_hear(request, group)
        standing = await self._connections.in_room(group.posts_id)
        state = await self._bot.state(room_id)
        found = survey(state, self._apps, standing, phrases(request.language))
        if not (found.proposals or found.unequal):
            raise CommandError(N_("Nothing there was set up for hookshot."))
        if request.argument("confirm") != YES:
            return Surveyed(group.name, found)
        return TakenOver(group.name, await self._make(request, group, found, standing), found)

    async def _room(self, request: Request) -> RoomId:
        """Return the room that is meant, if the bot is in it and the asker owns it.

        Who may not is told no more than who names a room that does not exist.
        """
        named, room_id = request.argument("room").strip(), None
        try:
            if named.startswith("#"):
                room_id = await self._bot.room_of_alias(RoomAlias(named))
            elif named.startswith("!"):
                room_id = RoomId(named)
            if room_id and await self._asking.owns(request, room_id):
                return room_id
        except (Forbidden, NotFound):
            pass  # The bot may not look.
        raise NotPermitted(
            N_(
                "I read the settings of a room in which I am, for those who own it (level 100). "
                "Invite me to {room}, or write its id (!…) or its address (#…)."
            ),
            room=named,
        )

    async def _make(
        self, request: Request, group: GroupRef, found: Survey, standing: Sequence[Connection]
    ) -> tuple[tuple[Proposal, Connection, str], ...]:
        """Make what does not stand yet, one commit each: cut off, the next try makes the rest."""
        taken = {one.options.name for one in standing}
        made = []
        for proposal in found.proposals:
            if proposal.stands:
                continue
            connection = await connect(
                self._connections,
                self._outbox,
                app=proposal.app,
                room_id=group.posts_id,
                creator=request.sender,
                options=free_name(proposal, taken),
            )
            taken.add(connection.options.name)
            page = f"{self._public_url}/connections/{connection.page}"
            made.append((proposal, connection, page))
        self._pulling.look()
        return tuple(made)
