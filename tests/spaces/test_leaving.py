"""Whoever leaves a space, or is removed from it, leaves what is in it."""

from spaces.model import Group
from spaces.vocabulary import Access
from tests.harness.calls import call, joined, membership
from tests.harness.person import Person
from tests.harness.wait import until


async def _out(person: Person, *groups: Group) -> None:
    """Wait until a person is in none of the groups' rooms."""
    rooms = {room_id for group in groups for room_id in group.rooms}

    async def gone() -> bool:
        return not rooms & await joined(person)

    await until(gone, f"{person.user_id} is out of {sorted(rooms)}")


async def test_a_person_removed_in_a_stock_client_leaves_posts_and_chat(talk):
    zoe = await talk.house.person("zoe")
    group = await talk.house.group("Budget", [talk.person, zoe], access=Access.PRIVATE, chat=True)

    assert await membership(talk.person, "kick", group.space_id, zoe.user_id) == 200
    await _out(zoe, group)
    rejoined = [await membership(zoe, "join", room_id) for room_id in group.rooms]

    assert rejoined == [403, 403, 403]


async def test_whoever_knocks_at_once_after_being_removed_is_out_all_the_same(talk):
    zoe = await talk.house.person("zoe")
    group = await talk.house.group("Budget", [talk.person, zoe], access=Access.PRIVATE, chat=True)
    members = talk.house.app.spaces.members

    # The bot is told of the leaving when the knock is already there, as after an outage.
    leaving = await membership(talk.person, "kick", group.space_id, zoe.user_id)
    knocking = await membership(zoe, "knock", group.space_id)
    await _out(zoe, group)
    await members.sweep()

    assert (leaving, knocking) == (200, 200)
    member = await call(
        talk.person, "GET", f"/rooms/{group.space_id}/state/m.room.member/{zoe.user_id}"
    )
    assert member[1]["membership"] == "knock"


async def test_whoever_leaves_the_organization_leaves_every_group(talk):
    zoe = await talk.house.person("zoe")
    groups = [
        await talk.house.group("Vélo", [talk.person, zoe], chat=True),
        await talk.house.group("Cession", [talk.person, zoe], access=Access.SECRET, chat=True),
    ]

    await membership(zoe, "leave", await talk.house.app.spaces.reconciler.root())

    await _out(zoe, *groups)


async def test_what_events_missed_is_swept(talk):
    zoe = await talk.house.person("zoe")
    group = await talk.house.group("Vélo", [talk.person, zoe], chat=True)
    members = talk.house.app.spaces.members
    await membership(zoe, "leave", group.space_id)
    await _out(zoe, group)

    async def stands_in_the_chat_alone() -> bool:
        # Who is invited past the space; the bot may still be carrying the leaving through.
        await membership(talk.person, "invite", group.chat_id, zoe.user_id)
        return await membership(zoe, "join", group.chat_id) == 200

    await until(stands_in_the_chat_alone, "zoe is in the chat, and not in the space")

    await members.sweep()

    assert group.chat_id not in await joined(zoe)


async def test_an_owner_who_is_removed_comes_back_without_their_level(talk):
    zoe = await talk.house.person("zoe")
    group = await talk.house.group("Atelier", [talk.person])
    await talk.ask(f"member add {group.slug} {zoe.user_id} owner")
    for room_id in group.rooms:
        await zoe.join(room_id)

    await talk.ask(f"member remove {group.slug} {zoe.user_id}")
    await _out(zoe, group)
    for room_id in group.rooms:
        await zoe.join(room_id)
    topic = await zoe.client.room_put_state(group.posts_id, "m.room.topic", {"topic": "Autre"})

    assert "M_FORBIDDEN" in str(topic)
