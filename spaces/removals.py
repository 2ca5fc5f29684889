"""Tells who was taken out by a person's hand: by whom, why, and what they keep.

    leave or ban, not one's own, in a group's space  --> a letter, once for each removal
                                 in one of its rooms --> the same, if they are still in the group
    leave or ban in the organization's own space     --> the same, of one's own leaving too: all groups
                                                         go with it, which nobody expects

Whoever carried it out: the bot on somebody's word (a command, a form), or a stock client. What the
directory moves is told by farewell.py; who left a group by themselves is told nothing, and people of
partners hear it from their own client: we do not write to other organizations unasked.
"""

import time
from collections.abc import Sequence

import structlog

from appservice.account import Account
from appservice.errors import HomeserverError
from appservice.events import MEMBER, RoomEvent
from appservice.ids import RoomId, UserId, server_of
from spaces.farewell import Farewell, Removal
from spaces.model import BY_FIELD, Group
from spaces.reconcile import Reconciler
from spaces.store import GroupStore

_OUT = frozenset({"leave", "ban"})
_WITHIN = frozenset({"join", "invite"})
_TOO_OLD_MS = 7 * 24 * 3600 * 1000
"""Rooms may be walked from their beginning; nobody is told of what was years ago."""

log = structlog.get_logger(__name__)


class Removals:
    """A Subscriber that has the letters written."""

    def __init__(
        self, *, bot: Account, groups: GroupStore, reconciler: Reconciler, farewell: Farewell
    ) -> None:
        self._bot = bot
        self._groups = groups
        self._reconciler = reconciler
        self._farewell = farewell

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Write to those whom one of *events* took out."""
        for event in events:
            removal = self._removal(event)
            if removal is None:
                continue
            try:
                await self._tell(event.room_id, removal)
            except HomeserverError as error:
                log.warning("a removal is not told", user=event.state_key, error=str(error))

    def _removal(self, event: RoomEvent) -> Removal | None:
        """Return what *event* did to somebody of ours on a person's word, or None if it did not."""
        if event.type != MEMBER or event.content.text("membership") not in _OUT:
            return None
        by = event.sender
        if by == self._bot.user_id:
            by = UserId(event.content.text(BY_FIELD))
        person = UserId(event.state_key or "")
        # Nothing stood before where somebody who never was inside is banned: that is no removal.
        within = event.unsigned.text("prev_content", "membership") == "join"
        fresh = time.time() * 1000 - event.origin_ts < _TOO_OLD_MS
        ours = server_of(person) == server_of(self._bot.user_id)
        if not (by and within and fresh and ours):
            return None
        banned = event.content.text("membership") == "ban"
        return Removal(person, by, event.content.text("reason"), banned, event.event_id)

    async def _tell(self, room_id: RoomId, removal: Removal) -> None:
        if await self._is_within(room_id, removal.person):
            return
        if room_id == await self._reconciler.root():
            await self._farewell.from_organization_by(removal)
            return
        group = await self._groups.by_room(room_id)
        if group is None or removal.by == removal.person:
            return
        if room_id == group.space_id:
            await self._farewell.by_hand(group, removal)
        elif await self._is_still_in(group, room_id, removal.person):
            await self._farewell.from_room(group, removal, chat=room_id == group.chat_id)

    async def _is_still_in(self, group: Group, room_id: RoomId, person: UserId) -> bool:
        """Tell whether somebody lost a living room of a group alone; else the group's own letter says it."""
        return room_id in group.inner_rooms and await self._is_within(group.space_id, person)

    async def _is_within(self, room_id: RoomId, person: UserId) -> bool:
        now = await self._bot.state_content(room_id, MEMBER, person)
        return now is not None and now.text("membership") in _WITHIN
