"""Keeps a pinned post with each group's charter, so that any Matrix client shows it.

    keep(group): no post yet        --> outbox row (its key names the room: one post for all time)
                 it says otherwise  --> edit
                 it is not pinned   --> pin
    our own post comes back         --> pin it at once

The feed shows the charter on the group's page, and this post nowhere.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import structlog

from appservice.account import Account
from appservice.commands.replies import bare
from appservice.errors import HomeserverError
from appservice.events import MESSAGE, RelationKind, RoomEvent
from appservice.ids import EventId, RoomId
from appservice.languages import Phrases
from appservice.outbox import Outbox
from appservice.outbox_rows import Outgoing, pending
from appservice.payload import Payload
from spaces.model import Group

PINNED = "org.parvis.pinned"
"""Content field of what the bot pins as soon as it is sent."""
_PINS = "m.room.pinned_events"

Render: TypeAlias = Callable[[str], Awaitable[str]]
"""Makes safe HTML of our Markdown."""

log = structlog.get_logger(__name__)


class CharterPosts:
    """Writes, edits and pins; a Subscriber that pins what has just been sent."""

    def __init__(self, *, bot: Account, outbox: Outbox, words: Phrases, render: Render) -> None:
        """*words* are those of the organization's language: all members read the post."""
        self._bot = bot
        self._render = render
        self._outbox = outbox
        self._words = words

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Pin what the bot sent to be pinned."""
        for event in events:
            ours = event.type == MESSAGE and event.sender == self._bot.user_id
            if ours and PINNED in event.content and event.relation is None and not event.redacted:
                try:
                    await self._pin(event.room_id, event.event_id)
                except HomeserverError as error:
                    log.warning("a charter is not pinned yet", error=str(error))

    async def keep(self, group: Group) -> None:
        """Make the pinned post say what the charter says; the same again sends nothing."""
        told = group.declaration.charter.told(self._words)
        if not told or group.declaration.archived:
            return
        key = f"charter:{group.posts_id}"
        post = await self._standing(key, group.posts_id)
        while post is not None and post.redacted:
            # Somebody took it away: it is written anew, under a key of its own.
            key = f"{key}:{post.event_id[:9]}"
            post = await self._standing(key, group.posts_id)
        content = await self._content(told)
        if post is None:
            await self._write(key, group.posts_id, content)
            return
        version, said = _latest(post)
        if said != content["body"]:
            await self._outbox.enqueue(_edit(group.posts_id, post.event_id, version, content))
        await self._pin(group.posts_id, post.event_id)

    async def _write(self, key: str, room_id: RoomId, content: dict[str, Any]) -> None:
        """Have the post written; one that still waits and says otherwise is edited once it is sent."""
        row = await self._outbox.row(key)
        if row is None:
            await self._outbox.enqueue(Outgoing(key, room_id, content))
        elif row.content and Payload.parse(row.content).text("body") != content["body"]:
            version = hashlib.sha256(content["body"].encode()).hexdigest()[:16]
            await self._outbox.enqueue(_edit(room_id, pending(key), f"{key}:{version}", content))

    async def _standing(self, key: str, room_id: RoomId) -> RoomEvent | None:
        """Return the post that row *key* became, or None."""
        event_id = await self._outbox.event_of(key)
        return await self._bot.event(room_id, event_id) if event_id else None

    async def _pin(self, room_id: RoomId, event_id: EventId) -> None:
        pins = await self._bot.state_content(room_id, _PINS) or Payload()
        pinned = pins.texts("pinned")
        if event_id not in pinned:
            await self._bot.send_state(room_id, _PINS, {"pinned": [*pinned, event_id]})

    async def _content(self, told: str) -> dict[str, Any]:
        return {
            "msgtype": "m.notice",
            "body": bare(told),
            "format": "org.matrix.custom.html",
            "formatted_body": await self._render(told),
            "m.mentions": {},
            PINNED: True,
        }


def _edit(room_id: RoomId, event_id: EventId, version: str, new: dict[str, Any]) -> Outgoing:
    """Return the edit; its key names what it follows, so that a way back is an edit too."""
    content = {
        **new,
        "body": f"* {new['body']}",
        "m.new_content": new,
        "m.relates_to": {"rel_type": RelationKind.REPLACE.value, "event_id": event_id},
    }
    return Outgoing(f"charter:edit:{version}", room_id, content)


def _latest(post: RoomEvent) -> tuple[str, str]:
    """Return the id and the words of the newest version, which the homeserver hands along."""
    edit = post.unsigned.at("m.relations", "m.replace")
    said = edit.text("content", "m.new_content", "body")
    return (edit.text("event_id"), said) if said else (post.event_id, post.content.text("body"))
