"""A card stays one and the same, whatever the bot is called."""

import asyncio

from appservice.ids import RoomId
from tests.harness import github
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import open_hooks, post


async def test_edits_are_the_roots_senders_own_after_the_bot_was_given_another_name(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    opened, *_, merged = github.pull_request_history(7)
    async with open_hooks(sqlite_url, homeserver.url, registration) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        bot = hooks.floor.trays.bot
        room = await bot.create_room({})
        url, secret = await hooks.connect("github", room)
        assert await post(url, opened.body, opened.headers(secret)) == 200
        await hooks.quiet()
        await bot.set_profile(name="Place du village")
        assert await post(url, merged.body, merged.headers(secret)) == 200
        await hooks.quiet()
        page = await bot.messages(RoomId(room), backwards=False)
        root = next(one for one in page.events if one.content.at("org.parvis.card"))
        now = await bot.event(RoomId(room), root.event_id)

    edits = [
        one
        for one in page.events
        if one.relation and one.relation.target == root.event_id and one.content.at("m.new_content")
    ]
    names = [one.content.text("displayname") for one in page.events if one.type == "m.room.member"]
    assert names[-1] == "Place du village"
    assert [one.sender for one in edits] == [root.sender] == [registration.bot]
    # The homeserver itself takes it for the card's newest words.
    bundled = now.unsigned.at("m.relations", "m.replace")
    assert bundled.text("event_id") == edits[0].event_id
