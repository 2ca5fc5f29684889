"""Makes rooms as declared, and mends those that stand already.

    declaration --> plan of a room --> found by its mark? --yes--> send what differs
                                                          --no---> createRoom
                --> relations --> row in `groups`

A crash between any two calls leaves no twin: each room carries its group's uuid and its part from
its create event on, and is looked for before it is made.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import structlog

from appservice.account import Account
from appservice.errors import Forbidden, HomeserverError, NotFound
from appservice.ids import RoomAlias, RoomId
from appservice.payload import Payload
from spaces.actual import RoomState, read_room
from spaces.explaining import Drift, drifts
from spaces.marked import MarkedRooms
from spaces.mending import differences, missing_children
from spaces.model import GROUP_EVENT, ROLES_EVENT, Declaration, Group, declaration_of
from spaces.rooms import (
    TOMBSTONE,
    House,
    RoomPlan,
    StateItem,
    former_plan,
    inner_plan,
    root_plan,
    space_plan,
    tombstone,
)
from spaces.store import GroupStore
from spaces.vocabulary import Access, Part

UPGRADE = "org.parvis.upgrade"
"""Field of the create event: which request made a room that follows another."""

log = structlog.get_logger(__name__)


class Reconciler:
    """Carries declarations out, as the bot."""

    def __init__(
        self,
        *,
        bot: Account,
        house: House,
        groups: GroupStore,
        clock: Callable[[], int],
        changed: Callable[[Group], Awaitable[None]] | None = None,
        explain: Callable[[Declaration, Sequence[Drift]], Awaitable[None]] | None = None,
    ) -> None:
        """*clock* gives milliseconds since 1970; *changed* is told of groups that were made, or say something else than before; *explain*, of
        what people changed by another way and is about to be set back.
        """
        self._explain = explain
        self._clock = clock
        self._changed = changed
        self._listeners: list[Callable[[Group], None]] = []
        self.house = house
        self._bot = bot
        self._groups = groups
        self._marked = MarkedRooms(bot=bot, creators=house.creators)
        self._root: RoomId | None = None
        self._root_lock = asyncio.Lock()
        self._locks: dict[str, asyncio.Lock] = {}
        self._surveyed = False
        self._survey_lock = asyncio.Lock()

    def on_change(self, listener: Callable[[Group], None]) -> None:
        """Call *listener* when the row of a group that was made, or says something else, stands."""
        self._listeners.append(listener)

    async def root(self) -> RoomId:
        """Return the organization's space, making it if it is missing."""
        if self._root is None:
            async with self._root_lock:
                self._root = self._root or (await self._ensure(root_plan(self.house))).room_id
        return self._root

    async def ensure(self, group: Declaration) -> Group:
        """Return *group* with all its rooms, as declared. The same again sends nothing."""
        async with self.holding(group.uuid):
            return await self.carry_out(group)

    async def mend(self, group: Group) -> Group:
        """Return *group* with its rooms as they are declared by now."""
        async with self.holding(group.declaration.uuid):
            stored = await self._groups.by_uuid(group.declaration.uuid)
            return await self.carry_out((stored or group).declaration)

    async def alter(self, group: Group, how: Callable[[Declaration], Declaration]) -> Group:
        """Return *group* as *how* changes what stands declared now; nobody else changes it between.

        *how* may raise, and then nothing is changed.
        """
        async with self.holding(group.declaration.uuid):
            stored = await self._groups.by_uuid(group.declaration.uuid)
            now = (stored or group).declaration
            changed = how(now)
            return await self.carry_out(changed) if changed != now else stored or group

    @asynccontextmanager
    async def holding(self, uuid: str) -> AsyncIterator[None]:
        """Keep all others from changing a group meanwhile."""
        await self.catch_up()
        async with self._locks.setdefault(uuid, asyncio.Lock()):
            yield

    async def catch_up(self) -> None:
        """Survey once, before anything is changed: a change may have been cut off between its rooms
        and its row, and whoever went by the row would take it back.
        """
        async with self._survey_lock:
            if not self._surveyed:
                await self.survey()

    async def survey(self) -> Sequence[Group]:
        """Read every group back from the rooms themselves, and store exactly those."""
        self._marked.forget()
        rooms = await self._marked.all()
        found = []
        for (uuid, part), space_id in rooms.items():
            posts = rooms.get((uuid, Part.POSTS))
            if part is Part.SPACE and posts:
                declared = await self._declared(space_id)
                if declared.uuid != uuid or not declared.slug:
                    log.warning("a group's declaration is gone", space=space_id)
                    continue
                posts = declared.room(Part.POSTS) or posts
                chat = declared.room(Part.CHAT) or rooms.get((uuid, Part.CHAT))
                found.append(Group(declared, space_id, posts, chat))
        await self._groups.replace(found)
        self._surveyed = True
        return found

    async def rooms(self) -> Mapping[tuple[str, Part], RoomId]:
        """Return all rooms of the organization, by uuid and part."""
        return await self._marked.all()

    async def declared(self, uuid: str) -> Declaration | None:
        """Return what the space of *uuid* declares, also of a group that is only half made."""
        space_id = await self._marked.find(uuid, Part.SPACE)
        return await self._declared(space_id) if space_id else None

    async def carry_out(self, group: Declaration) -> Group:
        """Do the work of ensure, for one who is holding the group."""
        above = await self._above(group)
        before = await self._groups.by_uuid(group.uuid)
        group = _dated(group, before, self._clock())
        root = await self.root()
        space = await self._ensure(space_plan(self.house, group, root=root, above=above))
        posts = await self._ensure(inner_plan(self.house, group, Part.POSTS, space.room_id))
        chat = await self._chat(group, space.room_id)
        made = Group(group, space.room_id, posts.room_id, chat)
        await self._point_down(made, space)
        await self._hang(made, above, before)
        await self._groups.put(made)
        await self._close_former(made)
        if before == made:
            return made
        for listener in self._listeners:
            listener(made)
        if self._changed:
            try:
                await self._changed(made)
            except HomeserverError as error:
                log.warning("a change was not told; the next pass does", error=str(error))
        return made

    async def _close_former(self, group: Group) -> None:
        """Let the rooms in whose place others came be read, and point where the group goes on."""
        for part, room_id in group.declaration.former:
            try:
                actual = await read_room(self._bot, room_id)
                await self._send(room_id, differences(former_plan(self.house, group, part), actual))
            except (Forbidden, NotFound) as error:
                # Nobody is kept from the group by a room of former times.
                log.warning("a former room is out of reach", room=room_id, error=str(error))

    async def heir(self, plan: RoomPlan, old: RoomId, *, asked: str) -> RoomId:
        """Return the room that follows *old* as *plan* says; asked again, it is the same one.

        *asked* names the request, and stays in the room.
        """
        standing = await self._marked.heir(old)
        if standing is not None:
            return standing
        body = plan.body()
        body["creation_content"] |= {"predecessor": {"room_id": old}, UPGRADE: asked}
        try:
            room_id = await self._bot.create_room(body)
        except HomeserverError:
            self._marked.forget()
            raise
        self._marked.add_heir(old, room_id)
        return room_id

    async def hand_over(self, group: Declaration, old: RoomId, new: RoomId) -> None:
        """Have the group's space go on in another: from here on *new* is its space."""
        await self._bot.send_state(old, TOMBSTONE, tombstone(new))
        self._marked.add(group.uuid, Part.SPACE, new)
        above = await self._above(group)
        if await self._bot.state_content(above, "m.space.child", old):
            await self._bot.send_state(above, "m.space.child", {}, state_key=old)

    async def _chat(self, group: Declaration, space: RoomId) -> RoomId | None:
        """Return the chat room; one that stands is kept even where none is declared any more."""
        standing = group.room(Part.CHAT) or await self._marked.find(group.uuid, Part.CHAT)
        if not group.chat and standing is None:
            return None
        return (await self._ensure(inner_plan(self.house, group, Part.CHAT, space))).room_id

    async def _above(self, group: Declaration) -> RoomId:
        """Return the space that *group* hangs below."""
        parent = await self._groups.by_uuid(group.parent) if group.parent else None
        return parent.space_id if parent else await self.root()

    async def _ensure(self, plan: RoomPlan) -> RoomState:
        """Return the room that *plan* describes, made or mended."""
        named = plan.group.room(plan.part) if plan.group else None
        room_id = named or await self._marked.find(plan.uuid, plan.part)
        if room_id is None:
            return await self._create(plan)
        actual = await read_room(self._bot, room_id)
        await self._mend(plan, actual)
        return actual

    async def _create(self, plan: RoomPlan) -> RoomState:
        body = plan.body()
        if plan.alias:
            body["room_alias_name"] = plan.alias[1:].partition(":")[0]
        try:
            room_id = await self._bot.create_room(body)
        except HomeserverError as error:
            self._marked.forget()
            if error.errcode != "M_ROOM_IN_USE" or not plan.alias:
                raise
            # Ours alone, by the registration: it is left from a room that is a group's no more.
            await self._bot.drop_alias(plan.alias)
            room_id = await self._bot.create_room(body)
        self._marked.add(plan.uuid, plan.part, room_id)
        return RoomState(room_id, plan.house.version, plan.house.creators)

    async def _mend(self, plan: RoomPlan, actual: RoomState) -> None:
        """Send what differs, and invite the co-creator again if it is missing."""
        items = list(differences(plan, actual))
        if plan.alias and any(item.type == "m.room.canonical_alias" for item in items):
            await self._point_alias(plan.alias, actual.room_id)
        await self._explain_drifts(plan, drifts(actual, items, bot=self._bot.user_id))
        await self._send(actual.room_id, items)
        co_creator = self.house.co_creator
        if co_creator and actual.membership(co_creator) in {"", "leave"}:
            await self._bot.invite(actual.room_id, co_creator)

    async def _explain_drifts(self, plan: RoomPlan, found: Sequence[Drift]) -> None:
        """Have it explained, unless it was set before the room, or what it is to say, was declared."""
        if not found or plan.group is None or self._explain is None:
            return
        stored = await self._groups.by_uuid(plan.uuid)
        if stored and stored.declaration == plan.group:
            await self._explain(plan.group, found)

    async def _point_alias(self, alias: RoomAlias, room_id: RoomId) -> None:
        standing = await self._bot.room_of_alias(alias)
        if standing == room_id:
            return
        if standing is not None:
            await self._bot.drop_alias(alias)
        await self._bot.set_alias(alias, room_id)

    async def _send(self, room_id: RoomId, items: Iterable[StateItem]) -> None:
        for item in items:
            await self._bot.send_state(room_id, item.type, item.content, state_key=item.state_key)

    async def _point_down(self, group: Group, space: RoomState) -> None:
        """Have the group's space point at its rooms."""
        wanted = {room: (order, True) for order, room in zip("12", group.inner_rooms, strict=False)}
        await self._send(group.space_id, missing_children(self.house, space, wanted, ()))

    async def _hang(self, group: Group, above: RoomId, before: Group | None) -> None:
        """Have exactly the space above point at the group; a secret one stands in nobody's list."""
        shown = group.declaration.access is not Access.SECRET
        order = (self.house.order(group.declaration), group.declaration.landmark)
        old = await self._above(before.declaration) if before else above
        for place in {above, old}:
            wanted = {group.space_id: order} if shown and place == above else {}
            stands = await self._child_state(place, group.space_id) if before else RoomState(place)
            items = missing_children(self.house, stands, wanted, [group.space_id])
            await self._send(place, items)

    async def _child_state(self, place: RoomId, space_id: RoomId) -> RoomState:
        content = await self._bot.state_content(place, "m.space.child", space_id)
        return RoomState(place, content={("m.space.child", space_id): content} if content else {})

    async def _declared(self, space_id: RoomId) -> Declaration:
        content = await self._bot.state_content(space_id, GROUP_EVENT) or Payload()
        name = await self._bot.state_content(space_id, "m.room.name") or Payload()
        roles = await self._bot.state_content(space_id, ROLES_EVENT) or Payload()
        return declaration_of(content, name.text("name"), roles)


def _dated(group: Declaration, before: Group | None, now: int) -> Declaration:
    """Return *group* with the time since when it rests: *now*, if it did not rest before."""
    if not group.archived:
        return replace(group, rests_since=0) if group.rests_since else group
    begins = before is not None and not before.declaration.archived
    return replace(group, rests_since=now) if begins else group
