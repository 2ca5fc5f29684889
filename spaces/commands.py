"""The bot's commands about groups and members. They return facts; `replies` has the words."""

import uuid
from dataclasses import dataclass

from appservice.commands.grammar import Audience, Command, Parameter, Request
from appservice.errors import CommandError, MalformedId, NotPermitted
from appservice.ids import UserId, localpart, parse_user_id, server_of
from appservice.languages import N_
from spaces.directory import Directory
from spaces.members import Members, Person
from spaces.model import Access, Declaration, Group
from spaces.naming import checked_name, same_name, secret_slug_of, slug_of
from spaces.reconcile import Reconciler
from spaces.store import GroupStore

_UUID_ROOT = uuid.UUID("6a1c2f0e-1f0b-4c6e-9a5e-7a0c7c9d0f11")
_DEFAULT_KIND = "topic"
_LONGEST_CHARTER = 1000
_ROLES = ("member", "owner")


@dataclass(frozen=True)
class GroupCreated:
    """A group was made, and who asked for it was invited as its owner."""

    group: Group


@dataclass(frozen=True)
class GroupList:
    """The groups that the asker, and all who read along, may know of."""

    groups: tuple[Group, ...]


@dataclass(frozen=True)
class GroupShown:
    """One group; *people* only where all who read the answer may know who is in it."""

    group: Group
    people: tuple[Person, ...] | None


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
    owner: bool
    fresh: bool


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
        creation: Audience = Audience.ADMINS,
    ) -> None:
        """*creation* says who may make groups."""
        self._directory = directory
        self._groups = groups
        self._members = members
        self._reconciler = reconciler
        self._server_name = server_name
        self._creation = creation
        self._kinds = reconciler.house.kinds

    def table(self) -> tuple[Command, ...]:
        """Return the descriptions of all commands."""
        group = Parameter("group", N_("its address or name"))
        here = Parameter("group", N_("its address or name; here, if left out"), required=False)
        person = Parameter("person", N_("an account, like @ana:example.org"))
        role = Parameter("role", N_("what they may do"), required=False, choices=_ROLES)
        return (
            self._create_command(),
            Command(("group", "list"), N_("Lists the groups."), self.list),
            Command(("group", "show"), N_("Shows a group."), self.show, (here,)),
            Command(
                ("member", "add"),
                N_("Invites a person to a group."),
                self.add,
                (group, person, role),
            ),
            Command(
                ("member", "remove"),
                N_("Takes a person out of a group."),
                self.remove,
                (group, person),
            ),
            Command(("member", "list"), N_("Lists who is in a group."), self.people, (here,)),
        )

    def _create_command(self) -> Command:
        kinds, access = tuple(self._kinds), tuple(Access)
        return Command(
            ("group", "create"),
            N_("Makes a group; you become its owner."),
            self.create,
            (
                Parameter("name", N_("in quotation marks if it has spaces")),
                Parameter("kind", N_("what it is about"), required=False, choices=kinds),
                Parameter("access", N_("who may join"), required=False, choices=access),
                Parameter("charter", N_("what it is for"), required=False, rest=True),
            ),
            self._creation,
        )

    async def create(self, request: Request) -> GroupCreated:
        """Make the group. The request's own event gives the uuid, so a repetition finds it."""
        identifier = str(uuid.uuid5(_UUID_ROOT, request.event_id))
        declared = await self._reconciler.declared(identifier) or await self._declare(
            identifier, request
        )
        group = await self._reconciler.ensure(declared)
        await self._members.invite(group, request.sender)
        return GroupCreated(group)

    async def list(self, request: Request) -> GroupList:
        """List what the asker may know of."""
        visible = await self._directory.visible_in(request.room_id, request.sender)
        order = self._reconciler.house.order
        return GroupList(tuple(sorted(visible, key=lambda group: order(group.declaration))))

    async def show(self, request: Request) -> GroupShown:
        """Show one group, with its people where they may be seen."""
        group = await self._named(request)
        if await self._may_see_people(request, group):
            return GroupShown(group, tuple(await self._members.people(group)))
        return GroupShown(group, None)

    async def people(self, request: Request) -> MemberList:
        """List who is in a group, where that may be seen."""
        group = await self._named(request)
        if not await self._may_see_people(request, group):
            raise NotPermitted(
                N_("Who is in “{group}” is for its members; ask me in a direct conversation."),
                group=group.name,
            )
        return MemberList(group, tuple(await self._members.people(group)))

    async def add(self, request: Request) -> MemberAdded:
        """Invite a person, as an owner of the group."""
        group, user_id = await self._managed(request)
        await self._check_account(user_id)
        owner = request.argument("role") == "owner"
        if owner and server_of(user_id) != self._server_name:
            raise CommandError(
                N_("{person} is of another organization and cannot own a group."), person=user_id
            )
        fresh = await self._members.invite(group, user_id)
        if owner:
            group = await self._members.make_owner(group, user_id)
        return MemberAdded(user_id, group, owner=owner, fresh=fresh)

    async def remove(self, request: Request) -> MemberRemoved:
        """Take a person out, as an owner of the group."""
        group, user_id = await self._managed(request)
        await self._members.remove(group, user_id)
        return MemberRemoved(user_id, group)

    async def _declare(self, identifier: str, request: Request) -> Declaration:
        kind = self._kinds[request.argument("kind") or _DEFAULT_KIND]
        access = Access(request.argument("access") or kind.access)
        name = checked_name(request.argument("name"), kind)
        charter = " ".join(request.argument("charter").split())
        if len(charter) > _LONGEST_CHARTER:
            raise CommandError(N_("A charter has at most {n} characters."), n=_LONGEST_CHARTER)
        await self._check_free(name, request)
        taken = {group.slug for group in await self._groups.all()}
        return Declaration(
            uuid=identifier,
            slug=secret_slug_of(name) if access is Access.SECRET else slug_of(name, taken=taken),
            name=name,
            kind=kind.key,
            access=access,
            charter=charter,
            landmark=kind.landmark,
            owners=(request.sender,),
            posting=kind.posting,
        )

    async def _check_free(self, name: str, request: Request) -> None:
        """Refuse a name that stands already; one that is hidden from the readers is free."""
        for group in await self._directory.visible_in(request.room_id, request.sender):
            if same_name(group.name, name):
                raise CommandError(
                    N_("There is a group of that name already: `{slug}`."), slug=group.slug
                )

    async def _named(self, request: Request) -> Group:
        named = request.argument("group")
        return await self._directory.find_in(request.room_id, named, request.sender)

    async def _may_see_people(self, request: Request, group: Group) -> bool:
        if group.declaration.access is Access.OPEN:
            return True
        member = await self._directory.is_member(request.sender, group)
        return member and await self._directory.only_members_read(request.room_id, group)

    async def _managed(self, request: Request) -> tuple[Group, UserId]:
        group = await self._named(request)
        if not await self._directory.may_manage(request.sender, group.posts_id):
            raise NotPermitted(N_("Only owners of “{group}” may do this."), group=group.name)
        return group, self._account(request.argument("person"), group)

    def _account(self, text: str, group: Group) -> UserId:
        """Return the account of ours, or of a partner of *group*, that *text* names.

        A bare name means one of our own.
        """
        whole = text.startswith("@") and ":" in text
        full = text if whole else f"@{text.removeprefix('@')}:{self._server_name}"
        try:
            user_id = parse_user_id(full)
        except MalformedId:
            raise CommandError(N_("“{person}” is not an account."), person=text) from None
        welcome = {self._server_name, *group.declaration.partners}
        if server_of(user_id) not in welcome or not localpart(user_id):
            raise CommandError(
                N_("“{person}” is not an account of this organization."), person=text
            )
        return user_id

    async def _check_account(self, user_id: UserId) -> None:
        """Refuse an account that does not exist: the homeserver would invite it all the same."""
        if not await self._members.exists(user_id):
            raise CommandError(N_("There is no account “{person}”."), person=user_id)
