"""Carries out the plan of who belongs where, and tells those whom it moves why."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import structlog

from appservice.account import Account
from appservice.errors import CommandError, Forbidden, HomeserverError
from appservice.events import MEMBER
from appservice.ids import RoomId, UserId
from appservice.languages import Phrases
from spaces.actual import RoomState, read_room
from spaces.arrivals import Arrivals
from spaces.brought import BroughtMembers
from spaces.farewell import WHY, Farewell
from spaces.kinds import Kind
from spaces.legacy import Legacy
from spaces.members import Members
from spaces.membership import (
    Because,
    Bring,
    GroupStanding,
    Move,
    Standing,
    Take,
    left_behind,
    plan_membership,
)
from spaces.model import Group
from spaces.people import DirectoryPerson

log = structlog.get_logger(__name__)


class Alignment:
    """Brings each group's people to what its declaration, its kind and the directory say."""

    def __init__(  # noqa: PLR0913 - what one move may need
        self,
        *,
        bot: Account,
        members: Members,
        brought: BroughtMembers,
        arrivals: Arrivals,
        farewell: Farewell,
        legacy: Legacy,
        kinds: Mapping[str, Kind],
        spared: frozenset[UserId],
        words: Phrases,
    ) -> None:
        """*spared* accounts are never moved; *words* are those of the organization's language."""
        self._bot = bot
        self._members = members
        self._brought = brought
        self._arrivals = arrivals
        self._farewell = farewell
        self._legacy = legacy
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
        plan = plan_membership(
            group.declaration,
            kind,
            people,
            standing,
            spared=self._spared,
            at_once=self._arrivals.at_once,
        )
        known = {person.user_id: person for person in people}
        moved = [await self._carry_out(group, move, known, space) for move in list(plan)]
        inside = [
            await self._look_into(room, group, kind, known, space) for room in group.inner_rooms
        ]
        return sum(moved) + sum(inside)

    async def _carry_out(
        self,
        group: Group,
        move: Move,
        known: Mapping[UserId, DirectoryPerson],
        space: RoomState,
    ) -> bool:
        """Make one move; who cannot be moved now is left to the next pass."""
        try:
            if isinstance(move, Bring):
                return await self._bring(group, move, known[move.user_id])
            await self._take(group, move, space.accounts[move.user_id])
        except (CommandError, HomeserverError) as error:
            log.warning("a person was not moved", user=move.user_id, error=str(error))
            return False
        return True

    async def _bring(self, group: Group, move: Bring, person: DirectoryPerson) -> bool:
        if move.because is not Because.ROLE:
            await self._brought.note(move.uuid, move.user_id)
        reason = self._words(WHY[move.because])
        return await self._arrivals.into_group(group, person, reason=reason)

    async def _take(self, group: Group, move: Take, standing: Standing) -> None:
        if standing.membership == "join":
            stay = standing.event_id
            await self._farewell.from_group(group, move.user_id, move.because, stay=stay)
        if move.because is Because.LEFT_ORGANIZATION:
            await self._legacy.pass_on(group, move.user_id)
        await self._members.remove(
            group,
            move.user_id,
            reason=self._words(WHY[move.because]),
            orphaning=move.because is Because.LEFT_ORGANIZATION,
        )
        await self._brought.forget(move.uuid, move.user_id)

    async def _look_into(
        self,
        room_id: RoomId,
        group: Group,
        kind: Kind,
        known: Mapping[UserId, DirectoryPerson],
        space: RoomState,
    ) -> int:
        """Have an inner room follow the space, both ways; return how many moved."""
        room = await read_room(self._bot, room_id)
        missing = left_behind(
            group.declaration,
            kind,
            list(known.values()),
            space=space.accounts,
            room=room.accounts,
            at_once=self._arrivals.at_once,
        )
        moved = 0
        for user_id in list(missing):
            invited = room.membership(user_id) == "invite"
            with suppress(Forbidden):  # Came in between the two calls.
                moved += await self._arrivals.into_room(room_id, known[user_id], invited=invited)
        return moved + await self._cascade(room, space)

    async def _cascade(self, room: RoomState, space: RoomState) -> int:
        """Take out of an inner room whoever is not in the space."""
        moved = 0
        for user_id, standing in room.accounts.items():
            within = standing.membership in {"join", "invite", "knock"}
            if user_id in self._spared or not within or _is_in(space.membership(user_id)):
                continue
            if await self._came_since(space.room_id, user_id):
                continue
            with suppress(Forbidden):
                await self._bot.kick(room.room_id, user_id)
                moved += 1
        return moved

    async def _came_since(self, space_id: RoomId, user_id: UserId) -> bool:
        """Tell whether somebody is in the space by now: the plan, or a click, brought them in."""
        content = await self._bot.state_content(space_id, MEMBER, user_id)
        return content is not None and _is_in(content.text("membership"))


def _is_in(membership: str) -> bool:
    return membership in {"join", "invite"}
