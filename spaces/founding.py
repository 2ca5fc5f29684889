"""How a group comes to be: a draft, four answers, perhaps a word of approval, then its rooms."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from appservice.errors import CommandError, NotPermitted
from appservice.ids import UserId
from appservice.languages import N_
from spaces.charter import LONGEST_ANSWER
from spaces.drafts import Draft, DraftState, DraftStore, Split
from spaces.kinds import Chat
from spaces.members import Members
from spaces.model import Declaration, Group
from spaces.naming import secret_slug_of, slug_of
from spaces.reconcile import Reconciler
from spaces.store import GroupStore
from spaces.vocabulary import Access, Creation, Role


class Founding:
    """Carries drafts to groups."""

    def __init__(
        self,
        *,
        creation: Creation,
        drafts: DraftStore,
        groups: GroupStore,
        members: Members,
        reconciler: Reconciler,
        split: Callable[[Split, Group], Awaitable[None]],
        waits: Callable[[Draft], Awaitable[None]],
        decided: Callable[[Draft, Group | None, UserId, str], Awaitable[None]],
    ) -> None:
        """*split* has a subject of another group go on in the one that was made; *waits* tells the
        approvers of a draft, *decided* its author of what came of it, by whom, and why.
        """
        self._split = split
        self._waits = waits
        self._decided = decided
        self.creation = creation
        self.drafts = drafts
        self._groups = groups
        self._members = members
        self._reconciler = reconciler

    async def save(self, draft: Draft) -> Draft:
        """Keep a draft as it is now."""
        for answer in draft.charter.content().values():
            if len(answer) > LONGEST_ANSWER:
                raise CommandError(N_("An answer has at most {n} characters."), n=LONGEST_ANSWER)
        kept = replace(draft, changed=int(time.time() * 1000))
        await self.drafts.put(kept)
        return kept

    async def go_on(self, draft: Draft, *, is_admin: bool) -> Group | Draft:
        """Make the group of a complete draft, or let it wait for an approver.

        An incomplete one comes back as it is.
        """
        if draft.missing:
            return draft
        if self.creation is Creation.ADMINS and not is_admin:
            raise NotPermitted(N_("Only admins make groups here."))
        if self.creation is Creation.APPROVED and not is_admin:
            waiting = await self.save(replace(draft, state=DraftState.WAITING))
            await self._waits(waiting)
            return waiting
        return await self.make(draft)

    async def make(self, draft: Draft) -> Group:
        """Make the group; made again, it is the same one."""
        group = await self._made(draft)
        await self.save(replace(draft, state=DraftState.MADE))
        return group

    async def approve(self, draft: Draft, by: UserId) -> Group:
        """Make the group of a draft that waits, and tell its author."""
        group = await self._made(draft)
        await self._decided(draft, group, by, "")
        await self.save(replace(draft, state=DraftState.MADE))
        return group

    async def _made(self, draft: Draft) -> Group:
        declared = await self._reconciler.declared(draft.uuid) or await self._declared(draft)
        group = await self._reconciler.ensure(declared)
        await self._members.invite(group, draft.author)
        if draft.split:
            await self._split(draft.split, group)
        return group

    async def refuse(self, draft: Draft, by: UserId, reason: str = "") -> Draft:
        """Let no group come of a draft that waits, and tell its author, with the *reason* if one is given."""
        await self._decided(draft, None, by, reason)
        return await self.save(replace(draft, state=DraftState.REFUSED))

    async def drop(self, draft: Draft) -> Draft:
        """Forget a draft of one's own."""
        return await self.save(replace(draft, state=DraftState.DROPPED))

    async def find(self, short: str, author: UserId | None) -> Draft:
        """Return the draft that begins with *short*; of *author*, or (None) among the waiting."""
        among = await self.drafts.of(author) if author else await self.drafts.waiting()
        for draft in among:
            if not short or draft.uuid.startswith(short):
                return draft
        raise CommandError(N_("There is no such draft."))

    async def _declared(self, draft: Draft) -> Declaration:
        kind = self._reconciler.house.kinds[draft.kind]
        taken = {group.slug for group in await self._groups.all()}
        secret = draft.access is Access.SECRET
        return Declaration(
            uuid=draft.uuid,
            slug=secret_slug_of(draft.name) if secret else slug_of(draft.name, taken=taken),
            name=draft.name,
            kind=draft.kind,
            access=draft.access,
            charter=draft.charter,
            landmark=kind.landmark,
            labels=kind.labels,
            roles=((draft.author, Role.OWNER),),
            chat=kind.chat is Chat.ALWAYS,
            posting=kind.posting,
            commenting=kind.commenting,
        )
