"""A random organization drifts at random: one pass restores what was declared, a second sends nothing.

Where somebody's level allows it they do it with a client of their own, and what they may decide is
kept: who was taken out by hand stays out. The rest is done with the bot's own token.
"""

import random
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

import pytest

from appservice.ids import RoomId, UserId
from spaces.actual import RoomState, read_room
from spaces.model import Group
from spaces.vocabulary import Access
from tests.harness.calls import membership, set_state
from tests.harness.house import House, open_house
from tests.harness.organization import (
    Organization,
    Size,
    Tell,
    found,
    side_by_side,
    untold,
)

_SMALL, _FULL = Size(people=14, groups=6, clients=2), Size(people=2000, groups=150, clients=20)
_KINDS_OF_DRIFT = 10
_LINES = 10
"""How often it is said how far something is."""
_WITHIN = frozenset({"join", "invite"})
_FALSE_STATE = {
    "m.room.name": {"name": "Faux"},
    "m.room.join_rules": {"join_rule": "public"},
    "m.room.history_visibility": {"history_visibility": "world_readable"},
    "m.room.guest_access": {"guest_access": "can_join"},
    "org.parvis.room": {},
}
"""What the bot's own token sets wrongly, in any room of a group."""
_FALSE_DECLARATION = {"org.parvis.group": {"kind": "topic"}, "org.parvis.roles": {"roles": {}}}


@pytest.fixture
async def house(homeserver, tmp_path) -> AsyncIterator[House]:
    async with open_house(tmp_path, homeserver) as house:
        yield house


@pytest.fixture
def tell(size: Size, capfd) -> Tell:
    """Says at full size how far it is, past what keeps the words of tests."""
    began = time.monotonic()

    def say(what: str, done: int, total: int) -> None:
        if done % max(1, total // _LINES) and done < total:
            return
        with capfd.disabled():
            print(f"{time.monotonic() - began:7.0f} s  {what}: {done} of {total}", flush=True)  # noqa: T201

    return say if size == _FULL else untold


@dataclass
class Drifts:
    """Spoils an organization, and notes what of it was somebody's right."""

    organization: Organization
    chance: random.Random
    kept_out: set[tuple[RoomId, UserId]] = field(default_factory=set)
    """Who stays out of which room by the word of a person."""
    touched: set[tuple[str, UserId]] = field(default_factory=set)
    times: dict[str, int] = field(default_factory=dict)

    async def make(self, count: int, tell: Tell) -> None:
        """Make *count* drifts, each kind in turn."""
        kinds = (
            self._topic, self._kick, self._state, self._kick_by_bot, self._levels, self._ban,
            self._children, self._kick_inside, self._declaration, self._stray,
        )  # fmt: skip
        for number in range(count):
            how = kinds[number % len(kinds)]
            while not await how(self.chance.choice(self.organization.groups)):
                pass
            self.times[how.__name__] = self.times.get(how.__name__, 0) + 1
            tell("drifts", number + 1, count)

    # With the clients of people

    async def _topic(self, group: Group) -> bool:
        room = self.chance.choice(group.rooms)
        owner = self.organization.owner_of(group)
        assert await set_state(owner, room, "m.room.topic", {"topic": "Autre chose"}) == 200
        return True

    async def _kick(self, group: Group) -> bool:
        return await self._by_hand("kick", group, group.space_id)

    async def _ban(self, group: Group) -> bool:
        return await self._by_hand("ban", group, group.space_id)

    async def _kick_inside(self, group: Group) -> bool:
        return await self._by_hand("kick", group, group.posts_id)

    async def _by_hand(self, verb: str, group: Group, room: RoomId) -> bool:
        victim = self._victim(group, self.organization.within(group))
        if victim is None:
            return False
        owner = self.organization.owner_of(group)
        assert await membership(owner, verb, room, victim) == 200
        may_leave = self.organization.kind_of(group).leaving
        meant = victim in self.organization.meant(group)
        if verb == "ban" or may_leave or not meant:
            rooms = group.rooms if room == group.space_id else [room]
            self.kept_out |= {(each, victim) for each in rooms}
        return True

    # With the bot's own token

    async def _state(self, group: Group) -> bool:
        event_type, content = self.chance.choice(list(_FALSE_STATE.items()))
        await self.organization.bot.send_state(self.chance.choice(group.rooms), event_type, content)
        return True

    async def _declaration(self, group: Group) -> bool:
        event_type, content = self.chance.choice(list(_FALSE_DECLARATION.items()))
        await self.organization.bot.send_state(group.space_id, event_type, content)
        return True

    async def _levels(self, group: Group) -> bool:
        bot, room = self.organization.bot, self.chance.choice(group.rooms)
        levels = await bot.state_content(room, "m.room.power_levels")
        assert levels
        stranger = self.chance.choice(self.organization.people)
        users = {**levels.at("users").fields, stranger: 100}
        content = {**levels.fields, "users": users, "events_default": 0}
        await bot.send_state(room, "m.room.power_levels", content)
        return True

    async def _children(self, group: Group) -> bool:
        bot = self.organization.bot
        await bot.send_state(group.space_id, "m.space.child", {}, state_key=group.posts_id)
        await bot.send_state(group.posts_id, "m.space.parent", {}, state_key=group.space_id)
        if group.declaration.access is not Access.SECRET:
            above = self.organization.above(group)
            await bot.send_state(above, "m.space.child", {}, state_key=group.space_id)
        return True

    async def _kick_by_bot(self, group: Group) -> bool:
        victim = self._victim(group, self.organization.meant(group))
        if victim is None:
            return False
        await self.organization.bot.kick(self.chance.choice(group.rooms), victim)
        return True

    async def _stray(self, group: Group) -> bool:
        outside = set(self.organization.people) - self.organization.within(group)
        victim = self._victim(group, outside)
        if victim is None:
            return False
        await self.organization.bot.invite(group.posts_id, victim)
        return True

    def _victim(self, group: Group, among: Iterable[UserId]) -> UserId | None:
        """Return somebody to whom nothing was done in this group yet."""
        uuid = group.declaration.uuid
        free = [user for user in sorted(among) if (uuid, user) not in self.touched]
        if not free:
            return None
        victim = self.chance.choice(free)
        self.touched.add((uuid, victim))
        return victim


async def _stands(organization: Organization) -> dict[RoomId, RoomState]:
    """Return every room of the organization as it is now."""
    rooms = [organization.root, *(room for group in organization.groups for room in group.rooms)]
    states = await side_by_side(lambda room: read_room(organization.bot, room), rooms)
    return dict(zip(rooms, states, strict=True))


async def _events(organization: Organization) -> dict[RoomId, frozenset[str]]:
    """Return the ids of all state events of every room."""

    async def ids(room: RoomId) -> frozenset[str]:
        return frozenset(event.event_id for event in await organization.bot.state(room))

    rooms = [organization.root, *(room for group in organization.groups for room in group.rooms)]
    return dict(zip(rooms, await side_by_side(ids, rooms), strict=True))


def _declared(state: RoomState) -> dict[tuple[str, str], object]:
    """Return what was set in a room; of its topic the words, beside which homeservers set a rich form."""
    return {
        key: content.text("topic") if key[0] == "m.room.topic" else content.fields
        for key, content in state.content.items()
        if content.fields  # A link that was taken back again is none.
    }


def _within(state: RoomState) -> set[UserId]:
    return {user for user, standing in state.accounts.items() if standing.membership in _WITHIN}


@pytest.mark.parametrize(
    ("size", "count"),
    [(_SMALL, 20), pytest.param(_FULL, 500, marks=[pytest.mark.long, pytest.mark.timeout(7200)])],
    ids=["small", "full"],
)
async def test_a_pass_restores_what_drifted_and_a_second_sends_nothing(house, size, count, tell):
    chance = random.Random(20)
    organization = await found(house, size, chance, tell)
    run = house.app.spaces.passes.run
    declared = await _stands(organization)
    drifts = Drifts(organization, chance)
    await drifts.make(count, tell)

    report = await run(lambda *far: tell("groups looked at", *far))
    mended, events = await _stands(organization), await _events(organization)
    again = await run(lambda *far: tell("groups looked at again", *far))

    assert len(drifts.times) == _KINDS_OF_DRIFT
    assert report.failed == again.failed == ()
    for room, before in declared.items():
        kept_out = {user for kept, user in drifts.kept_out if kept == room}
        assert _declared(mended[room]) == _declared(before), room
        assert _within(mended[room]) == _within(before) - kept_out, room
    assert again.moved == 0
    assert await _events(organization) == events
