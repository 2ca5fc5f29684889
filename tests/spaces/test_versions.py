"""A group of rooms of version 11 goes on in rooms of version 12, once the config says so."""

from spaces.vocabulary import Part
from tests.harness.house import open_house


async def test_a_group_goes_from_version_11_to_12_with_its_people_and_levels(homeserver, tmp_path):
    async with open_house(tmp_path, homeserver, more=', room_version: "11"') as house:
        registration = house.app.config.registration
        ana, zoe = await house.person("ana"), await house.person("zoe")
        old = await house.group("Atelier", [ana, zoe], chat=True)
        before = await house.app.trays.bot.state_content(old.posts_id, "m.room.create")
        house.people.clear()
    async with open_house(tmp_path, homeserver, registration=registration) as house:
        house.people += [ana, zoe]
        spaces, bot = house.app.spaces, house.app.trays.bot
        standing = await spaces.groups.by_slug(old.slug)
        new = await spaces.life.succession.upgrade(standing, asked="$asked")
        again = await spaces.life.succession.upgrade(new, asked="$asked")
        versions = {
            (await bot.state_content(room, "m.room.create")).text("room_version")
            for room in new.rooms
        }
        levels = await bot.state_content(new.posts_id, "m.room.power_levels")
        former = await bot.state_content(old.posts_id, "m.room.power_levels")
        for room in new.rooms:
            await zoe.join(room)
        post = await zoe.post(new.posts_id, "Nous y voilà")
        await house.shows(post)
        rooms = await spaces.reconciler.rooms()
        report = await spaces.passes.run()

    assert before.text("room_version") == "11"
    assert standing == old
    assert again == new
    assert versions == {"12"}
    assert {part for part, _ in new.declaration.former} == {Part.SPACE, Part.POSTS, Part.CHAT}
    # In 12 the bot stands above all numbers, and must not be listed; in 11 it must.
    assert levels.at("users").fields == {ana.user_id: 100}
    assert former.number("users", bot.user_id) == 150
    assert rooms[old.declaration.uuid, Part.SPACE] == new.space_id
    assert report.failed == ()
