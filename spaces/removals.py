"""Tells who was taken out of a group by a person's hand: by whom, why, and what they keep.

    leave or ban in a group's space, not one's own --> a letter, once for each removal

Whoever carried it out: the bot on somebody's word (a command, a form), or a stock client. What the
directory moves is told by farewell.py; who left by themselves is told nothing, and people of partners
hear it from their own client: we do not write to other organizations unasked.
"""

import time
from collections.abc import Sequence

import structlog

from appservice.account import Account
from appservice.errors import HomeserverError
from appservice.events import MEMBER, RoomEvent
from appservice.ids import UserId, server_of
from spaces.farewell import Farewell
from spaces.model import BY_FIELD
from spaces.store import GroupStore

_OUT = frozenset({"leave", "ban"})
_WITHIN = frozenset({"join", "invite"})
_TOO_OLD_MS = 7 * 24 * 3600 * 1000
"""Rooms may be walked from their beginning; nobody is told of what was years ago."""

log = structlog.get_logger(__name__)


class Removals:
    """A Subscriber that has the letters written."""

    def __init__(self, *, bot: Account, groups: GroupStore, farewell: Farewell) -> None:
        self._bot = bot
        self._groups = groups
        self._farewell = farewell

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Write to those whom one of *events* took out."""
        for event in events:
            by = self._by(event)
            if by is None:
                continue
            try:
                await self._tell(event, by)
            except HomeserverError as error:
                log.warning("a removal is not told", user=event.state_key, error=str(error))

    def _by(self, event: RoomEvent) -> UserId | None:
        """Return on whose word *event* took somebody of ours out, or None if it did not."""
        if event.type != MEMBER or event.content.text("membership") not in _OUT:
            return None
        by = event.sender
        if by == self._bot.user_id:
            by = UserId(event.content.text(BY_FIELD))
        person = UserId(event.state_key or "")
        was = event.unsigned.at("prev_content")
        within = was.text("membership") == "join" if "membership" in was else True
        fresh = time.time() * 1000 - event.origin_ts < _TOO_OLD_MS
        ours = server_of(person) == server_of(self._bot.user_id)
        return by if by and by != person and within and fresh and ours else None

    async def _tell(self, event: RoomEvent, by: UserId) -> None:
        person = UserId(event.state_key or "")
        group = await self._groups.by_room(event.room_id)
        if group is None or group.space_id != event.room_id:
            return
        now = await self._bot.state_content(group.space_id, MEMBER, person)
        if now is not None and now.text("membership") in _WITHIN:
            return
        await self._farewell.by_hand(
            group,
            person,
            by=by,
            reason=event.content.text("reason"),
            banned=event.content.text("membership") == "ban",
            removal=event.event_id,
        )
