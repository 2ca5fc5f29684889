"""Rooms of a group change: taken over with their history, upgraded by the bot, and nobody else."""

import pytest

from spaces.vocabulary import Part
from tests.harness.calls import call, set_state
from tests.harness.reader import Reader
from tests.harness.talk import Talk
from tests.harness.wait import until


@pytest.fixture
async def talk(talk):
    """The same, in English."""
    await talk.ask("language en")
    return talk


async def _became(talk, slug: str):
    return await talk.house.app.spaces.groups.by_slug(slug)


async def _ids(bot, group, root):
    states = [await bot.state(room) for room in (*group.every_room, root)]
    return [sorted(event.event_id for event in state) for state in states]


async def test_an_upgrade_keeps_people_address_order_and_old_posts(talk):
    house, bot = talk.house, talk.house.app.trays.bot
    ana = await house.person("ana")
    old = await house.group("Atelier", [talk.person, ana])
    child = await house.group("Atelier Sud", [talk.person])
    await talk.ask(f"group parent {child.slug} {old.slug}")
    post = await ana.post(old.posts_id, "Avant\nUn vieux billet")
    await house.shows(post)
    root = await house.app.spaces.reconciler.root()

    said = await talk.ask(f"group upgrade {old.slug}")
    new = await _became(talk, old.slug)
    for room_id in new.rooms:
        await ana.join(room_id)
        await house.knows(ana, room_id)
    after = await ana.post(new.posts_id, "Après\nUn neuf")
    await house.shows(after)
    reader = await Reader.signed_in(house.url, ana)
    page = (await reader.get(f"/groups/{old.slug}")).text
    permalink = await reader.get(f"/posts/{post}")
    silent = await ana.client.room_send(
        old.posts_id, "m.room.message", {"msgtype": "m.text", "body": "x"}
    )
    await house.app.spaces.reconciler.survey()
    found = await _became(talk, old.slug)
    states = await _ids(bot, new, root)
    await house.app.spaces.passes.run()

    assert "new rooms" in said
    assert not set(new.rooms) & set(old.rooms)
    assert found == new
    assert (
        await bot.room_of_alias(house.app.spaces.reconciler.house.alias(old.slug)) == new.space_id
    )
    assert "Un vieux billet" in page
    assert "Un neuf" in page
    assert permalink.status == 200
    assert not hasattr(silent, "event_id")
    below = await bot.state_content(new.space_id, "m.space.child", child.space_id)
    assert below.texts("via")
    assert (await bot.state_content(root, "m.space.child", new.space_id)).texts("via")
    assert not (await bot.state_content(root, "m.space.child", old.space_id)).fields
    assert await _ids(bot, new, root) == states
    await reader.close()


async def test_a_page_that_was_open_all_the_while_upgrades_no_second_time(talk):
    house = talk.house
    old = await house.group("Atelier", [talk.person])
    reader = await Reader.signed_in(house.url, talk.person)
    page, command = f"/groups/{old.slug}/settings", {"command": "group upgrade"}
    first, stale = [(await reader.get(page)).hidden for _ in range(2)]

    done = await reader.post(page, **{**first, **command})
    new = await _became(talk, old.slug)
    same = await reader.post(page, **{**first, **command})
    later = await reader.post(page, **{**stale, **command})
    by_bot = await talk.ask(f"group upgrade {old.slug}")
    kept = await _became(talk, old.slug)
    meant = await talk.ask(f"group upgrade {old.slug} confirm")
    again = await _became(talk, old.slug)
    await reader.close()

    assert [one.status for one in (done, same, later)] == [200, 200, 422]
    assert "version 12" in later.text
    assert "confirm" in by_bot
    assert kept == new
    assert "new rooms" in meant
    assert not set(again.rooms) & set(new.rooms)


async def test_who_was_banned_or_leaves_is_out_of_old_rooms_too(talk):
    house = talk.house
    ana, zoe = await house.person("ana"), await house.person("zoe")
    old = await house.group("Quai", [talk.person, ana, zoe])
    await talk.person.client.room_ban(old.space_id, zoe.user_id)
    await talk.ask(f"group upgrade {old.slug}")
    new = await _became(talk, old.slug)
    for room_id in new.rooms:
        await ana.join(room_id)
    banned = await call(zoe, "POST", f"/join/{new.space_id}", {})
    await talk.ask(f"member remove {new.slug} {ana.user_id}")

    assert banned[0] == 403
    for room_id in new.every_room:
        await house.knows(ana, room_id, joined=False)


async def test_a_room_comes_into_a_group_with_its_history_step_by_step(talk):
    house, bot = talk.house, talk.house.app.trays.bot
    ana = await house.person("ana")
    group = await house.group("Verger", [talk.person])
    room = await talk.person.create_room(name="Vieux salon", invite=[ana.user_id])
    await ana.join(room)
    post = await ana.post(room, "Il y a longtemps\nLa première taille")

    outside = await talk.ask(f"group adopt {group.slug} {room}")
    await talk.person.client.room_invite(room, bot.user_id)

    async def inside() -> bool:
        return room in await bot.joined_rooms()

    await until(inside, "the bot accepts")
    low = await talk.ask(f"group adopt {group.slug} {room}")
    levels = (await call(talk.person, "GET", f"/rooms/{room}/state/m.room.power_levels"))[1]
    levels["users"] = {**levels.get("users", {}), bot.user_id: 150}
    assert await set_state(talk.person, room, "m.room.power_levels", levels) == 200
    stranger = Talk(house, ana, (await Talk.begin(house, ana)).room_id)
    not_hers = await stranger.ask(f"group adopt {group.slug} {room}")
    done = await talk.ask(f"group adopt {group.slug} {room}")
    again = await talk.ask(f"group adopt {group.slug} {room}")
    adopted = await _became(talk, group.slug)
    await ana.join(adopted.space_id)
    await house.knows(ana, adopted.space_id)
    reader = await Reader.signed_in(house.url, ana)
    permalink = await reader.get(f"/posts/{post}")
    await house.app.spaces.passes.run()
    await house.app.spaces.reconciler.survey()
    joined = await bot.joined_members(room)

    assert f"Invite `{bot.user_id}` there" in outside
    assert "/op" in low
    assert "responsables" in not_hers
    assert "with its history" in done
    assert "with its history" in again
    assert adopted.posts_id == room
    assert (Part.POSTS, group.posts_id) in adopted.declaration.former
    assert permalink.status == 200
    assert "La première taille" in permalink.text
    assert ana.user_id in joined
    assert (await _became(talk, group.slug)) == adopted
    assert (await bot.state_content(room, "m.room.name")).text("name") == "Verger"
    await reader.close()
    await _forge(talk, adopted, room, post, ana)


async def _forge(talk, adopted, room, post, ana):
    """Who made the adopted room may send a tombstone there: it is followed by nobody."""
    house, bot = talk.house, talk.house.app.trays.bot
    elsewhere = await talk.person.create_room(name="Ailleurs")
    content = {"body": "Suivez-moi", "replacement_room": elsewhere}
    assert await set_state(talk.person, room, "m.room.tombstone", content) == 200

    async def unsaid() -> bool:
        now = await bot.state_content(room, "m.room.tombstone")
        return now.text("replacement_room") == ""

    await until(unsaid, "the tombstone is unsaid")
    told = await talk.person.hears(
        talk.room_id, lambda event: "opened it again" in getattr(event, "body", "")
    )
    # The bot's own upgrade of the adopted room is followed, with all that was written before.
    await talk.ask(f"group upgrade {adopted.slug}")
    upgraded = await _became(talk, adopted.slug)
    for room_id in upgraded.rooms:
        await ana.join(room_id)
    await house.knows(ana, upgraded.posts_id)
    reader = await Reader.signed_in(house.url, ana)
    kept = await reader.get(f"/posts/{post}")
    await house.app.feed.rebuild(lambda _done, _total: None)
    rebuilt = await reader.get(f"/posts/{post}")
    await reader.close()

    assert told
    assert upgraded.posts_id not in {room, elsewhere}
    assert kept.status == rebuilt.status == 200


async def test_a_space_ends_in_the_group_and_its_rooms_stay_linked(talk):
    house, bot = talk.house, talk.house.app.trays.bot
    ana = await house.person("ana")
    group = await house.group("Cour", [talk.person])
    space = await talk.person.create_room(space=True, name="Vieil espace", invite=[ana.user_id])
    room = await talk.person.create_room(name="Salon")
    await set_state(
        talk.person, space, "m.space.child", {"via": [house.homeserver.server_name]}, room
    )
    await ana.join(space)
    await talk.person.client.room_invite(space, bot.user_id)

    async def inside() -> bool:
        return space in await bot.joined_rooms()

    await until(inside, "the bot accepts")
    levels = (await call(talk.person, "GET", f"/rooms/{space}/state/m.room.power_levels"))[1]
    levels["users"] = {**levels.get("users", {}), bot.user_id: 150}
    await set_state(talk.person, space, "m.room.power_levels", levels)
    done = await talk.ask(f"group adopt {group.slug} {space}")

    await ana.join(group.space_id)
    linked = await bot.state_content(group.space_id, "m.space.child", room)
    tombstone = await bot.state_content(space, "m.room.tombstone")
    assert "linked below it: 1" in done
    assert linked.texts("via")
    assert tombstone.text("replacement_room") == group.space_id
