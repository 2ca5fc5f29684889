"""Which groups a person may know of. A secret group is unknown to those outside, admins too."""

from collections.abc import Sequence

from appservice.account import Account
from appservice.errors import Forbidden, NotFound, UnknownGroup
from appservice.events import MEMBER
from appservice.ids import RoomId, UserId, server_of
from appservice.languages import N_
from appservice.payload import Payload
from spaces.levels import CREATOR, OWNER, endless
from spaces.model import Group
from spaces.naming import same_name
from spaces.store import GroupStore
from spaces.vocabulary import Access

_UNKNOWN = N_("I know of no group “{name}”.")
_WITHIN = {"join", "invite"}
_OUTSIDE = -1_000_000


class Directory:
    """Answers with what the asker's account may see; rights are the homeserver's."""

    def __init__(self, *, bot: Account, groups: GroupStore) -> None:
        self._bot = bot
        self._groups = groups

    async def visible_to(self, user_id: UserId) -> Sequence[Group]:
        """Return the groups that a member of the organization may know of, by name."""
        return [group for group in await self._groups.all() if await self._may_know(user_id, group)]

    async def visible_in(self, room_id: RoomId, user_id: UserId) -> Sequence[Group]:
        """Return the same, without what others who read in *room_id* may not know of."""
        visible, readers = await self.visible_to(user_id), await self._readers(room_id)
        return [group for group in visible if await self._may_be_told(readers, group)]

    async def find(self, text: str, user_id: UserId) -> Group:
        """Return the group whose address, room or name is *text*, or raise UnknownGroup.

        An address wins over a name, and what is hidden from *user_id* is as if it were not there.
        """
        wanted = text.strip()
        groups = await self._groups.all()
        exact = [group for group in groups if wanted in _addresses(group)]
        named = [group for group in groups if same_name(group.name, wanted)]
        for group in (*exact, *named):
            if await self._may_know(user_id, group):
                return group
        raise UnknownGroup(_UNKNOWN, name=text)

    async def find_in(self, room_id: RoomId, text: str, user_id: UserId) -> Group:
        """Return the same for an answer that all in *room_id* will read; no *text*: its group."""
        if not text:
            return await self.of_room(room_id, user_id)
        group = await self.find(text, user_id)
        if not await self._may_be_told(await self._readers(room_id), group):
            raise UnknownGroup(_UNKNOWN, name=text)
        return group

    async def of_room(self, room_id: RoomId, user_id: UserId) -> Group:
        """Return the group that a room belongs to, or raise UnknownGroup."""
        group = await self._groups.by_room(room_id)
        if group is None or not await self._may_know(user_id, group):
            raise UnknownGroup(N_("This conversation belongs to no group; name one."))
        return group

    async def is_member(self, user_id: UserId, group: Group) -> bool:
        """Tell whether an account is in the group's space."""
        return await self._membership(user_id, group.space_id) == "join"

    async def only_members_read(self, room_id: RoomId, group: Group) -> bool:
        """Tell whether everybody in a room, the bot apart, is in the group's space."""
        readers = await self._readers(room_id)
        return readers <= set(await self._bot.joined_members(group.space_id))

    async def members_alone_read(self, room_id: RoomId, posts_id: RoomId) -> bool:
        """Tell the same of the group that has the posts room *posts_id*; its own rooms qualify."""
        group = await self._groups.by_room(posts_id)
        return group is not None and await self.only_members_read(room_id, group)

    async def may_manage(self, user_id: UserId, room_id: RoomId) -> bool:
        """Tell whether an account that is in a room, or invited, holds an owner's level there."""
        return await self.level(user_id, room_id) >= OWNER

    async def level(self, user_id: UserId, room_id: RoomId) -> int:
        """Return the power level of an account in a room; who is not in it, nor invited, has none
        and stands below everybody.
        """
        if await self._membership(user_id, room_id) not in _WITHIN:
            return _OUTSIDE
        levels = await self._bot.state_content(room_id, "m.room.power_levels") or Payload()
        own = levels.number("users", user_id)
        listed = own if own is not None else levels.number("users_default") or 0
        if listed >= OWNER:
            return listed
        return max(listed, await self._level_of_creator(user_id, room_id))

    async def _readers(self, room_id: RoomId) -> frozenset[UserId]:
        """Return who reads in a room, the bot apart; no room (an empty id) is the asker's page."""
        if not room_id:
            return frozenset()
        return frozenset(await self._bot.joined_members(room_id)) - {self._bot.user_id}

    async def _may_be_told(self, readers: frozenset[UserId], group: Group) -> bool:
        """Tell whether all of *readers* may know of a group.

        A secret group is for its members; a partner's people know only the groups they are in.
        """
        if group.declaration.access is not Access.SECRET:
            own = server_of(self._bot.user_id)
            readers = frozenset(reader for reader in readers if server_of(reader) != own)
        return not readers or readers <= set(await self._bot.joined_members(group.space_id))

    async def _level_of_creator(self, user_id: UserId, room_id: RoomId) -> int:
        event = await self._bot.state_event(room_id, "m.room.create")
        if event is None:
            return _OUTSIDE
        others = (UserId(user) for user in event.content.texts("additional_creators"))
        above = endless(event.content.text("room_version"), (event.sender, *others))
        return CREATOR if user_id in above else _OUTSIDE

    async def _may_know(self, user_id: UserId, group: Group) -> bool:
        if group.declaration.access is not Access.SECRET:
            return True
        return await self._membership(user_id, group.space_id) in _WITHIN

    async def _membership(self, user_id: UserId, room_id: RoomId) -> str:
        """Return what the homeserver says; nothing where the bot itself may not look."""
        try:
            content = await self._bot.state_content(room_id, MEMBER, user_id)
        except (Forbidden, NotFound):
            return ""
        return content.text("membership") if content else ""


def _addresses(group: Group) -> set[str]:
    return {group.slug, group.declaration.uuid, *group.rooms}
