"""What people write in the browser, on its way out in their name."""

import asyncio
import hashlib
from collections.abc import Sequence

import msgspec

from appservice.errors import TextTooLong
from appservice.events import MESSAGE, REACTION
from appservice.formatting import Formatting
from appservice.ids import EventId, RoomId, UserId
from appservice.outbox import Outbox
from appservice.outbox_rows import Action, OutboxRow, Outgoing, RowState
from appservice.payload import Payload
from feed.live import Live
from feed.messages import (
    Attachment,
    Written,
    comment_content,
    edit_content,
    post_content,
    reaction_content,
)
from feed.model import PendingWrite, Post, Viewer

_LARGEST = 60_000
"""Bytes of content; an event holds 65,536 in all (Client-Server API, "Size limits")."""
_PATIENCE = 3.0
"""Seconds a form waits for its own effect before it answers with what is pending."""


class Writes:
    """Enqueues under the form's nonce, so that the same words sent twice are one event."""

    def __init__(self, *, outbox: Outbox, formatting: Formatting, live: Live) -> None:
        self._outbox = outbox
        self._formatting = formatting
        self._live = live

    async def post(
        self,
        viewer: Viewer,
        room_id: RoomId,
        nonce: str,
        written: Written,
        attachment: Attachment | None = None,
    ) -> EventId | None:
        """Send a post; return its event once pages show it, or None while it waits."""
        content = post_content(written, await self._html(viewer, written), attachment)
        return await self._send(viewer, room_id, _saying(nonce, written, attachment), content)

    async def comment(
        self,
        viewer: Viewer,
        post: Post,
        nonce: str,
        written: Written,
        attachment: Attachment | None = None,
    ) -> EventId | None:
        """Send a comment below *post*."""
        answered = post.latest_comment.event_id if post.latest_comment else post.event_id
        content = comment_content(
            written,
            await self._html(viewer, written),
            root=post.event_id,
            answered=answered,
            attachment=attachment,
        )
        return await self._send(viewer, post.room_id, _saying(nonce, written, attachment), content)

    async def edit(
        self,
        viewer: Viewer,
        room_id: RoomId,
        target: EventId,
        nonce: str,
        written: Written,
        standing: Payload,
    ) -> EventId | None:
        """Change a message of the viewer's own that says *standing*."""
        content = edit_content(target, written, await self._html(viewer, written), standing)
        return await self._send(viewer, room_id, _saying(nonce, written), content)

    async def delete(
        self, viewer: Viewer, room_id: RoomId, target: EventId, nonce: str
    ) -> EventId | None:
        """Redact a message or a reaction of the viewer's own."""
        outgoing = Outgoing(
            key=_key(viewer, nonce),
            room_id=room_id,
            action=Action.REDACT,
            target=target,
            identity=viewer.session,
            user_id=viewer.user_id,
        )
        return await self._enqueue(outgoing)

    async def react(
        self, viewer: Viewer, room_id: RoomId, target: EventId, key: str, nonce: str
    ) -> EventId | None:
        """Add a reaction."""
        content = reaction_content(target, key)
        return await self._send(viewer, room_id, nonce, content, event_type=REACTION)

    async def wait_for_room(self, user_id: UserId, room_id: RoomId, *, joined: bool) -> None:
        """Wait a little until pages know that a person is in a room, or out of it."""
        with self._live.listening() as changes:
            try:
                async with asyncio.timeout(_PATIENCE):
                    while await self._live.is_in(user_id, room_id) is not joined:
                        await changes.get()
            except TimeoutError:
                return  # The page then says what is known.

    async def pending(self, user_id: UserId) -> Sequence[PendingWrite]:
        """Return what a person wrote that is not in its room yet."""
        return [_pending(row) for row in await self._outbox.unsent_of(user_id)]

    async def discard(self, viewer: Viewer, key: str) -> None:
        """Forget a draft."""
        await self._outbox.discard_draft(key, viewer.user_id)

    async def resend(self, viewer: Viewer, key: str) -> None:
        """Send a draft again, in the name of the present session.

        The draft names what is sent, not the form: all drafts of a page share the page's nonce.
        """
        row = await self._outbox.row(key)
        if row is None or row.user_id != viewer.user_id or row.state is not RowState.DRAFT:
            return
        again = Outgoing(
            key=_key(viewer, "again:" + hashlib.sha256(key.encode()).hexdigest()[:32]),
            room_id=row.room_id,
            content=dict(Payload.parse(row.content).fields),
            event_type=row.event_type,
            action=row.action,
            state_key=row.state_key,
            target=row.target,
            identity=viewer.session,
            user_id=viewer.user_id,
        )
        await self._outbox.enqueue(again)
        await self._outbox.discard_draft(key, viewer.user_id)

    async def _html(self, viewer: Viewer, written: Written) -> str:
        if not written.text:
            return ""
        return await self._formatting.render(written.text, sender=viewer.user_id)

    async def _send(
        self,
        viewer: Viewer,
        room_id: RoomId,
        nonce: str,
        content: dict[str, object],
        *,
        event_type: str = MESSAGE,
    ) -> EventId | None:
        if len(msgspec.json.encode(content)) > _LARGEST:
            raise TextTooLong
        outgoing = Outgoing(
            key=_key(viewer, nonce),
            room_id=room_id,
            content=content,
            event_type=event_type,
            identity=viewer.session,
            user_id=viewer.user_id,
        )
        return await self._enqueue(outgoing)

    async def _enqueue(self, outgoing: Outgoing) -> EventId | None:
        """Commit, then wait a little until the homeserver has it and pages show it."""
        with self._live.listening() as changes:
            await self._outbox.enqueue(outgoing)
            row = await self._outbox.settled(outgoing.key, within=_PATIENCE)
            if row is None or row.state is not RowState.SENT or row.event_id is None:
                return None
            try:
                async with asyncio.timeout(_PATIENCE):
                    # Our own echo passes dispatch like any other event of the room.
                    while not await self._live.shows(
                        outgoing.target or row.event_id, gone=bool(outgoing.target)
                    ):
                        await changes.get()
            except TimeoutError:
                return None
            return row.event_id


def _key(viewer: Viewer, nonce: str) -> str:
    return f"web:{viewer.user_id}:{nonce[:64]}"


def _saying(nonce: str, written: Written, attachment: Attachment | None = None) -> str:
    """Return a nonce that other words make another one.

    Browsers go back to a form that was sent, with its old nonce: what is then written must not be
    taken for the first text. A file sent twice has two addresses, so these do not count.
    """
    file = (attachment.name, attachment.size) if attachment else None
    said = hashlib.sha256(repr((written, file)).encode()).hexdigest()
    return f"{nonce[:40]}:{said[:16]}"


def _pending(row: OutboxRow) -> PendingWrite:
    content = Payload.parse(row.content) if row.content else Payload()
    new = content.at("m.new_content") or content
    relation = content.text("m.relates_to", "rel_type")
    kinds = {"m.replace": "edit", "m.thread": "comment", "m.annotation": "reaction"}
    kind = "deletion" if row.action is Action.REDACT else kinds.get(relation, "post")
    return PendingWrite(
        key=row.key,
        room_id=row.room_id,
        kind=kind,
        title=new.text("org.parvis.post", "title"),
        text=new.text("org.parvis.post", "source") or new.text("body"),
        draft=row.state is RowState.DRAFT,
        why=row.error or "",
        about=EventId(content.text("m.relates_to", "event_id")) or None,
        labels=new.texts("org.parvis.post", "labels"),
    )
