"""Has one subject of a group go on in a group of its own.

    split --> draft with the four answers --> the new group stands
          --> the label is moved in the old group's declaration, a pinned post says where it goes on
    a later post with that label --> the bot's comment says where; open groups: a reference there

What was written stays where it is. Nobody is moved, and who is outside the new group learns its name
only if everybody may.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog

from appservice.account import Account
from appservice.errors import HomeserverError
from appservice.events import MESSAGE, RelationKind, RoomEvent
from appservice.held import HELD, key_of
from appservice.languages import N_, Phrases
from appservice.outbox import Outbox
from appservice.outbox_rows import Outgoing
from spaces.charter_posts import PINNED
from spaces.drafts import Split
from spaces.folding import folded
from spaces.model import Declaration, Group
from spaces.reconcile import Reconciler
from spaces.references import POST, References, gist_of
from spaces.store import GroupStore
from spaces.vocabulary import Access

log = structlog.get_logger(__name__)


class Splitting:
    """Carries it out once the new group stands; a Subscriber that redirects later posts."""

    def __init__(
        self,
        *,
        bot: Account,
        groups: GroupStore,
        outbox: Outbox,
        reconciler: Reconciler,
        references: References,
        words: Phrases,
    ) -> None:
        """*words* are those of the organization's language: all members read them."""
        self._bot = bot
        self._groups = groups
        self._outbox = outbox
        self._reconciler = reconciler
        self._references = references
        self._words = words

    async def finish(self, split: Split, new: Group) -> None:
        """Have the label of *split* go on in *new*; done again, it changes nothing."""
        origin = await self._groups.by_uuid(split.origin)
        if origin is None:
            return
        uuid = new.declaration.uuid
        await self._reconciler.alter(origin, lambda now: with_moved(now, split.label, uuid))
        key = f"split:{split.origin}:{folded(split.label)}:{uuid}"
        await self._outbox.enqueue(Outgoing(key, origin.posts_id, self._note(split.label, new)))

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Answer posts whose label has moved on."""
        asked = [event for event in events if _labels(event) and event.sender != self._bot.user_id]
        origin = await self._groups.by_room(asked[0].room_id) if asked else None
        if origin is None or not origin.declaration.moved or asked[0].room_id != origin.posts_id:
            return
        for event in asked:
            try:
                await self._redirect(origin, event)
            except HomeserverError as error:
                log.warning("a post was not redirected", error=str(error))

    async def _redirect(self, origin: Group, event: RoomEvent) -> None:
        moved = {folded(label): (label, uuid) for label, uuid in origin.declaration.moved}
        found = next((moved[label] for label in _labels(event) if label in moved), None)
        new = await self._groups.by_uuid(found[1]) if found else None
        if found is None or new is None or new.declaration.archived:
            return
        content = {
            "msgtype": "m.notice",
            "body": self._where(found[0], new),
            "m.mentions": {},
            "m.relates_to": {
                "rel_type": RelationKind.THREAD.value,
                "event_id": event.event_id,
                "is_falling_back": True,
                "m.in_reply_to": {"event_id": event.event_id},
            },
        }
        await self._outbox.enqueue(Outgoing(f"moved:{event.event_id}", event.room_id, content))
        held = await self._outbox.row(key_of(HELD, event.event_id))
        if origin.declaration.access is Access.OPEN and held is None:
            await self._references.refer(event.event_id, gist_of(event.content), origin, new)

    def _note(self, label: str, new: Group) -> dict[str, Any]:
        title = self._where(label, new)
        rest = self._words(N_("What was written here stays here."))
        language = self._words.language.value
        return {
            "msgtype": "m.notice",
            "body": f"{title}\n\n{rest}",
            "m.mentions": {},
            POST: {"lang": language},
            PINNED: True,
        }

    def _where(self, label: str, new: Group) -> str:
        """Say where a subject goes on; the name of a secret group is for its members."""
        if new.declaration.access is Access.SECRET:
            return self._words(
                N_("“{label}” goes on in another group; ask the owners."), label=label
            )
        return self._words(N_("“{label}” goes on in the group “{new}”"), label=label, new=new.name)


def with_moved(declared: Declaration, label: str, uuid: str) -> Declaration:
    """Return *declared* with a label that goes on in another group."""
    kept = tuple(one for one in declared.labels if folded(one) != folded(label))
    moved = tuple(one for one in declared.moved if folded(one[0]) != folded(label))
    return replace(declared, labels=kept, moved=tuple(sorted((*moved, (label, uuid)))))


def _labels(event: RoomEvent) -> tuple[str, ...]:
    """Return the folded labels of a post, none for what is no post."""
    post = event.type == MESSAGE and event.state_key is None and event.relation is None
    if not post or event.redacted or event.soft_failed:
        return ()
    return tuple(folded(label) for label in event.content.texts(POST, "labels"))
