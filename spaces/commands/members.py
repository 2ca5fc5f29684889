"""Commands about who is in a group, and as what."""

from dataclasses import dataclass

from appservice.commands.grammar import Command, Parameter, Request
from appservice.errors import CommandError, NotPermitted
from appservice.ids import UserId
from appservice.languages import N_
from spaces.commands.asking import GROUP, HERE, PERSON, Asking
from spaces.farewell import Farewell
from spaces.members import Members, Person
from spaces.model import Group
from spaces.roles import LEVELS, Action, needed_level
from spaces.vocabulary import Role

REMOVAL_REASON = Parameter(
    "reason",
    N_("why; the person is told, and the group’s members can see it"),
    required=False,
    rest=True,
)


@dataclass(frozen=True)
class MemberList:
    """Who is in a group."""

    group: Group
    people: tuple[Person, ...]


@dataclass(frozen=True)
class MemberAdded:
    """A person was invited; *fresh* is false if they were in or invited already."""

    user_id: UserId
    group: Group
    role: Role
    fresh: bool


@dataclass(frozen=True)
class MemberRemoved:
    """A person was taken out."""

    user_id: UserId
    group: Group


class MemberCommands:
    """The executors."""

    def __init__(self, *, asking: Asking, members: Members, farewell: Farewell) -> None:
        self._asking = asking
        self._farewell = farewell
        self._members = members

    def table(self) -> tuple[Command, ...]:
        """Return the descriptions."""
        roles = tuple(Role)
        role = Parameter("role", N_("what they may do"), required=False, choices=roles)
        return (
            Command(
                ("member", "add"),
                N_("Invite a person, or change their role"),
                self.add,
                (GROUP, PERSON, role),
            ),
            Command(
                ("member", "remove"),
                N_("Take a person out of a group"),
                self.remove,
                (GROUP, PERSON, REMOVAL_REASON),
                level=needed_level(Action.KICK),
            ),
            Command(("member", "list"), N_("List who is in a group"), self.list, (HERE,)),
        )

    async def list(self, request: Request) -> MemberList:
        """List who is in a group, where that may be seen."""
        group = await self._asking.group(request)
        if not await self._asking.may_see_people(request, group):
            raise NotPermitted(
                N_("Who is in “{group}” is for its members; ask me in a direct conversation."),
                group=group.name,
            )
        return MemberList(group, tuple(await self._members.people(group)))

    async def add(self, request: Request) -> MemberAdded:
        """Invite a person, or give them a role; for the owners of a group."""
        group = await self._asking.managed(request)
        partners = group.declaration.partners
        user_id = await self._asking.existing(request, partners=partners)
        role = request.argument("role")
        if role == Role.OWNER and not self._asking.is_ours(user_id):
            raise CommandError(
                N_("{person} is of another organization and cannot own a group."), person=user_id
            )
        if role:
            self._members.check_role(group, Role(role))
        fresh = await self._members.invite(group, user_id)
        if role:
            await self._tell_of_lower(request, group, user_id, Role(role))
            group = await self._members.give_role(group, user_id, Role(role))
        return MemberAdded(user_id, group, group.declaration.role_of(user_id), fresh=fresh)

    async def _tell_of_lower(
        self, request: Request, group: Group, user_id: UserId, new: Role
    ) -> None:
        """Tell who may do less from now on; first, so that a crash between leaves nobody untold."""
        old = group.declaration.role_of(user_id)
        lower = LEVELS[new] < LEVELS[old] and self._asking.is_ours(user_id)
        refused = group.declaration.owners == (user_id,)
        if lower and not refused and user_id != request.sender:
            await self._farewell.lower(
                group, user_id, old, new, by=request.sender, asked=request.event_id
            )

    async def remove(self, request: Request) -> MemberRemoved:
        """Take a person out; for the owners of a group, and for moderators as far as they may."""
        group = await self._asking.managed(request, level=needed_level(Action.KICK))
        user_id = self._asking.account(request, partners=group.declaration.partners)
        if not await self._asking.stands_above(request, group, user_id):
            raise NotPermitted(
                N_("{person} has as much to say in “{group}” as you."),
                person=user_id,
                group=group.name,
            )
        reason = " ".join(request.argument("reason").split())
        await self._members.remove(group, user_id, reason=reason, by=request.sender)
        return MemberRemoved(user_id, group)
