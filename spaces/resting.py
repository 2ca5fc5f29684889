"""Lets a group rest: all of it can be read, nothing written.

Its last post says by whom, and why: in a client nothing else tells the members why they may not write.
"""

from dataclasses import replace

from appservice.ids import UserId
from appservice.languages import N_, Phrases
from appservice.outbox import Outbox
from appservice.outbox_rows import Outgoing
from spaces.model import Group
from spaces.reasons import reason_told, short_reason
from spaces.reconcile import Reconciler


class Resting:
    """Carries it out, as the bot; done again for the same request, it is done once."""

    def __init__(self, *, outbox: Outbox, reconciler: Reconciler, words: Phrases) -> None:
        """*words* are those of the organization's language: all members read the last post."""
        self._outbox = outbox
        self._reconciler = reconciler
        self._words = words

    async def rest(self, group: Group, by: UserId, *, asked: str, reason: str = "") -> Group:
        """Let *group* rest on somebody's word; *asked* names their request."""
        if not group.declaration.archived:
            await self._outbox.enqueue(self._last_post(group, by, asked, short_reason(reason)))
        return await self._reconciler.alter(group, lambda now: replace(now, archived=True))

    def _last_post(self, group: Group, by: UserId, asked: str, reason: str) -> Outgoing:
        words = self._words
        title = words(N_("This group rests from now on"))
        said = [
            words(N_("{person} let it rest."), person=by),
            *reason_told(reason, words),
            words(
                N_(
                    "What was written here stays and can be read; nothing can be added until an owner "
                    "wakes it."
                )
            ),
        ]
        content = {
            "msgtype": "m.notice",
            "body": f"{title}\n\n{' '.join(said)}",
            "m.mentions": {},
            "org.parvis.post": {"lang": words.language.value},
        }
        return Outgoing(f"rests:{group.declaration.uuid}:{asked}", group.posts_id, content)
