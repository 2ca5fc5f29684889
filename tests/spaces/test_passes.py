"""One pass restores what was declared; a second one sends nothing."""

import asyncio
from dataclasses import replace

import pytest

from spaces.model import with_roles
from spaces.people import DirectoryPerson
from spaces.vocabulary import Role
from tests.harness.calls import membership
from tests.harness.house import open_house
from tests.harness.wait import until


@pytest.fixture
async def house(homeserver, tmp_path):
    async with open_house(tmp_path, homeserver) as house:
        yield house


async def _all_state(house, groups) -> dict[str, frozenset[str]]:
    """Return the ids of every state event of the groups' rooms."""
    bot = house.app.trays.bot
    rooms = [room for group in groups for room in group.rooms]
    states = await asyncio.gather(*(bot.state(room) for room in rooms))
    return {
        room: frozenset(event.event_id for event in state)
        for room, state in zip(rooms, states, strict=True)
    }


async def test_a_pass_mends_what_drifted_and_a_second_sends_nothing(house):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    groups = [await house.group(f"Atelier {number}", [ana, zoe]) for number in range(4)]
    bot, passes = house.app.trays.bot, house.app.spaces.passes
    first, second, third, fourth = groups
    await ana.client.room_put_state(first.posts_id, "m.room.topic", {"topic": "Autre chose"})
    await bot.send_state(second.space_id, "m.room.name", {"name": "Faux"})
    await bot.send_state(second.posts_id, "m.room.join_rules", {"join_rule": "public"})
    levels = await bot.state_content(third.posts_id, "m.room.power_levels")
    users = {**levels.at("users").fields, zoe.user_id: 100}
    await bot.send_state(third.posts_id, "m.room.power_levels", {**levels.fields, "users": users})
    await bot.send_state(fourth.space_id, "m.space.child", {}, state_key=fourth.posts_id)
    root = await house.app.spaces.reconciler.root()
    await bot.send_state(root, "m.space.child", {}, state_key=fourth.space_id)

    report = await passes.run()
    mended = await _all_state(house, groups)
    again = await passes.run()

    topic = await bot.state_content(first.posts_id, "m.room.topic")
    assert topic.text("topic") == "Pour parler de Atelier 0."
    assert (await bot.state_content(second.space_id, "m.room.name")).text("name") == "Atelier 1"
    rule = await bot.state_content(second.posts_id, "m.room.join_rules")
    assert rule.text("join_rule") == "restricted"
    levels = await bot.state_content(third.posts_id, "m.room.power_levels")
    assert levels.number("users", zoe.user_id) is None
    for place, child in ((fourth.space_id, fourth.posts_id), (root, fourth.space_id)):
        assert (await bot.state_content(place, "m.space.child", child)).texts("via")
    assert report.failed == again.failed == ()
    assert again.moved == 0
    assert await _all_state(house, groups) == mended


async def test_moving_site_moves_the_place_group_in_one_pass_and_nothing_else(house):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    spaces = house.app.spaces
    groups = {}
    for site in ("Lyon", "Bron"):
        group = await house.group(f"Site de {site}", [ana], kind="place")
        groups[site] = await spaces.reconciler.alter(
            group, lambda now, site=site: replace(now, rule=f"site = {site}")
        )
    topic = await house.group("Vélo", [ana, zoe])

    async def told(site: str) -> None:
        person = DirectoryPerson(zoe.user_id, attributes={"site": (site,)})
        await spaces.people.take_over("test", [person])
        await spaces.passes.run()

    async def standing(group) -> str:
        content = await house.app.trays.bot.state_content(
            group.space_id, "m.room.member", zoe.user_id
        )
        return content.text("membership") if content else ""

    await told("Lyon")
    assert (await standing(groups["Lyon"]), await standing(groups["Bron"])) == ("invite", "")
    for room_id in groups["Lyon"].rooms:
        await zoe.join(room_id)
    await told("Bron")

    assert await standing(groups["Lyon"]) == "leave"
    assert await standing(groups["Bron"]) == "invite"
    assert await standing(topic) == "join"


async def test_a_role_is_a_level_in_every_room_and_goes_with_it(house):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    group = await house.group("Quai", [ana, zoe])
    alter, bot = house.app.spaces.reconciler.alter, house.app.trays.bot

    async def levels_of(role: Role) -> set[int | None]:
        await alter(
            group,
            lambda now: replace(
                now, roles=with_roles({ana.user_id: Role.OWNER, zoe.user_id: role})
            ),
        )
        found = [await bot.state_content(room, "m.room.power_levels") for room in group.rooms]
        return {levels.number("users", zoe.user_id) for levels in found}

    assert await levels_of(Role.MODERATOR) == {50}
    assert await membership(zoe, "kick", group.posts_id, ana.user_id) == 403
    assert await levels_of(Role.MEMBER) == {None}
    assert await levels_of(Role.GUEST) == {-1}

    async def speaks() -> bool:
        return bool(await zoe.post(group.posts_id, "Un invité parle"))

    await until(speaks, "a guest may still speak")
