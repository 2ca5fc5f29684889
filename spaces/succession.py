"""Room upgrades: carried out by the bot for a whole group, and followed only where the bot made them.

    new space <- new rooms <- people invited, bans kept <- declaration names the new rooms
    old space: tombstone     from here on the new one is the group
    old rooms: read only, tombstone, moved aside ("former"); their posts stay under the group

Done again after a crash it finds what it made: each new room names the one that it follows.
"""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from appservice.account import Account
from appservice.errors import CommandError, Forbidden, HomeserverError
from appservice.events import RoomEvent
from appservice.ids import RoomId, UserId, server_of
from appservice.languages import N_
from appservice.payload import Payload
from appservice.trouble import Report, Trouble
from spaces.actual import RoomState, read_room
from spaces.model import GROUP_EVENT, ROLES_EVENT, Declaration, Group
from spaces.reconcile import UPGRADE, Reconciler
from spaces.rooms import TOMBSTONE, inner_plan, space_plan
from spaces.store import GroupStore
from spaces.vocabulary import Part

_AT_ONCE = 4
_WITHIN = frozenset({"join", "invite"})

log = structlog.get_logger(__name__)


class Succession:
    """Moves groups to new rooms; also a Subscriber that answers tombstones which are not the bot's."""

    def __init__(
        self,
        *,
        bot: Account,
        groups: GroupStore,
        reconciler: Reconciler,
        report: Report,
    ) -> None:
        self._bot = bot
        self._groups = groups
        self._reconciler = reconciler
        self._report = report

    @property
    def version(self) -> str:
        """Return the version of rooms to which groups are brought."""
        return self._reconciler.house.version

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Unsay what somebody else said of where a room of ours goes on; the house follows nobody."""
        for event in events:
            forged = event.type == TOMBSTONE and event.sender != self._bot.user_id
            if not forged or event.state_key != "" or not event.content.text("replacement_room"):
                continue
            group = await self._groups.by_room(event.room_id)
            if group is None:
                continue
            line = f"{event.sender} says that {event.room_id} goes on elsewhere; not followed"
            self._report(Trouble.TOMBSTONE, line)
            try:
                await self._reconciler.mend(group)
            except HomeserverError as error:
                log.warning("a tombstone stands", room=event.room_id, error=str(error))

    async def upgrade(self, group: Group, *, asked: str, again: bool = False) -> Group:
        """Have all rooms of *group* go on in new ones, of the version that the config names.

        *asked* names the request: carried out again, it is the same upgrade. Raises CommandError for
        another one that would change nothing, as from a page that was open all the while, unless it is
        to be done *again*.
        """
        async with self._reconciler.holding(group.declaration.uuid):
            create = await self._bot.state_content(group.space_id, "m.room.create") or Payload()
            old_space = group.space_id
            if create.text(UPGRADE) == asked:
                old_space = RoomId(create.text("predecessor", "room_id"))
            else:
                if create.text(UPGRADE) and not again and await self._is_as_wanted(group):
                    raise CommandError(
                        N_(
                            "“{group}” went on in rooms of version {version} already. To have it go on "
                            "in new ones once more, write `group upgrade {slug} confirm`."
                        ),
                        group=group.name,
                        version=self.version,
                        slug=group.slug,
                    )
                group = await self._move(group, asked)
            upgraded = await self._reconciler.carry_out(group.declaration)
        await self._rehang_children(upgraded, old_space)
        return upgraded

    async def _is_as_wanted(self, group: Group) -> bool:
        """Tell whether all rooms are of the wanted version, and none of somebody else's making."""
        ours, rooms = self._reconciler.house.creators, group.rooms
        creates = [await self._bot.state_event(room_id, "m.room.create") for room_id in rooms]
        return all(
            create is not None
            and create.sender in ours
            and create.content.text("room_version") == self.version
            for create in creates
        )

    async def _move(self, group: Group, asked: str) -> Group:
        """Make the new rooms, bring everybody there, and have the space go on in the new one."""
        old = {Part.SPACE: group.space_id, Part.POSTS: group.posts_id}
        if group.chat_id:
            old[Part.CHAT] = group.chat_id
        new = await self._new_rooms(group.declaration, old, asked)
        for part, room_id in old.items():
            await self._bring_people(await read_room(self._bot, room_id), new[part], part)
        declared = group.declaration
        for part, room_id in old.items():
            declared = declared.followed(part, room_id, new[part])
        await self._declare(declared, new[Part.SPACE])
        await self._reconciler.hand_over(declared, old[Part.SPACE], new[Part.SPACE])
        return Group(declared, new[Part.SPACE], new[Part.POSTS], new.get(Part.CHAT))

    async def _new_rooms(
        self, declared: Declaration, old: Mapping[Part, RoomId], asked: str
    ) -> Mapping[Part, RoomId]:
        house, heir = self._reconciler.house, self._reconciler.heir
        root = await self._reconciler.root()
        # Until it is hung up below its parent, it points to the organization.
        plan = space_plan(house, declared, root=root, above=root)
        space = await heir(plan, old[Part.SPACE], asked=asked)
        new = {Part.SPACE: space}
        for part, room_id in old.items():
            if part is not Part.SPACE:
                inner = inner_plan(house, declared, part, space)
                new[part] = await heir(inner, room_id, asked=asked)
        return new

    async def _bring_people(self, old: RoomState, new: RoomId, part: Part) -> None:
        """Invite into a new room whoever is in the old one, and keep out whoever was banned."""
        standing = await read_room(self._bot, new)
        slots = asyncio.Semaphore(_AT_ONCE)

        async def bring(user_id: UserId, membership: str) -> None:
            async with slots:
                try:
                    if membership == "ban":
                        await self._bot.ban(new, user_id)
                    else:
                        await self._bot.invite(new, user_id)
                except Forbidden as error:
                    log.warning("a person was not brought along", user=user_id, error=str(error))

        own = server_of(self._bot.user_id)
        moving = {
            user_id: account.membership
            for user_id, account in old.accounts.items()
            if account.membership in {*_WITHIN, "ban"}
            and standing.membership(user_id) not in {*_WITHIN, "ban"}
            # A partner's homeserver takes few invitations; the rooms let in who is in the space.
            and (part is Part.SPACE or server_of(user_id) == own)
        }
        await asyncio.gather(*(bring(*one) for one in moving.items()))

    async def _declare(self, declared: Declaration, space: RoomId) -> None:
        """Write the declaration into the new space before anything leads there."""
        order = self._reconciler.house.order(declared)
        await self._bot.send_state(space, GROUP_EVENT, declared.content(order))
        await self._bot.send_state(space, ROLES_EVENT, declared.roles_content())

    async def _rehang_children(self, group: Group, old: RoomId) -> None:
        for child in await self._groups.all():
            if child.declaration.parent == group.declaration.uuid:
                await self._reconciler.ensure(child.declaration)
                await self._bot.send_state(child.space_id, "m.space.parent", {}, state_key=old)
