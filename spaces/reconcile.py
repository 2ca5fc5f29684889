"""Makes rooms as declared. A crash between any two calls leaves no twin: each room carries its
group's uuid and its part from its first event on, and is looked for before it is made.
"""

import asyncio
from collections.abc import Sequence

import structlog

from appservice.account import Account
from appservice.errors import HomeserverError
from appservice.ids import RoomAlias, RoomId, UserId, localpart
from appservice.payload import Payload
from spaces.model import GROUP_EVENT, ROLES_EVENT, ROOM_EVENT, Access, Declaration, Group, Part
from spaces.naming import order_key
from spaces.rooms import House, inner_body, root_body, space_body
from spaces.store import GroupStore

_AT_ONCE = 8

log = structlog.get_logger(__name__)


class Reconciler:
    """Carries declarations out, as the bot."""

    def __init__(self, *, bot: Account, house: House, groups: GroupStore) -> None:
        self._bot = bot
        self._house = house
        self._groups = groups
        self._known: dict[tuple[str, Part], RoomId] | None = None
        self._lock = asyncio.Lock()

    async def root(self) -> RoomId:
        """Return the organization's space, making it if it is missing."""
        async with self._lock:
            return await self._ensure("", Part.ROOT, root_body(self._house), alias="")

    async def ensure(self, group: Declaration) -> Group:
        """Return *group* with all its rooms, related as its access says."""
        root = await self.root()
        async with self._lock:
            made = await self._make_rooms(group, root)
        await self._relate(made, root)
        await self._groups.put(made)
        return made

    async def survey(self) -> Sequence[Group]:
        """Read every group back from the rooms themselves, and store what was found."""
        async with self._lock:
            self._known = None
            known = await self._rooms()
        found = []
        for (uuid, part), space_id in known.items():
            if part is not Part.SPACE or not {(uuid, Part.POSTS), (uuid, Part.CHAT)} <= set(known):
                continue
            declared = await self._declared(space_id)
            group = Group(declared, space_id, known[uuid, Part.POSTS], known[uuid, Part.CHAT])
            await self._groups.put(group)
            found.append(group)
        return found

    async def _make_rooms(self, group: Declaration, root: RoomId) -> Group:
        house = self._house
        alias = "" if group.access is Access.SECRET else f"_{group.slug}"
        body = space_body(house, group, root)
        space = await self._ensure(group.uuid, Part.SPACE, body, alias=alias or None)
        rooms = [
            await self._ensure(group.uuid, part, inner_body(house, group, part, space), alias=None)
            for part in (Part.POSTS, Part.CHAT)
        ]
        return Group(group, space, rooms[0], rooms[1])

    async def _ensure(
        self, uuid: str, part: Part, body: dict[str, object], *, alias: str | None
    ) -> RoomId:
        """Return the room of *uuid* and *part*; *alias* continues the bot's own name."""
        known = await self._rooms()
        if (uuid, part) not in known:
            known[uuid, part] = await self._bot.create_room(body)
        room_id = known[uuid, part]
        if alias is not None:
            await self._name(room_id, alias)
        return room_id

    async def _name(self, room_id: RoomId, ending: str) -> None:
        local = localpart(self._house.bot) + ending
        alias = RoomAlias(f"#{local}:{self._house.via}")
        if await self._bot.room_of_alias(alias) is None:
            await self._bot.set_alias(alias, room_id)

    async def _rooms(self) -> dict[tuple[str, Part], RoomId]:
        """Return all rooms that carry our mark, read once."""
        if self._known is not None:
            return self._known
        slots = asyncio.Semaphore(_AT_ONCE)

        async def look(room_id: RoomId) -> tuple[RoomId, Payload | None]:
            async with slots:
                try:
                    return room_id, await self._bot.state_content(room_id, ROOM_EVENT)
                except HomeserverError as error:
                    log.warning("room cannot be read", room=room_id, error=str(error))
                    return room_id, None

        marked = await asyncio.gather(*(look(room) for room in await self._bot.joined_rooms()))
        parts = set(Part)
        self._known = {
            (mark.text("group"), Part(mark.text("part"))): room_id
            for room_id, mark in marked
            if mark is not None and mark.text("part") in parts
        }
        return self._known

    async def _relate(self, group: Group, root: RoomId) -> None:
        """Point down to the rooms. A secret group stands in nobody's list but its own."""
        via = [self._house.via]
        for order, room in (("1", group.posts_id), ("2", group.chat_id)):
            child = {"via": via, "order": order, "suggested": True}
            await self._bot.send_state(group.space_id, "m.space.child", child, state_key=room)
        declared = group.declaration
        if declared.access is Access.SECRET:
            return
        key = order_key(declared.name, declared.kind, landmark=declared.landmark)
        child = {"via": via, "order": key, "suggested": declared.landmark}
        await self._bot.send_state(root, "m.space.child", child, state_key=group.space_id)

    async def _declared(self, space_id: RoomId) -> Declaration:
        content = await self._bot.state_content(space_id, GROUP_EVENT) or Payload()
        name = await self._bot.state_content(space_id, "m.room.name") or Payload()
        roles = (await self._bot.state_content(space_id, ROLES_EVENT) or Payload()).at("roles")
        return declaration_of(content, name.text("name"), roles)


def declaration_of(content: Payload, name: str, roles: Payload) -> Declaration:
    """Return the declaration that the state of a group's space makes."""
    access = content.text("access")
    return Declaration(
        uuid=content.text("uuid"),
        slug=content.text("slug"),
        name=name,
        kind=content.text("kind"),
        access=Access(access) if access in set(Access) else Access.SECRET,
        charter=content.text("charter", "text"),
        landmark=content.text("tier") == "landmark",
        labels=content.texts("labels"),
        owners=tuple(sorted(_owners(roles))),
        archived=content.flag("archived"),
    )


def _owners(roles: Payload) -> list[UserId]:
    return [UserId(user) for user in roles.keys() if roles.text(user) == "owner"]  # noqa: SIM118
