"""The bot's commands about groups and members. They return facts; `replies` has the words."""

import uuid
from dataclasses import dataclass

from appservice.commands.grammar import Audience, Command, Parameter, Request
from appservice.errors import CommandError, MalformedId, NotPermitted
from appservice.ids import UserId, localpart, parse_user_id, server_of
from appservice.languages import N_
from spaces.directory import Directory
from spaces.kinds import KINDS
from spaces.members import Members
from spaces.model import Access, Declaration, Group
from spaces.naming import secret_slug_of, slug_of
from spaces.reconcile import Reconciler
from spaces.store import GroupStore

_UUID_ROOT = uuid.UUID("6a1c2f0e-1f0b-4c6e-9a5e-7a0c7c9d0f11")


@dataclass(frozen=True)
class GroupCreated:
    """A group was made, and who asked for it was invited as its owner."""

    group: Group


@dataclass(frozen=True)
class GroupList:
    """The groups that the asker may know of."""

    groups: tuple[Group, ...]


@dataclass(frozen=True)
class GroupShown:
    """One group; *people* only for those who may know who is in it."""

    group: Group
    people: tuple[str, ...] | None


@dataclass(frozen=True)
class MemberAdded:
    """A person was invited."""

    user_id: UserId
    group: Group


@dataclass(frozen=True)
class MemberRemoved:
    """A person was taken out."""

    user_id: UserId
    group: Group


class GroupCommands:
    """The executors."""

    def __init__(
        self,
        *,
        directory: Directory,
        groups: GroupStore,
        members: Members,
        reconciler: Reconciler,
        server_name: str,
    ) -> None:
        self._directory = directory
        self._groups = groups
        self._members = members
        self._reconciler = reconciler
        self._server_name = server_name

    def table(self) -> tuple[Command, ...]:
        """Return the descriptions of all commands."""
        group = Parameter("group", N_("its address or name"))
        person = Parameter("person", N_("an account, like @ana:example.org"))
        kind = Parameter("kind", N_("what it is about"), required=False, choices=tuple(KINDS))
        access = Parameter("access", N_("who may join"), required=False, choices=tuple(Access))
        return (
            Command(
                ("group", "create"),
                N_("Makes a group; you become its owner."),
                self.create,
                (
                    Parameter("name", N_("in quotation marks if it has spaces")),
                    kind,
                    access,
                    Parameter("charter", N_("what it is for"), required=False, rest=True),
                ),
                Audience.ADMINS,
            ),
            Command(("group", "list"), N_("Lists the groups."), self.list),
            Command(("group", "show"), N_("Shows a group."), self.show, (group,)),
            Command(
                ("member", "add"), N_("Invites a person to a group."), self.add, (group, person)
            ),
            Command(
                ("member", "remove"),
                N_("Takes a person out of a group."),
                self.remove,
                (group, person),
            ),
        )

    async def create(self, request: Request) -> GroupCreated:
        """Make the group. The request's own event gives the uuid, so a repetition finds it."""
        name = " ".join(request.argument("name").split())[:80]
        access = Access(request.argument("access") or Access.OPEN)
        kind = request.argument("kind") or "topic"
        identifier = str(uuid.uuid5(_UUID_ROOT, request.event_id))
        made = await self._groups.by_uuid(identifier)
        taken = {group.slug for group in await self._groups.all()}
        slug = secret_slug_of(name) if access is Access.SECRET else slug_of(name, taken=taken)
        declared = Declaration(
            uuid=identifier,
            slug=made.slug if made else slug,
            name=name,
            kind=kind,
            access=access,
            charter=request.argument("charter"),
            landmark=KINDS[kind].landmark,
            owners=(request.sender,),
        )
        group = await self._reconciler.ensure(declared)
        await self._members.invite(group, request.sender)
        return GroupCreated(group)

    async def list(self, request: Request) -> GroupList:
        """List what the asker may know of."""
        return GroupList(tuple(await self._directory.visible_to(request.sender)))

    async def show(self, request: Request) -> GroupShown:
        """Show one group, with its people to those who may see them."""
        group = await self._directory.find(request.argument("group"), request.sender)
        is_open = group.declaration.access is Access.OPEN
        if is_open or await self._directory.is_member(request.sender, group):
            return GroupShown(group, tuple(await self._members.names_of(group)))
        return GroupShown(group, None)

    async def add(self, request: Request) -> MemberAdded:
        """Invite a person, as an owner of the group."""
        group, user_id = await self._managed(request)
        await self._members.invite(group, user_id)
        return MemberAdded(user_id, group)

    async def remove(self, request: Request) -> MemberRemoved:
        """Take a person out, as an owner of the group."""
        group, user_id = await self._managed(request)
        await self._members.remove(group, user_id)
        return MemberRemoved(user_id, group)

    async def _managed(self, request: Request) -> tuple[Group, UserId]:
        group = await self._directory.find(request.argument("group"), request.sender)
        if not await self._directory.may_manage(request.sender, group.posts_id):
            raise NotPermitted(N_("Only owners of “{group}” may do this."), group=group.name)
        return group, self._account(request.argument("person"))

    def _account(self, text: str) -> UserId:
        """Return the account that *text* names; a bare name means one of our own."""
        full = (
            text
            if text.startswith("@") and ":" in text
            else (f"@{text.removeprefix('@')}:{self._server_name}")
        )
        try:
            user_id = parse_user_id(full)
        except MalformedId:
            raise CommandError(N_("“{person}” is not an account."), person=text) from None
        if server_of(user_id) != self._server_name or not localpart(user_id):
            raise CommandError(
                N_("“{person}” is not an account of this organization."), person=text
            )
        return user_id
