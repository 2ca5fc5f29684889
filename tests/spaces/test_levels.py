"""Levels prevent, before anything needs repair."""

import pytest

from tests.harness.calls import call, membership, set_state
from tests.harness.house import open_house

_ELSEWHERE = {"via": ["parvis.test"]}


@pytest.mark.parametrize("version", ["11", "12"])
async def test_an_owner_may_not_change_what_makes_the_group(homeserver, tmp_path, version):
    async with open_house(tmp_path, homeserver, more=f', room_version: "{version}"') as house:
        ana, zoe = await house.person("ana"), await house.person("zoe")
        group = await house.group("Jardin", [ana, zoe])
        root = await house.app.spaces.reconciler.root()
        levels = await ana.client.room_get_state_event(group.posts_id, "m.room.power_levels")
        raised = {**levels.content, "users": {**levels.content["users"], zoe.user_id: 100}}
        of_spaces = [
            await set_state(ana, group.space_id, "m.space.child", _ELSEWHERE, "!x:parvis.test"),
            await set_state(ana, group.space_id, "m.space.child", {}, group.posts_id),
            await set_state(ana, root, "m.space.child", {}, group.space_id),
            await set_state(ana, group.space_id, "m.room.name", {"name": "Autre"}),
            await set_state(ana, group.space_id, "org.parvis.group", {"access": "open"}),
        ]
        of_rooms = [
            await set_state(ana, group.posts_id, *change)
            for change in (
                ("m.room.name", {"name": "Autre"}),
                ("m.space.parent", {}, group.space_id),
                ("m.room.power_levels", raised),
                ("m.room.join_rules", {"join_rule": "public"}),
                ("m.room.history_visibility", {"history_visibility": "world_readable"}),
                ("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}),
                ("m.room.tombstone", {"body": "fin", "replacement_room": root}),
                ("m.room.canonical_alias", {}),
                ("org.parvis.room", {}),
                ("org.parvis.connection", {}, "mine"),
                ("com.example.anything", {}),
            )
        ]
        bot = house.app.trays.bot.user_id
        against_bot = [await membership(ana, verb, group.posts_id, bot) for verb in ("kick", "ban")]
        upgraded = await call(
            ana, "POST", f"/rooms/{group.posts_id}/upgrade", {"new_version": "12"}
        )

        assert set(of_spaces) == {403}
        assert set(of_rooms) == {403}
        assert against_bot == [403, 403]
        assert upgraded[0] == 403


async def test_an_owner_may_keep_order_and_a_member_may_talk(talk):
    zoe = await talk.house.person("zoe")
    malik = await talk.house.person("malik")
    group = await talk.house.group("Jardin", [talk.person, zoe, malik])
    posted = await zoe.post(group.posts_id, "Les semis sont faits")
    by_malik = await malik.post(group.posts_id, "Bravo")
    text = {"msgtype": "m.text", "body": "Dans l’espace"}
    redact = f"/rooms/{group.posts_id}/redact/{by_malik}"

    by_member = [
        (await call(zoe, "PUT", f"{redact}/a", {}))[0],
        await membership(zoe, "kick", group.posts_id, malik.user_id),
        await membership(zoe, "ban", group.posts_id, malik.user_id),
        await membership(zoe, "invite", group.posts_id, "@somebody:parvis.test"),
        await set_state(zoe, group.posts_id, "m.room.topic", {"topic": "Semis"}),
        await set_state(zoe, group.posts_id, "m.room.pinned_events", {"pinned": [posted]}),
        (await call(zoe, "PUT", f"/rooms/{group.space_id}/send/m.room.message/a", text))[0],
    ]
    by_owner = [
        (await call(talk.person, "PUT", f"{redact}/b", {}))[0],
        await set_state(talk.person, group.posts_id, "m.room.topic", {"topic": "Semis"}),
        await set_state(talk.person, group.posts_id, "m.room.pinned_events", {"pinned": [posted]}),
        await membership(talk.person, "kick", group.posts_id, malik.user_id),
        await membership(talk.person, "ban", group.space_id, malik.user_id),
    ]

    assert set(by_member) == {403}
    assert set(by_owner) == {200}
