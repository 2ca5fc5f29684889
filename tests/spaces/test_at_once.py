"""With the homeserver's admin credential: accounts are made, and nobody need accept anything."""

from dataclasses import replace

import pytest

from appservice.ids import UserId
from spaces.people import DirectoryPerson
from tests.harness.calls import call, joined
from tests.harness.house import open_house


@pytest.fixture
async def house(homeserver, tmp_path):
    root = await homeserver.person_called(homeserver.fresh("root"), admin=True)
    more = f', admin_token: "{root.token}"'
    async with open_house(tmp_path, homeserver, more=more) as house:
        house.people.append(root)
        yield house


async def _pass(house, *people: DirectoryPerson) -> int:
    await house.app.spaces.people.take_over("test", people)
    return (await house.app.spaces.passes.run()).moved


async def test_people_of_the_directory_get_accounts_and_are_in_their_groups(house):
    ana = await house.person("ana")
    group = await house.group("Site", [ana], kind="place")
    await house.app.spaces.reconciler.alter(group, lambda now: replace(now, rule="site = Lyon"))
    root = await house.app.spaces.reconciler.root()
    server = house.homeserver.server_name
    new = UserId(f"@{house.homeserver.fresh('new')}:{server}")
    guest = UserId(f"@{house.homeserver.fresh('guest')}:{server}")
    lyon = {"site": ("Lyon",)}
    people = [
        DirectoryPerson(new, name="Nouvelle Née", attributes=lyon),
        DirectoryPerson(guest, staff=False, attributes=lyon),
    ]
    await _pass(house, *people)
    again = await _pass(house, *people)

    bot = house.app.trays.bot
    assert again == 0
    for room_id in (root, *group.rooms):
        members = await bot.joined_members(room_id)
        assert new in members
        assert guest not in members
    assert (await bot.profile(new)).name == "Nouvelle Née"
    assert (await call(ana, "GET", f"/profile/{guest}"))[0] == 404


async def test_who_was_only_invited_is_let_in_too(house):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    group = await house.group("Site", [ana], kind="place")
    await house.app.spaces.reconciler.alter(group, lambda now: replace(now, rule="site = Lyon"))
    await house.app.spaces.members.invite(group, zoe.user_id)
    before = await joined(zoe) & set(group.rooms)
    await _pass(house, DirectoryPerson(zoe.user_id, attributes={"site": ("Lyon",)}))

    assert before == set()
    assert set(group.rooms) <= await joined(zoe)


async def test_a_credential_that_is_worth_nothing_still_invites(homeserver, tmp_path):
    more = ', admin_token: "no-such-token"'
    async with open_house(tmp_path, homeserver, more=more) as house:
        ana, zoe = await house.person("ana"), await house.person("zoe")
        group = await house.group("Site", [ana], kind="place")
        await house.app.spaces.reconciler.alter(group, lambda now: replace(now, rule="site = Lyon"))
        await _pass(house, DirectoryPerson(zoe.user_id, attributes={"site": ("Lyon",)}))
        path = f"/rooms/{group.space_id}/state/m.room.member/{zoe.user_id}"

        assert (await call(ana, "GET", path))[1]["membership"] == "invite"
