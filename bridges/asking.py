"""What every command about connections asks first: which is meant, and whether the asker may."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from appservice.commands.grammar import Parameter, Request
from appservice.errors import CommandError, NotPermitted, UnknownGroup
from appservice.ids import RoomId, UserId
from appservice.languages import N_
from bridges.connection import Connection, Connections

GROUP = Parameter("group", N_("its address or name"), required=False, typed=N_("here, if left out"))
NAME = Parameter("connection", N_("as `connection list` names it"))


class GroupRef(Protocol):
    """What a bridge needs to know of a group."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def posts_id(self) -> RoomId:
        """Where cards go."""


class Rights(Protocol):
    """Who may see and manage which group; the roof hands in what spaces know."""

    async def may_manage(self, user_id: UserId, room_id: RoomId) -> bool:
        """Tell whether an account is an owner in a room."""

    async def find_in(self, room_id: RoomId, text: str, user_id: UserId) -> GroupRef:
        """Return the group that *text* names (empty: the room's own), or raise UnknownGroup.

        All in *room_id* will read the answer.
        """

    async def members_alone_read(self, room_id: RoomId, posts_id: RoomId) -> bool:
        """Tell whether all who read in *room_id* are in the group whose posts room is *posts_id*."""


@dataclass(frozen=True)
class Asked:
    """The connection that a request is about, with its group."""

    group: GroupRef
    connection: Connection


class Asking:
    """Finds what the words of a request mean, for the one who asks."""

    def __init__(self, *, connections: Connections, rights: Rights) -> None:
        self._connections = connections
        self._rights = rights

    async def managed(self, request: Request) -> GroupRef:
        """Return the group that is meant, if the asker is one of its owners."""
        named = request.argument("group")
        group = await self._rights.find_in(request.room_id, named, request.sender)
        if not await self._rights.may_manage(request.sender, group.posts_id):
            raise NotPermitted(N_("Only owners of “{group}” may do this."), group=group.name)
        return group

    async def connection(self, request: Request) -> Asked:
        """Return the connection that is meant.

        In a conversation that belongs to no group it is looked for wherever the asker is an owner.
        """
        try:
            group = await self.managed(request)
        except UnknownGroup:
            if request.argument("group"):
                raise
            return await self._anywhere(request)
        standing = await self._connections.in_room(group.posts_id)
        found = _called(standing, request) or _of_app(standing, request)
        if len(found) != 1:
            raise _unknown(request)
        return Asked(group, found[0])

    async def may_read_here(self, request: Request, asked: Asked) -> bool:
        """Tell whether whoever will read the answer reads in the group too."""
        room_id = asked.group.posts_id
        return await self._rights.members_alone_read(request.room_id, room_id)

    async def owns(self, request: Request, room_id: RoomId) -> bool:
        """Tell whether the asker is an owner in a room, also one that belongs to no group."""
        return await self._rights.may_manage(request.sender, room_id)

    async def only_members_hear(self, request: Request, group: GroupRef) -> None:
        """Raise CommandError where people read along who are not in *group*."""
        if not await self._rights.members_alone_read(request.room_id, group.posts_id):
            raise CommandError(N_("Others read here. Ask me in our own conversation."))

    async def _anywhere(self, request: Request) -> Asked:
        for connection in _called(await self._connections.all(), request):
            room_id = connection.room_id
            if not await self._rights.may_manage(request.sender, room_id):
                continue
            # Its group may be one of which others who read here must not be told.
            with suppress(UnknownGroup):
                group = await self._rights.find_in(request.room_id, room_id, request.sender)
                return Asked(group, connection)
        raise _unknown(request)


def _called(connections: Sequence[Connection], request: Request) -> Sequence[Connection]:
    wanted = request.argument("connection").lower()
    return [connection for connection in connections if connection.short == wanted]


def _of_app(connections: Sequence[Connection], request: Request) -> Sequence[Connection]:
    """Return those of the app that is named: where there is one, nobody needs its number."""
    wanted = request.argument("connection").lower()
    return [connection for connection in connections if connection.app == wanted]


def _unknown(request: Request) -> CommandError:
    name = request.argument("connection")
    return CommandError(
        N_("I know of no connection “{name}” here. `connection list` names them."), name=name
    )
