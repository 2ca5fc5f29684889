"""Who is no longer in the directory is out of every room, is told why, and comes back with it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from appservice.commands.requests import RequestStore
from appservice.ids import UserId
from spaces.membership import Standing
from spaces.organization import Gate, plan_organization
from spaces.people import DirectoryPerson
from spaces.vocabulary import Access, Role
from tests.harness.calls import call, joined, membership
from tests.harness.house import open_house
from tests.harness.wait import until


@pytest.fixture
async def house(homeserver, tmp_path):
    async with open_house(tmp_path, homeserver) as house:
        yield house


def _person(person, **more: Any) -> DirectoryPerson:
    return DirectoryPerson(person.user_id, **more)


async def _pass(house, *people: DirectoryPerson) -> None:
    await house.app.spaces.people.take_over("test", people)
    report = await house.app.spaces.passes.run()
    assert report.failed == ()


async def _letter(house, person, words: str) -> str:
    """Return what the bot wrote to a person, in the direct room that it invites them to."""
    requests = RequestStore(database=house.app.trays.database)

    async def room() -> str:
        found = list(await requests.direct_rooms(person.user_id))
        return found[0] if found else ""

    room_id = await until(room, f"the bot has a room with {person.user_id}")
    await person.join(room_id)
    event = await person.hears(room_id, lambda one: words in getattr(one, "body", ""))
    return event.body


async def test_who_left_the_organization_is_out_of_every_room_and_told_why(house):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    groups = [
        await house.group("Quai", [ana, zoe], chat=True),
        await house.group("Cession", [ana, zoe], access=Access.SECRET, chat=True),
        await house.group("À zoe", [zoe]),
    ]
    root = await house.app.spaces.reconciler.root()
    await _pass(house, _person(ana), _person(zoe))
    await _pass(house, _person(ana), _person(zoe, active=False))

    letter = await _letter(house, zoe, "L’annuaire")
    rooms = {root, *(room for group in groups for room in group.rooms)}
    assert await joined(zoe) & rooms == set()
    assert rooms - set(groups[2].rooms) <= await joined(ana)
    assert f"« Maison {house.app.config.appservice.id} »" in letter.replace("\u00a0", " ")
    assert "Ce que vous avez écrit y reste" in letter
    # The organization's space is open to every account: who was only removed would be back at once.
    tries = [await membership(zoe, "join", room) for room in (root, *groups[0].rooms)]
    assert tries == [403] * 4
    declared = await house.app.spaces.groups.by_uuid(groups[2].declaration.uuid)
    assert declared.declaration.owners == ()


async def test_who_is_back_in_the_directory_is_let_in_again(house):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    group = await house.group("Site", [ana], kind="place")
    await house.app.spaces.reconciler.alter(group, lambda now: replace(now, rule="site = Lyon"))
    lyon = {"attributes": {"site": ("Lyon",)}}
    root = await house.app.spaces.reconciler.root()
    await _pass(house, _person(zoe, **lyon))
    await _pass(house)
    shut = await membership(zoe, "join", root)
    await _pass(house, _person(zoe, **lyon))
    back = [await membership(zoe, "join", room) for room in (root, *group.rooms)]

    assert shut == 403
    assert back == [200] * 3


async def test_who_left_by_themselves_is_asked_no_more(house):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    group = await house.group("Site", [ana], kind="place")
    await house.app.spaces.reconciler.alter(group, lambda now: replace(now, rule="site = Lyon"))
    root = await house.app.spaces.reconciler.root()
    await membership(zoe, "leave", root)
    await _pass(house, _person(zoe, attributes={"site": ("Lyon",)}))
    asked = [await _standing(zoe, ana, room) for room in (root, group.space_id)]
    await membership(zoe, "join", root)
    await house.app.spaces.passes.run()

    assert asked == ["leave", ""]
    assert await _standing(zoe, ana, group.space_id) == "invite"


@pytest.mark.parametrize("way", ["a stock client", "the bot"])
async def test_who_was_removed_by_hand_stays_out(house, way):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    group = await house.group("Site", [ana], kind="place")
    await house.app.spaces.reconciler.alter(group, lambda now: replace(now, rule="site = Lyon"))
    lyon = _person(zoe, attributes={"site": ("Lyon",)})
    await _pass(house, lyon)
    for room in group.rooms:
        await zoe.join(room)
    if way == "the bot":
        await house.app.spaces.members.remove(group, zoe.user_id, by=ana.user_id)
    else:
        assert await membership(ana, "kick", group.space_id, zoe.user_id) == 200
    await _pass(house, lyon)

    assert await _standing(zoe, ana, group.space_id) == "leave"


async def test_who_moves_is_told_why_once_and_what_they_keep(house):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    group = await house.group("Site de Lyon", [ana], kind="place")
    await house.app.spaces.reconciler.alter(group, lambda now: replace(now, rule="site = Lyon"))
    await _pass(house, _person(zoe, attributes={"site": ("Lyon",)}))
    for room in group.rooms:
        await zoe.join(room)
    gone = [_person(zoe, attributes={"site": ("Bron",)})]
    await asyncio.gather(*(_pass(house, *gone) for _ in range(3)))

    letter = await _letter(house, zoe, "Site de Lyon")
    assert "Ce que vous avez écrit y reste" in letter
    told = [event for event in zoe.seen if "Site de Lyon" in getattr(event, "body", "")]
    assert len(told) == 1
    assert await joined(zoe) & set(group.rooms) == set()


async def test_nobody_is_invited_who_has_no_account_until_they_have_one(house):
    ana = await house.person("ana")
    group = await house.group("Général", [ana], kind="general")
    name = house.homeserver.fresh("later")
    person = DirectoryPerson(UserId(f"@{name}:{house.homeserver.server_name}"))
    await _pass(house, person)
    before = await _state(ana, group.space_id, person.user_id)
    later = await house.homeserver.person_called(name)
    house.people.append(later)
    await later.join(await house.app.spaces.reconciler.root())
    await house.app.spaces.passes.run()

    assert before == 404
    assert await _standing(later, ana, group.space_id) == "invite"


async def _state(asker, room_id: str, user_id: str) -> int:
    return (await call(asker, "GET", f"/rooms/{room_id}/state/m.room.member/{user_id}"))[0]


async def _standing(person, asker, room_id: str) -> str:
    path = f"/rooms/{room_id}/state/m.room.member/{person.user_id}"
    return (await call(asker, "GET", path))[1].get("membership", "")


def test_the_plan_of_the_organization_leaves_alone_whom_people_put_out():
    def planned(standing: Standing, **more: Any) -> list[Gate]:
        person = DirectoryPerson(UserId("@ana:example.org"), **more)
        plan = plan_organization([person], {person.user_id: standing})
        return [passage.gate for passage in plan]

    assert planned(Standing()) == [Gate.LET_IN]
    assert planned(Standing(), staff=False) == []
    assert planned(Standing("invite")) == planned(Standing("join")) == []
    assert planned(Standing("leave", by_hand=True)) == []
    assert planned(Standing("ban", by_hand=True)) == []
    assert planned(Standing("leave")) == [Gate.LET_IN]
    assert planned(Standing("ban")) == [Gate.OPEN, Gate.LET_IN]
    assert planned(Standing("ban"), staff=False) == [Gate.OPEN]
    for membership_ in ("join", "invite", "leave", "knock"):
        assert planned(Standing(membership_), active=False) == [Gate.SHUT]
    for membership_ in ("", "ban"):
        assert planned(Standing(membership_), active=False) == []


async def test_a_group_whose_only_owner_leaves_goes_to_its_moderators_or_the_admins(
    homeserver, tmp_path
):
    admin = await homeserver.person("admin")
    async with open_house(tmp_path, homeserver, admin=admin.user_id) as house:
        house.people.append(admin)
        await admin.join(await house.app.spaces.reconciler.root())
        ana, zoe = await house.person("ana"), await house.person("zoe")
        kept = await house.group("Quai", [ana, zoe])
        lost = await house.group("Verger", [ana, zoe])
        hidden = await house.group("Cession", [ana, zoe], access=Access.SECRET)
        groups = house.app.spaces.groups
        await house.app.spaces.members.give_role(kept, zoe.user_id, Role.MODERATOR)
        await _pass(house, _person(zoe), _person(ana, active=False), _person(admin))
        await _pass(house, _person(zoe), _person(ana, active=False), _person(admin))
        owners = [
            (await groups.by_slug(one.slug)).declaration.owners for one in (kept, lost, hidden)
        ]
        heir = await _letter(house, zoe, "Quai")
        told = await _letter(house, admin, "Verger")
        said = [getattr(one, "body", "") for one in (*admin.seen, *zoe.seen)]

    assert owners == [(zoe.user_id,), (), ()]
    assert f"group transfer {kept.slug}" in heir
    assert f"member add {lost.slug}" in told
    assert sum("a quitté l’organisation" in one for one in said) == 2
    assert not any("Cession" in getattr(one, "body", "") for one in admin.seen)
