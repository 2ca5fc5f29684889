"""Which groups a person may know of. A secret group is unknown to those outside, admins too."""

from collections.abc import Sequence

from appservice.account import Account
from appservice.errors import HomeserverError, UnknownGroup
from appservice.ids import RoomId, UserId
from appservice.languages import N_
from spaces.levels import CREATOR, OWNER
from spaces.model import Access, Group
from spaces.store import GroupStore

_UNKNOWN = N_("I know of no group “{name}”.")


class Directory:
    """Answers with what the asker's account may see; rights are the homeserver's."""

    def __init__(self, *, bot: Account, groups: GroupStore) -> None:
        self._bot = bot
        self._groups = groups

    async def visible_to(self, user_id: UserId) -> Sequence[Group]:
        """Return the groups that a member of the organization may know of, by name."""
        return [group for group in await self._groups.all() if await self._may_know(user_id, group)]

    async def find(self, text: str, user_id: UserId) -> Group:
        """Return the group whose address or name is *text*, or raise UnknownGroup."""
        wanted = text.strip().casefold()
        for group in await self._groups.all():
            names = {group.slug, group.name.casefold(), group.declaration.uuid, *group.rooms}
            if wanted in names and await self._may_know(user_id, group):
                return group
        raise UnknownGroup(_UNKNOWN, name=text)

    async def of_room(self, room_id: RoomId, user_id: UserId) -> Group:
        """Return the group that a room belongs to, or raise UnknownGroup."""
        group = await self._groups.by_room(room_id)
        if group is None or not await self._may_know(user_id, group):
            raise UnknownGroup(N_("This conversation belongs to no group; name one."))
        return group

    async def is_member(self, user_id: UserId, group: Group) -> bool:
        """Tell whether an account is in the group's space."""
        return user_id in await self._bot.joined_members(group.space_id)

    async def may_manage(self, user_id: UserId, room_id: RoomId) -> bool:
        """Tell whether an account holds an owner's level in a room that it is in."""
        try:
            if user_id not in await self._bot.joined_members(room_id):
                return False
            levels = await self._bot.state_content(room_id, "m.room.power_levels")
        except HomeserverError:
            return False
        return levels is not None and OWNER <= (levels.number("users", user_id) or 0) <= CREATOR

    async def _may_know(self, user_id: UserId, group: Group) -> bool:
        if group.declaration.access is not Access.SECRET:
            return True
        return await self.is_member(user_id, group)
