"""Sets back at once what somebody changed in a group's rooms by another way; a pass would at night.

state event, not the bot's, in a group's room --> noted --> a moment later: the group is mended
"""

import asyncio
from collections.abc import Sequence

import structlog

from appservice.account import Account
from appservice.errors import HomeserverError
from appservice.events import MEMBER, RoomEvent
from appservice.ids import RoomId
from spaces.reconcile import Reconciler
from spaces.store import GroupStore

_GATHER = 0.3
"""Seconds in which several changes become one look."""
_OF_PEOPLE = frozenset({MEMBER, "m.room.pinned_events", "m.room.avatar", "org.parvis.featured"})
"""What people may set in rooms as they like."""

log = structlog.get_logger(__name__)


class Drifting:
    """A Subscriber that notes changes, and what mends after them."""

    def __init__(self, *, bot: Account, groups: GroupStore, reconciler: Reconciler) -> None:
        self._bot = bot
        self._groups = groups
        self._reconciler = reconciler
        self._rooms: set[RoomId] = set()
        self._noted = asyncio.Event()

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Note in which rooms somebody else than the bot set what is declared."""
        for event in events:
            state = event.state_key is not None and event.type not in _OF_PEOPLE
            if state and event.sender != self._bot.user_id:
                self._rooms.add(event.room_id)
                self._noted.set()

    async def mend_for_ever(self) -> None:
        """Mend the groups of noted rooms; what cannot be mended now is left to the next pass."""
        while True:
            await self._noted.wait()
            await asyncio.sleep(_GATHER)
            self._noted.clear()
            rooms, self._rooms = self._rooms, set()
            found = [await self._groups.by_room(room_id) for room_id in rooms]
            for group in {one.declaration.uuid: one for one in found if one}.values():
                try:
                    await self._reconciler.mend(group)
                except HomeserverError as error:
                    log.warning("a group not mended", group=group.slug, error=str(error))
