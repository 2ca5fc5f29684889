"""Who is in a group: inviting, removing, joining, and what follows when somebody leaves."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog

from appservice.account import Account
from appservice.errors import CommandError, Forbidden, HomeserverError, NotFound
from appservice.events import MEMBER, RoomEvent
from appservice.ids import RoomId, UserId, server_of
from appservice.languages import N_
from spaces.model import BY_FIELD, Declaration, Group, with_roles
from spaces.reconcile import Reconciler
from spaces.store import GroupStore
from spaces.vocabulary import Role

_WITHIN = {"join", "invite"}
_AROUND = {*_WITHIN, "knock"}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Person:
    """Somebody in a group."""

    user_id: UserId
    name: str
    role: Role
    external: str = ""
    """The partner's server name, for people of another homeserver."""


class Members:
    """Changes who is in groups, as the bot; and a Subscriber that cascades leaving."""

    def __init__(self, *, bot: Account, groups: GroupStore, reconciler: Reconciler) -> None:
        self._bot = bot
        self._groups = groups
        self._reconciler = reconciler

    async def invite(self, group: Group, user_id: UserId, *, reason: str = "") -> bool:
        """Invite a person to the space and its rooms; return whether anything was left to do.

        A partner's person is invited to the space alone: their homeserver takes few invitations
        at once (matrix.md 2.3), and the rooms let in whoever is in the space.

        Raises CommandError for somebody who is banned, or of a server that is no partner.
        """
        invited = False
        external = self._external(user_id)
        if external and external not in group.declaration.partners:
            raise CommandError(
                N_("“{group}” is not shared with {server}."), group=group.name, server=external
            )
        for room_id in (group.space_id,) if external else group.rooms:
            membership = await self._membership(room_id, user_id)
            if membership == "ban":
                raise CommandError(
                    N_("{person} is banned from “{group}”."), person=user_id, group=group.name
                )
            if membership not in {"join", "invite"}:
                await self._bot.invite(room_id, user_id, reason=reason)
                invited = True
        return invited

    async def exists(self, user_id: UserId) -> bool:
        """Tell whether a homeserver has an account."""
        try:
            await self._bot.profile(user_id)
        except NotFound:
            return False
        return True

    async def give_role(self, group: Group, user_id: UserId, role: Role) -> Group:
        """Declare what a person is in a group; they are invited if they are not in it.

        Raises CommandError for the only owner who would be one no more, and as check_role does.
        """
        self.check_role(group, role)
        group = await self._reconciler.alter(group, lambda now: _with_role(now, user_id, role))
        await self.invite(group, user_id)
        return group

    def check_role(self, group: Group, role: Role) -> None:
        """Raise CommandError for a guest where the group's kind has none."""
        kind = self._reconciler.house.kinds.get(group.declaration.kind)
        if role is Role.GUEST and kind and not kind.guests:
            raise CommandError(N_("“{group}” is of a kind without guests."), group=group.name)

    async def remove(
        self,
        group: Group,
        user_id: UserId,
        *,
        reason: str = "",
        by: UserId | None = None,
        orphaning: bool = False,
    ) -> None:
        """Take a person out of the space and its rooms, with the role they held.

        The space goes first: while they are in it, they could join the rooms again. *by*: on whose
        word, if on anybody's; then no rule brings them back. *orphaning*: even if no owner is left.
        """
        if user_id in self._reconciler.house.creators:
            raise CommandError(N_("{person} is needed to keep the group."), person=user_id)
        # A level outlives its holder's leaving, and would return with them.
        await self._reconciler.alter(
            group, lambda now: _without_role(now, user_id, orphaning=orphaning)
        )
        for room_id in group.every_room:
            await self._kick(room_id, user_id, reason, by=by)

    async def people(self, group: Group) -> Sequence[Person]:
        """Return who is in a group, by name, without the bot."""
        joined = await self._bot.joined_members(group.space_id)
        people = [
            Person(
                user,
                profile.name or user,
                group.declaration.role_of(user),
                external=self._external(user),
            )
            for user, profile in joined.items()
            if user != self._bot.user_id
        ]
        return sorted(people, key=lambda person: person.name.casefold())

    async def join(self, account: Account, group: Group) -> None:
        """Let a person join a group's space and rooms, with their own token."""
        for room_id in group.rooms:
            await account.join(room_id)

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Whoever left or was removed from a space leaves what is in it (matrix.md 2.2)."""
        for event in events:
            left = event.content.text("membership") in {"leave", "ban"}
            if event.type != MEMBER or not left or not event.state_key:
                continue
            user_id = UserId(event.state_key)
            try:
                if event.room_id == await self._reconciler.root():
                    await self._left_organization(user_id)
                elif group := await self._groups.by_room(event.room_id):
                    await self._left_group(group, user_id)
            except HomeserverError as error:
                # The next sweep does what could not be done now.
                log.warning("leaving not carried through", user=user_id, error=str(error))

    async def sweep(self) -> None:
        """Take out of every group's rooms whoever is not in its space: what events missed."""
        for group in await self._groups.all():
            present = await self._bot.joined_members(group.space_id)
            for room_id in group.inner_rooms:
                for user_id in set(await self._bot.joined_members(room_id)) - set(present):
                    await self._left_group(group, user_id)

    async def _left_organization(self, user_id: UserId) -> None:
        root = await self._reconciler.root()
        if await self._membership(root, user_id) in _WITHIN:
            return
        for group in await self._groups.all():
            if await self._membership(group.space_id, user_id) in _AROUND:
                for room_id in group.every_room:
                    await self._kick(room_id, user_id)

    async def _left_group(self, group: Group, user_id: UserId) -> None:
        """Carry a leaving through, unless the person is back, or invited: events may be old.

        Who only knocks again is out all the same.
        """
        spared = {self._bot.user_id, *self._reconciler.house.creators}
        if user_id in spared or await self._membership(group.space_id, user_id) in _WITHIN:
            return
        for room_id in group.every_room:
            if room_id != group.space_id:
                await self._kick(room_id, user_id)

    async def _kick(
        self, room_id: RoomId, user_id: UserId, reason: str = "", *, by: UserId | None = None
    ) -> None:
        if await self._membership(room_id, user_id) not in _AROUND:
            return
        with suppress(Forbidden):  # Left between the two calls.
            if by is None:
                await self._bot.kick(room_id, user_id, reason=reason)
            else:
                content = {"membership": "leave", BY_FIELD: by}
                content |= {"reason": reason} if reason else {}
                await self._bot.send_state(room_id, MEMBER, content, state_key=user_id)

    def _external(self, user_id: UserId) -> str:
        """Return the server of another organization's person, or an empty text for our own."""
        server = server_of(user_id)
        return "" if server == server_of(self._bot.user_id) else server

    async def _membership(self, room_id: RoomId, user_id: UserId) -> str:
        content = await self._bot.state_content(room_id, MEMBER, user_id)
        return content.text("membership") if content else ""


def _with_role(declared: Declaration, user_id: UserId, role: Role) -> Declaration:
    """Return *declared* with another role for one account; somebody must stay an owner."""
    if declared.owners == (user_id,) and role is not Role.OWNER:
        raise CommandError(
            N_("{person} is the only owner of “{group}”. Name another owner first."),
            person=user_id,
            group=declared.name,
        )
    return replace(declared, roles=with_roles({**dict(declared.roles), user_id: role}))


def _without_role(declared: Declaration, user_id: UserId, *, orphaning: bool) -> Declaration:
    if orphaning:
        return replace(declared, roles=with_roles({**dict(declared.roles), user_id: Role.MEMBER}))
    return _with_role(declared, user_id, Role.MEMBER)
