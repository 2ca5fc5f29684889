"""Held posts: where only some may post, the bot answers another's post and waits for a poster's ✅.

    root message by somebody below the posting level --> bot: org.parvis.held, state "held"
    ✅ by a poster on the post or on that answer     --> bot edits its answer: state "published"

Rooms cannot tell a post from a comment, so nothing is refused: the feed obeys the bot's answer. The
row of that answer is committed before the feed learns of the post (the order of subscribers), so
that a held post never shows for a moment; a later promotion or demotion changes nothing.
"""

from collections.abc import Sequence
from typing import Any

import structlog

from appservice.account import Account
from appservice.errors import HomeserverError
from appservice.events import MESSAGE, REACTION, RelationKind, RoomEvent
from appservice.held import FIELD, HELD, PUBLISHED, key_of
from appservice.ids import EventId, RoomId, UserId
from appservice.languages import N_, Phrases
from appservice.outbox import Outbox
from appservice.outbox_rows import Outgoing, pending
from spaces.levels import CREATOR, endless
from spaces.model import Group
from spaces.roles import Action, needed_level, posting_level
from spaces.store import GroupStore
from spaces.vocabulary import Posting

_TICKS = frozenset({"✅", "✅\ufe0f"})
_COMMAND = "!parvis"

log = structlog.get_logger(__name__)


class HeldPosts:
    """A Subscriber that holds posts back and lets them go; it stands before the feed."""

    def __init__(self, *, bot: Account, groups: GroupStore, outbox: Outbox, words: Phrases) -> None:
        """*words* are those of the organization's language: all members read the answer."""
        self._bot = bot
        self._groups = groups
        self._outbox = outbox
        self._words = words

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Judge the posts among *events*, and the ticks."""
        asked = [event for event in events if _is_post(event) or _is_tick(event)]
        asked = [event for event in asked if event.sender != self._bot.user_id]
        group = await self._groups.by_room(events[0].room_id) if asked else None
        if group is None or events[0].room_id != group.posts_id:
            return
        for event in asked:
            if _is_post(event):
                await self._judge(group, event)
            else:
                await self._let_go(group, event)

    async def _judge(self, group: Group, event: RoomEvent) -> None:
        needed = posting_level(group.declaration.posting)
        if group.declaration.posting is Posting.EVERYONE and not _has_guests(group):
            return
        if await self._level(event.sender, event.room_id) >= needed:
            return
        content = _answer(self._words, event.event_id, published=False)
        await self._outbox.enqueue(Outgoing(key_of(HELD, event.event_id), event.room_id, content))

    async def _let_go(self, group: Group, tick: RoomEvent) -> None:
        """Publish what a tick is on, if it is held and the one who ticks may publish."""
        target = tick.relation.target if tick.relation else EventId("")
        held = await self._held_post(target, tick.room_id)
        if held is None:
            return
        if await self._level(tick.sender, tick.room_id) < needed_level(Action.PUBLISH):
            return
        key = key_of(HELD, held)
        new = _answer(self._words, held, published=True)
        del new["m.relates_to"]
        edit = {
            **new,
            "body": f"* {new['body']}",
            "m.new_content": new,
            "m.relates_to": {"rel_type": "m.replace", "event_id": pending(key)},
        }
        await self._outbox.enqueue(Outgoing(key_of(PUBLISHED, held), tick.room_id, edit))
        log.info("a held post was published", group=group.slug, by=tick.sender)

    async def _held_post(self, target: EventId, room_id: RoomId) -> EventId | None:
        """Return the held post that *target* is, or whose answer it is."""
        if await self._outbox.row(key_of(HELD, target)):
            return target
        try:
            event = await self._bot.event(room_id, target)
        except HomeserverError:
            return None
        if event.sender != self._bot.user_id or FIELD not in event.content:
            return None
        return EventId(event.content.text(FIELD, "event")) or None

    async def _level(self, user_id: UserId, room_id: RoomId) -> int:
        levels = await self._bot.state_content(room_id, "m.room.power_levels")
        create = await self._bot.state_event(room_id, "m.room.create")
        if create is not None:
            others = (UserId(user) for user in create.content.texts("additional_creators"))
            above = endless(create.content.text("room_version"), (create.sender, *others))
            if user_id in above:
                return CREATOR
        if levels is None:
            return 0
        given = levels.number("users", user_id)
        return given if given is not None else levels.number("users_default") or 0


def _answer(words: Phrases, event_id: EventId, *, published: bool) -> dict[str, Any]:
    said = (
        words(N_("This post is published."))
        if published
        else words(N_("This post waits until somebody who may post here answers it with ✅."))
    )
    return {
        "msgtype": "m.notice",
        "body": said,
        "m.mentions": {},
        FIELD: {"event": event_id, "state": PUBLISHED if published else HELD},
        "m.relates_to": {
            "rel_type": RelationKind.THREAD.value,
            "event_id": event_id,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": event_id},
        },
    }


def _has_guests(group: Group) -> bool:
    return any(role.value == "guest" for _, role in group.declaration.roles)


def _is_post(event: RoomEvent) -> bool:
    if event.type != MESSAGE or event.state_key is not None or event.redacted:
        return False
    command = event.content.text("body").strip().lower().startswith(_COMMAND)
    return event.relation is None and not event.soft_failed and not command


def _is_tick(event: RoomEvent) -> bool:
    relation = event.relation
    if event.type != REACTION or relation is None or event.redacted:
        return False
    return relation.kind is RelationKind.ANNOTATION and relation.key in _TICKS
