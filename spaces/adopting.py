"""Takes rooms and spaces that somebody else made into a group, with their people and their history.

A room keeps its id: the group's declaration names it, and its state is brought to that declaration.
A space holds no talk: its people are invited to the group, its rooms stay linked below the group,
and its tombstone leads there.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias
from urllib.parse import unquote

import structlog

from appservice.account import Account
from appservice.errors import CommandError, Forbidden, HomeserverError, NotFound
from appservice.ids import RoomAlias, RoomId, UserId, server_of
from appservice.languages import N_
from appservice.payload import Payload
from spaces.actual import RoomState, read_room
from spaces.chat import with_chat
from spaces.levels import CREATOR, OWNER, endless
from spaces.members import Members
from spaces.model import Declaration, Group
from spaces.reconcile import Reconciler
from spaces.rooms import TOMBSTONE, tombstone
from spaces.vocabulary import Part

_WITHIN = frozenset({"join", "invite"})
_CHILD = "m.space.child"

log = structlog.get_logger(__name__)


TakeIn: TypeAlias = Callable[[RoomId, RoomId], Awaitable[None]]
"""Has the feed read a room, which the space named before it names, from its beginning."""


class Obstacle(StrEnum):
    """Why a room cannot be taken over as it stands."""

    OUTSIDE = "outside"
    """The bot is not in it, or it does not exist."""
    LEVEL = "level"
    """The bot may not do there what the declaration asks for."""
    ASKER = "asker"
    """Who asks is not the one who decides in that room."""


class NotYet(CommandError):
    """A room cannot be taken over before something is done; *obstacle* says what."""

    def __init__(self, obstacle: Obstacle, message: str, **values: object) -> None:
        super().__init__(message, **values)
        self.obstacle = obstacle


@dataclass(frozen=True)
class Adopted:
    """What came of it; *linked* rooms of a *space* stand below the group, as they are."""

    group: Group
    people: int
    space: bool = False
    linked: int = 0


class Adoption:
    """Brings rooms in."""

    def __init__(
        self,
        *,
        bot: Account,
        members: Members,
        reconciler: Reconciler,
        take_in: TakeIn,
    ) -> None:
        self._bot = bot
        self._members = members
        self._reconciler = reconciler
        self._take_in = take_in

    async def adopt(self, group: Group, named: str, part: Part, asker: UserId) -> Adopted:
        """Make the room *named* the posts or the chat room of *group*, or let a space end in it.

        Raises NotYet with the exact step that is missing.
        """
        room = await self._room(named)
        if room.room_id in group.inner_rooms:
            return await self._finish(group, room)
        if room.room_id in group.every_room:
            return Adopted(group, 0)
        self._check(group, room, asker)
        if _is_space(room):
            return await self._take_space(group, room)
        if part is Part.POSTS and room.state("m.room.encryption"):
            raise CommandError(N_("That room is encrypted; it can be a chat room only."))
        return await self._take_room(group, room, part)

    async def _take_room(self, group: Group, room: RoomState, part: Part) -> Adopted:
        # Invited first: whoever is in a room but not in its space would be taken out of it.
        people = await self._invite(group, room)
        old = group.posts_id if part is Part.POSTS else group.chat_id

        def moved(now: Declaration) -> Declaration:
            if part is Part.CHAT and not now.chat:
                now = with_chat(now, self._reconciler.house.kinds.get(now.kind))
            return now.followed(part, old, room.room_id)

        adopted = await self._reconciler.alter(group, moved)
        await self._take_in(adopted.space_id, room.room_id)
        return Adopted(adopted, people)

    async def _finish(self, group: Group, room: RoomState) -> Adopted:
        """Do what may be left where a room is declared already: the last time was perhaps cut off."""
        mended = await self._reconciler.mend(group)
        await self._take_in(mended.space_id, room.room_id)
        return Adopted(mended, len(self._people(room)))

    async def _take_space(self, group: Group, space: RoomState) -> Adopted:
        people, linked = await self._invite(group, space), 0
        for (event_type, state_key), content in space.content.items():
            if event_type != _CHILD or not content.texts("via"):
                continue
            if state_key not in group.every_room:
                await self._bot.send_state(
                    group.space_id, _CHILD, dict(content.fields), state_key=state_key
                )
                linked += 1
        await self._bot.send_state(space.room_id, TOMBSTONE, tombstone(group.space_id))
        return Adopted(group, people, space=True, linked=linked)

    async def _invite(self, group: Group, room: RoomState) -> int:
        """Invite whoever is in *room* into the group; return how many are in it."""
        people = self._people(room)
        for user_id in people:
            try:
                await self._members.invite(group, user_id)
            except (CommandError, HomeserverError) as error:
                log.warning("a person was not brought along", user=user_id, error=str(error))
        return len(people)

    def _people(self, room: RoomState) -> Sequence[UserId]:
        creators = self._reconciler.house.creators
        return [
            user_id
            for user_id, standing in room.accounts.items()
            if standing.membership == "join" and user_id not in creators
        ]

    async def _room(self, named: str) -> RoomState:
        """Return the room that an id, an alias or a link names, if the bot is in it."""
        text = unquote(named.strip().rpartition("/#/")[2].partition("?")[0])
        try:
            room_id = RoomId(text)
            if text.startswith("#"):
                room_id = await self._bot.room_of_alias(RoomAlias(text)) or room_id
            if room_id not in await self._bot.joined_rooms():
                raise _outside(self._bot.user_id)
            return await read_room(self._bot, room_id)
        except (Forbidden, NotFound):
            raise _outside(self._bot.user_id) from None

    def _check(self, group: Group, room: RoomState, asker: UserId) -> None:
        if room.state("org.parvis.room"):
            raise CommandError(N_("That room belongs to a group already."))
        if _level(room, asker) < OWNER:
            raise NotYet(
                Obstacle.ASKER, N_("Only who holds power level 100 in that room can give it away.")
            )
        needed = max(OWNER, _needed(room))
        if _level(room, self._bot.user_id) < needed:
            raise NotYet(
                Obstacle.LEVEL,
                N_(
                    "I need power level {level} there: give it to `{bot}` in the room’s settings, "
                    "under roles and permissions (Element also takes `/op`, the name and the number). "
                    "Then ask me again."
                ),
                level=needed,
                bot=self._bot.user_id,
            )
        allowed = {server_of(self._bot.user_id), *group.declaration.partners}
        for user_id, standing in room.accounts.items():
            if standing.membership in _WITHIN and server_of(user_id) not in allowed:
                raise CommandError(
                    N_("People of {server} are in that room, and “{group}” is not shared with it."),
                    server=server_of(user_id),
                    group=group.name,
                )


def _is_space(room: RoomState) -> bool:
    return (room.state("m.room.create") or Payload()).text("type") == "m.space"


def _outside(bot: UserId) -> NotYet:
    return NotYet(
        Obstacle.OUTSIDE,
        N_("I am not in that room. Invite `{bot}` there, then ask me again."),
        bot=bot,
    )


def _level(room: RoomState, user_id: UserId) -> int:
    """Return the power level that an account holds, 150 for those above all."""
    if user_id in endless(room.version, room.creators):
        return CREATOR
    levels = room.state("m.room.power_levels")
    if levels is None:
        return CREATOR if user_id in room.creators else 0
    given = levels.number("users", user_id)
    return given if given is not None else levels.number("users_default") or 0


def _needed(room: RoomState) -> int:
    """Return the highest level that the state asks for which the declaration sets."""
    levels = room.state("m.room.power_levels") or Payload()
    events = levels.at("events")
    types = (*_SET, TOMBSTONE) if _is_space(room) else _SET
    asked = (events.number(name) or 0 for name in types)
    return max([*asked, levels.number("state_default") or 0])


_SET: Sequence[str] = (
    "m.room.power_levels",
    "m.room.name",
    "m.room.topic",
    "m.room.join_rules",
    "m.room.history_visibility",
    "m.room.guest_access",
    "m.room.server_acl",
    "m.space.parent",
    "m.space.child",
)
