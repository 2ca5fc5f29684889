"""Has one group go on in another: the old one can be read, its people are brought along.

    A: archived, successor B, a last post that says where --> its people are invited to B

Nobody may learn more by it than before: see `why_not`.
"""

import asyncio
from dataclasses import dataclass, replace

import structlog

from appservice.account import Account
from appservice.errors import CommandError, HomeserverError
from appservice.ids import UserId
from appservice.languages import N_, Phrases
from appservice.outbox import Outbox
from appservice.outbox_rows import Outgoing
from spaces.members import Members
from spaces.model import Declaration, Group
from spaces.reconcile import Reconciler
from spaces.vocabulary import Access

_AT_ONCE = 4
_STRICTER = {Access.OPEN: 0, Access.PRIVATE: 1, Access.SECRET: 2}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Merged:
    """*old* goes on in *new*, with so many *people* who were not in it yet."""

    old: Group
    new: Group
    people: int


def why_not(old: Declaration, new: Declaration) -> str:
    """Return a msgid that says why *old* cannot go on in *new*, or an empty text."""
    if old.uuid == new.uuid:
        return N_("A group cannot go on in itself.")
    if new.archived:
        return N_("“{new}” rests itself.")
    if old.successor and old.successor != new.uuid:
        return N_("“{old}” goes on in another group already.")
    if _STRICTER[new.access] < _STRICTER[old.access]:
        return N_("“{new}” is more open than “{old}”: what few read would go on before more.")
    if new.access is Access.SECRET and old.access is not Access.SECRET:
        return N_("“{old}” would tell everybody of a secret group.")
    if set(old.partners) != set(new.partners):
        return N_("“{old}” and “{new}” are not shared with the same organizations.")
    return ""


class Merging:
    """Carries it out, as the bot; done again, it does what is left."""

    def __init__(
        self,
        *,
        bot: Account,
        members: Members,
        outbox: Outbox,
        reconciler: Reconciler,
        words: Phrases,
    ) -> None:
        """*words* are those of the organization's language: all members read the last post."""
        self._bot = bot
        self._members = members
        self._outbox = outbox
        self._reconciler = reconciler
        self._words = words

    async def merge(self, old: Group, new: Group) -> Merged:
        """Have *old* go on in *new*, or raise CommandError saying why not."""
        if message := why_not(old.declaration, new.declaration):
            raise CommandError(message, old=old.name, new=new.name)
        await self._outbox.enqueue(self._last_post(old, new))
        rests = await self._reconciler.alter(
            old, lambda now: replace(now, archived=True, successor=new.declaration.uuid)
        )
        return Merged(rests, new, await self._bring(old, new))

    async def _bring(self, old: Group, new: Group) -> int:
        slots = asyncio.Semaphore(_AT_ONCE)
        open_word = old.declaration.access is not Access.SECRET
        reason = self._words(N_("“{old}” goes on here."), old=old.name) if open_word else ""

        async def bring(user_id: UserId) -> bool:
            async with slots:
                try:
                    return await self._members.invite(new, user_id, reason=reason)
                except (CommandError, HomeserverError) as error:
                    log.warning("a person was not brought along", user=user_id, error=str(error))
                    return False

        people = set(await self._bot.joined_members(old.space_id))
        people -= set(self._reconciler.house.creators)
        return sum(await asyncio.gather(*(bring(user_id) for user_id in sorted(people))))

    def _last_post(self, old: Group, new: Group) -> Outgoing:
        title = self._words(N_("This group goes on in “{new}”"), new=new.name)
        rest = self._words(N_("What was written here stays and can be read; nothing can be added."))
        content = {
            "msgtype": "m.notice",
            "body": f"{title}\n\n{rest}",
            "m.mentions": {},
            "org.parvis.post": {"lang": self._words.language.value},
        }
        key = f"merged:{old.declaration.uuid}:{new.declaration.uuid}"
        return Outgoing(key, old.posts_id, content)
