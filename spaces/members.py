"""Who is in a group: inviting, removing, and the first welcome."""

from collections.abc import Sequence
from contextlib import suppress

import structlog

from appservice.account import Account
from appservice.errors import Forbidden, HomeserverError
from appservice.events import MEMBER, RoomEvent
from appservice.ids import UserId
from spaces.kinds import GENERAL
from spaces.model import Access, Group
from spaces.reconcile import Reconciler
from spaces.store import GroupStore

log = structlog.get_logger(__name__)


class Members:
    """Changes who is in groups, as the bot; and a Subscriber that cascades leaving."""

    def __init__(self, *, bot: Account, groups: GroupStore, reconciler: Reconciler) -> None:
        self._bot = bot
        self._groups = groups
        self._reconciler = reconciler

    async def invite(self, group: Group, user_id: UserId) -> None:
        """Invite a person to the space and its rooms; where they are already, nothing happens."""
        for room_id in group.rooms:
            # Synapse answers 403 for somebody who is in the room already.
            with suppress(Forbidden):
                await self._bot.invite(room_id, user_id)

    async def remove(self, group: Group, user_id: UserId) -> None:
        """Take a person out of the rooms and then the space."""
        for room_id in reversed(group.rooms):
            with suppress(Forbidden):
                await self._bot.kick(room_id, user_id)

    async def names_of(self, group: Group) -> Sequence[str]:
        """Return the people in a group, by name, without the bot."""
        people = await self._bot.joined_members(group.space_id)
        return sorted(
            profile.name or user for user, profile in people.items() if user != self._bot.user_id
        )

    async def welcome(self, account: Account) -> None:
        """Let a person join the organization and its general group, with their own token."""
        await account.join(await self._reconciler.root())
        for group in await self._groups.all():
            declared = group.declaration
            if declared.kind == GENERAL and declared.access is Access.OPEN:
                await self.join(account, group)

    async def join(self, account: Account, group: Group) -> None:
        """Let a person join a group's space and rooms, with their own token."""
        for room_id in group.rooms:
            await account.join(room_id)

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Whoever left or was removed from a space leaves its rooms too (matrix.md 2.2)."""
        for event in events:
            left = event.content.text("membership") in {"leave", "ban"}
            if event.type != MEMBER or not left or event.state_key is None:
                continue
            group = await self._groups.by_room(event.room_id)
            if group is None or event.room_id != group.space_id:
                continue
            for room_id in (group.posts_id, group.chat_id):
                try:
                    await self._bot.kick(room_id, UserId(event.state_key))
                except HomeserverError as error:
                    log.info("not in the room any more", room=room_id, error=str(error))
