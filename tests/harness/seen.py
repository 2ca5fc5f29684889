"""What stands in a room about issues of GitHub, and how often."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from appservice.account import Account
from appservice.events import TXN_FIELD, RoomEvent
from appservice.ids import RoomId

_LISTED = re.compile(r"/issues/(\d+)")


@dataclass
class Seen:
    """*issues* counts cards and lines in digests by number; *sendings* counts events by the row of
    the outbox that they are.
    """

    issues: Counter[str] = field(default_factory=Counter)
    sendings: Counter[str] = field(default_factory=Counter)

    def take(self, event: RoomEvent) -> None:
        """Count a message."""
        self.sendings[event.content.text(TXN_FIELD) or event.event_id] += 1
        if event.relation is not None:
            return
        if "org.parvis.digest" in event.content:
            self.issues.update(_LISTED.findall(event.content.text("body")))
        else:
            self.issues[event.content.text("org.parvis.card", "number")[1:]] += 1


async def history(bot: Account, room: RoomId) -> AsyncIterator[RoomEvent]:
    """Walk all events of a room, oldest first."""
    start = ""
    while True:
        page = await bot.messages(room, start=start, backwards=False, limit=500)
        for event in page.events:
            yield event
        if not page.end or page.end == start:
            return
        start = page.end


async def seen_in(bot: Account, room: RoomId) -> Seen:
    """Return what stands in a room."""
    seen = Seen()
    async for event in history(bot, room):
        if event.type == "m.room.message":
            seen.take(event)
    return seen
