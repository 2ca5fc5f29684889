"""Carries out the plan of who belongs where, and tells those whom it moves why."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import structlog

from appservice.account import Account
from appservice.errors import CommandError, Forbidden, HomeserverError
from appservice.ids import UserId
from appservice.languages import N_, Phrases
from spaces.actual import RoomState, read_room
from spaces.brought import BroughtMembers
from spaces.kinds import Kind
from spaces.members import Members
from spaces.membership import Because, Bring, GroupStanding, Move, Take, plan_membership
from spaces.model import Group
from spaces.people import DirectoryPerson

log = structlog.get_logger(__name__)

WHY: Mapping[Because, str] = {
    Because.EVERYONE: N_("This group is for everybody."),
    Because.RULE: N_("This group is for people like you, says the directory."),
    Because.ROLE: N_("You have a part in this group."),
    Because.NO_LONGER_MEANT: N_(
        "The directory no longer counts you among those whom this group is for. What you wrote "
        "stays, and you may ask to come back."
    ),
    Because.LEFT_ORGANIZATION: N_("You have left the organization. What you wrote stays."),
    Because.NO_GUESTS: N_("This group has no guests. What you wrote stays."),
}
"""What somebody is told who is brought in or taken out."""


class Alignment:
    """Brings each group's people to what its declaration, its kind and the directory say."""

    def __init__(
        self,
        *,
        bot: Account,
        members: Members,
        brought: BroughtMembers,
        kinds: Mapping[str, Kind],
        spared: frozenset[UserId],
        words: Phrases,
    ) -> None:
        """*spared* accounts are never moved; *words* are those of the organization's language."""
        self._bot = bot
        self._members = members
        self._brought = brought
        self._kinds = kinds
        self._spared = spared
        self._words = words

    async def align(self, group: Group, people: Sequence[DirectoryPerson]) -> int:
        """Bring in and take out whom the plan names; return how many moved."""
        kind = self._kinds.get(group.declaration.kind)
        if kind is None:
            return 0
        space = await read_room(self._bot, group.space_id)
        standing = GroupStanding(space.accounts, await self._brought.into(group.declaration.uuid))
        plan = plan_membership(group.declaration, kind, people, standing, spared=self._spared)
        moved = [await self._carry_out(group, move) for move in list(plan)]
        return sum(moved) + await self._cascade(group, space)

    async def _carry_out(self, group: Group, move: Move) -> bool:
        """Make one move; who cannot be moved now is left to the next pass."""
        try:
            if isinstance(move, Bring):
                await self._bring(group, move)
            else:
                await self._take(group, move)
        except (CommandError, HomeserverError) as error:
            log.warning("a person was not moved", user=move.user_id, error=str(error))
            return False
        return True

    async def _bring(self, group: Group, move: Bring) -> None:
        if move.because is not Because.ROLE:
            await self._brought.note(move.uuid, move.user_id)
        await self._members.invite(group, move.user_id, reason=self._words(WHY[move.because]))

    async def _take(self, group: Group, move: Take) -> None:
        reason = self._words(WHY[move.because])
        await self._members.remove(group, move.user_id, reason=reason)
        await self._brought.forget(move.uuid, move.user_id)

    async def _cascade(self, group: Group, space: RoomState) -> int:
        """Take out of the inner rooms whoever is not in the space, and carry bans through."""
        moved = 0
        for room_id in group.inner_rooms:
            room = await read_room(self._bot, room_id)
            for user_id, standing in room.accounts.items():
                within = standing.membership in {"join", "invite", "knock"}
                if user_id in self._spared or not within:
                    continue
                if space.membership(user_id) not in {"join", "invite"}:
                    with suppress(Forbidden):
                        await self._bot.kick(room_id, user_id)
                        moved += 1
        return moved
