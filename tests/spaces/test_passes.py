"""What a pass does to people and levels; test_drifts.py has the organization drift at random."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from spaces.model import Declaration, with_roles
from spaces.passes import PassReport
from spaces.people import DirectoryPerson
from spaces.vocabulary import Access, Role
from tests.harness.calls import membership
from tests.harness.house import open_house
from tests.harness.wait import until


@pytest.fixture
async def house(homeserver, tmp_path):
    async with open_house(tmp_path, homeserver) as house:
        yield house


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


async def test_a_group_whose_row_is_late_fills_all_the_same(house, monkeypatch):
    """A look goes by the rows; the events of a new group come before its own."""
    ana, zoe = await house.person("ana"), await house.person("zoe")
    spaces, bot = house.app.spaces, house.app.trays.bot
    person = DirectoryPerson(zoe.user_id, attributes={"site": ("Lyon",)})
    await spaces.people.take_over("test", [person])
    looked, every, put = asyncio.Event(), spaces.groups.all, spaces.groups.put

    async def look():
        looked.set()
        return await every()

    async def put_late(group):
        with suppress(TimeoutError):
            await asyncio.wait_for(looked.wait(), 2)
        await put(group)

    monkeypatch.setattr(spaces.groups, "all", look)
    monkeypatch.setattr(spaces.groups, "put", put_late)
    made = Declaration(
        "5b0f8f6e-0000-4000-8000-000000000001",
        house.homeserver.fresh("lyon"),
        "Lyon",
        "place",
        Access.OPEN,
        roles=((ana.user_id, Role.OWNER),),
        rule="site = Lyon",
    )
    group = await spaces.reconciler.ensure(made)

    async def invited() -> bool:
        content = await bot.state_content(group.space_id, "m.room.member", zoe.user_id)
        return bool(content) and content.text("membership") == "invite"

    await until(invited, "whom the rule means is invited", within=20)


async def test_a_group_that_changes_is_looked_at_alone(house, monkeypatch):
    ana, spaces, looks = await house.person("ana"), house.app.spaces, list[int]()
    group, *_ = [await house.group(name, [ana]) for name in ("Quai", "Halle", "Cour")]
    run = spaces.passes.run

    async def counted(**how):  # noqa: ANN003 - as it is
        report = await run(**how)
        looks.append(report.groups)
        return report

    monkeypatch.setattr(spaces.passes, "run", counted)

    async def looked_at() -> bool:
        # What is asked for soon after the others were made is looked at together with them.
        rule = f"site = Lyon {len(looks)}"
        await spaces.reconciler.alter(group, lambda now: replace(now, rule=rule))
        return 1 in looks

    await until(looked_at, "the group alone is looked at", within=20)
    assert (await run()).groups == 3


async def test_a_group_that_could_not_be_looked_at_is_looked_at_with_the_next(house, monkeypatch):
    ana, spaces, looks = await house.person("ana"), house.app.spaces, list[set[str]]()
    cut_off, other = [await house.group(name, [ana]) for name in ("Quai", "Halle")]
    uuids = [group.declaration.uuid for group in (cut_off, other)]

    async def fails(*, mend: bool, only: frozenset[str] | None) -> PassReport:
        looks.append(set(only or ()))
        return PassReport(1, 0, failed=(uuids[0],))

    monkeypatch.setattr(spaces.passes, "run", fails)

    async def looked_at() -> bool:
        rule = f"site = Lyon {len(looks)}"
        await spaces.reconciler.alter(other, lambda now: replace(now, rule=rule))
        return len(looks) > 2

    await until(looked_at, "some looks are made", within=20)
    assert looks[-1] == set(uuids)
