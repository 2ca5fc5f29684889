"""References: a post of one group shown in another, by title and summary, with one thread only.

    post in a child --> row in the parent's posts room, whose key names both
    post deleted    --> the reference is redacted

Only the bot writes references, and the feed shows the thread to those whose account may read it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from appservice.account import Account
from appservice.errors import HomeserverError
from appservice.events import REDACTION, RoomEvent
from appservice.formatting import plain
from appservice.ids import EventId, RoomId
from appservice.outbox import Outbox
from appservice.outbox_rows import Action, Outgoing, pending
from appservice.payload import Payload
from spaces.model import Group
from spaces.store import GroupStore
from spaces.vocabulary import Access

POST = "org.parvis.post"
_LONGEST_TITLE, _LONGEST_SUMMARY = 160, 240

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Gist:
    """What those outside learn of a post."""

    title: str
    summary: str


class References:
    """Writes references, and takes them back; a Subscriber that hears deletions."""

    def __init__(
        self, *, bot: Account, groups: GroupStore, outbox: Outbox, public_url: str
    ) -> None:
        self._bot = bot
        self._groups = groups
        self._outbox = outbox
        self._public_url = public_url.rstrip("/")

    async def gist(self, room_id: RoomId, event_id: EventId) -> Gist:
        """Return title and summary of a post as it is now."""
        event = await self._bot.event(room_id, event_id)
        edit = event.unsigned.at("m.relations", "m.replace", "content", "m.new_content")
        return gist_of(edit or event.content)

    async def refer(self, event_id: EventId, gist: Gist, origin: Group, target: Group) -> None:
        """Show a post of *origin* in *target*; asked again, it is the same reference."""
        link = f"{self._public_url}/posts/{event_id}"
        told = [gist.title, gist.summary, link]
        reference: dict[str, Any] = {"event_id": event_id}
        if origin.declaration.access is not Access.SECRET:
            reference |= {"room_id": origin.posts_id, "group": origin.name}
        content = {
            "msgtype": "m.notice",
            "body": "\n\n".join(part for part in told if part),
            "m.mentions": {},
            POST: {"title": gist.title, "references": [reference], "summary": gist.summary},
        }
        await self._outbox.enqueue(Outgoing(_key(event_id, target), target.posts_id, content))

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Take back the references to what was deleted."""
        for event in events:
            gone = event.redacts if event.type == REDACTION else None
            if gone is None or await self._groups.by_room(event.room_id) is None:
                continue
            try:
                # Whoever may not delete it can still ask: only what is gone counts.
                deleted = (await self._bot.event(event.room_id, gone)).redacted
            except HomeserverError as error:
                log.warning("a reference stays", error=str(error))
                continue
            if deleted:
                await self._take_back(gone)

    async def _take_back(self, event_id: EventId) -> None:
        for group in await self._groups.all():
            key = _key(event_id, group)
            if await self._outbox.row(key) is not None:
                await self._outbox.enqueue(
                    Outgoing(
                        f"{key}:gone", group.posts_id, action=Action.REDACT, target=pending(key)
                    )
                )


def gist_of(content: Payload) -> Gist:
    """Return title and summary of a message's content, in plain text."""
    formatted = content.text("formatted_body")
    body = plain(formatted) if formatted else content.text("body")
    lines = [" ".join(line.split()) for line in body.splitlines() if line.strip()]
    title = " ".join(content.text(POST, "title").split()) or (lines[0] if lines else "")
    rest = lines[1:] if lines and lines[0] == title else lines
    return Gist(_cut(title, _LONGEST_TITLE), _cut(" ".join(rest), _LONGEST_SUMMARY))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _key(event_id: EventId, group: Group) -> str:
    return f"reference:{event_id}:{group.declaration.uuid}"
