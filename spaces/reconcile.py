"""Makes rooms as declared, and mends those that stand already.

    declaration --> plan of a room --> found by its mark? --yes--> mend what differs
                                                          --no---> createRoom
                --> alias --> relations --> row in `groups`

A crash between any two calls leaves no twin: each room carries its group's uuid and its part from
its create event on, and is looked for before it is made.
"""

import asyncio
from collections.abc import Mapping, Sequence

from appservice.account import Account
from appservice.errors import HomeserverError
from appservice.ids import RoomId
from appservice.payload import Payload
from spaces.marked import MarkedRooms
from spaces.mending import mend
from spaces.model import (
    GROUP_EVENT,
    ROLES_EVENT,
    Access,
    Declaration,
    Group,
    Part,
    declaration_of,
)
from spaces.rooms import House, RoomPlan, inner_plan, root_plan, space_plan
from spaces.store import GroupStore


class Reconciler:
    """Carries declarations out, as the bot."""

    def __init__(self, *, bot: Account, house: House, groups: GroupStore) -> None:
        self.house = house
        self._bot = bot
        self._groups = groups
        self._marked = MarkedRooms(bot=bot, creators=house.creators)
        self._root: RoomId | None = None
        self._lock = asyncio.Lock()

    async def root(self) -> RoomId:
        """Return the organization's space, making it if it is missing."""
        if self._root is None:
            async with self._lock:
                self._root = await self._ensure(root_plan(self.house))
        return self._root

    async def ensure(self, group: Declaration) -> Group:
        """Return *group* with all its rooms, as declared. The same again sends nothing."""
        root = await self.root()
        async with self._lock:
            made = await self._make_rooms(group, root)
            await self._relate(made, root)
            await self._groups.put(made)
        return made

    async def survey(self) -> Sequence[Group]:
        """Read every group back from the rooms themselves, and store exactly those."""
        async with self._lock:
            self._marked.forget()
            rooms = await self._marked.all()
            found = []
            for (uuid, part), space_id in rooms.items():
                others = [rooms.get((uuid, other)) for other in (Part.POSTS, Part.CHAT)]
                if part is Part.SPACE and others[0] and others[1]:
                    declared = await self._declared(space_id)
                    found.append(Group(declared, space_id, others[0], others[1]))
            await self._groups.replace(found)
        return found

    async def rooms(self) -> Mapping[tuple[str, Part], RoomId]:
        """Return all rooms of the organization, by uuid and part."""
        return await self._marked.all()

    async def declared(self, uuid: str) -> Declaration | None:
        """Return what the space of *uuid* declares, also of a group that is only half made."""
        space_id = await self._marked.find(uuid, Part.SPACE)
        return await self._declared(space_id) if space_id else None

    async def _make_rooms(self, group: Declaration, root: RoomId) -> Group:
        space = await self._ensure(space_plan(self.house, group, root))
        posts = await self._ensure(inner_plan(self.house, group, Part.POSTS, space))
        chat = await self._ensure(inner_plan(self.house, group, Part.CHAT, space))
        return Group(group, space, posts, chat)

    async def _ensure(self, plan: RoomPlan) -> RoomId:
        """Return the room that *plan* describes, made or mended, with its alias."""
        room_id = await self._marked.find(plan.uuid, plan.part)
        if room_id is None:
            room_id = await self._create(plan)
        else:
            await mend(self._bot, room_id, plan)
        if plan.slug is not None:
            await self._name(room_id, plan.slug)
        return room_id

    async def _create(self, plan: RoomPlan) -> RoomId:
        try:
            room_id = await self._bot.create_room(plan.body())
        except HomeserverError:
            self._marked.forget()
            raise
        self._marked.add(plan.uuid, plan.part, room_id)
        return room_id

    async def _name(self, room_id: RoomId, slug: str) -> None:
        alias = self.house.alias(slug)
        if await self._bot.room_of_alias(alias) is None:
            await self._bot.set_alias(alias, room_id)
        await self._bot.send_state(room_id, "m.room.canonical_alias", {"alias": alias})

    async def _relate(self, group: Group, root: RoomId) -> None:
        """Point down to the rooms. A secret group stands in nobody's list but its own.

        State that stands already makes no new event (matrix.md 7, trap 19).
        """
        via = [self.house.via]
        for order, room in (("1", group.posts_id), ("2", group.chat_id)):
            child = {"via": via, "order": order, "suggested": True}
            await self._bot.send_state(group.space_id, "m.space.child", child, state_key=room)
        declared = group.declaration
        if declared.access is Access.SECRET:
            return
        order = self.house.order(declared)
        child = {"via": via, "order": order, "suggested": declared.landmark}
        await self._bot.send_state(root, "m.space.child", child, state_key=group.space_id)

    async def _declared(self, space_id: RoomId) -> Declaration:
        content = await self._bot.state_content(space_id, GROUP_EVENT) or Payload()
        name = await self._bot.state_content(space_id, "m.room.name") or Payload()
        roles = await self._bot.state_content(space_id, ROLES_EVENT) or Payload()
        return declaration_of(content, name.text("name"), roles.at("roles"))
