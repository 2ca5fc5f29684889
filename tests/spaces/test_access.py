"""Who may join what, from a stock client: the homeserver alone decides."""

from spaces.vocabulary import Access
from tests.harness.calls import call, joined, membership


async def test_an_open_group_is_joined_freely_by_members_of_the_organization_only(talk):
    zoe = await talk.house.person("zoe")
    outsider = await talk.house.homeserver.person("outsider")
    talk.house.people.append(outsider)
    group = await talk.house.group("Vélo", [talk.person], chat=True)

    refused = [await membership(outsider, "join", room_id) for room_id in group.rooms]
    too_early = await membership(zoe, "join", group.posts_id)
    let_in = [await membership(zoe, "join", room_id) for room_id in group.rooms]

    assert refused == [403, 403, 403]
    assert too_early == 403
    assert let_in == [200, 200, 200]


async def test_a_private_group_is_listed_and_entered_by_invitation_after_a_knock(talk):
    zoe = await talk.house.person("zoe")
    group = await talk.house.group("Budget", [talk.person], access=Access.PRIVATE, chat=True)
    root = await talk.house.app.spaces.reconciler.root()

    joins = [await membership(zoe, "join", room_id) for room_id in group.rooms]
    knocked = await membership(zoe, "knock", group.space_id)
    inner = [await membership(zoe, "knock", room_id) for room_id in (group.posts_id, group.chat_id)]
    _, listed = await call(zoe, "GET", f"/_matrix/client/v1/rooms/{root}/hierarchy")
    reading = await call(zoe, "GET", f"/rooms/{group.posts_id}/messages?dir=b")
    answer = await talk.ask(f"member add budget {zoe.user_id}")
    let_in = [await membership(zoe, "join", room_id) for room_id in group.rooms]

    assert joins == [403, 403, 403]
    assert knocked == 200
    assert inner == [403, 403]
    rooms = {room["room_id"]: room for room in listed["rooms"]}
    assert rooms[group.space_id]["name"] == "Budget"
    assert group.posts_id not in rooms
    assert group.chat_id not in rooms
    assert reading[0] == 403
    assert "invitation" in answer
    assert let_in == [200, 200, 200]


async def test_a_secret_group_is_closed_to_all_but_the_invited(talk):
    zoe = await talk.house.person("zoe")
    group = await talk.house.group("Cession", [talk.person], access=Access.SECRET, chat=True)

    tried = [
        await membership(zoe, verb, room_id)
        for room_id in group.rooms
        for verb in ("join", "knock")
    ]
    hidden = await call(zoe, "GET", f"/_matrix/client/v1/room_summary/{group.space_id}")
    hierarchy = await call(zoe, "GET", f"/_matrix/client/v1/rooms/{group.space_id}/hierarchy")
    invited = await talk.ask(f"member add {group.slug} {zoe.user_id}")
    let_in = [await membership(zoe, "join", room_id) for room_id in group.rooms]

    assert set(tried) == {403}
    assert hidden[0] in {403, 404}
    assert hierarchy[0] == 403
    assert "invitation" in invited
    assert let_in == [200, 200, 200]
    assert set(group.rooms) <= await joined(zoe)


async def test_a_group_is_made_private_with_a_reason_and_opened_again_when_confirmed(talk):
    zoe = await talk.house.person("zoe")
    group = await talk.house.group("Salaires", [talk.person])
    slug = group.slug

    unsaid = await talk.ask(f"group access {slug} private")
    closed = await talk.ask(f'group access {slug} private reason="On y parle de paie."')
    tried = (
        await membership(zoe, "join", group.space_id),
        await membership(zoe, "knock", group.space_id),
    )
    asked = await talk.ask(f"group access {slug} open")
    still = await membership(zoe, "join", group.space_id)
    opened = await talk.ask(f"group access {slug} open confirm")
    let_in = await membership(zoe, "join", group.space_id)

    assert f"group access {slug} private reason" in unsaid
    assert "est privé" in closed
    assert tried == (403, 200)
    assert f"group access {slug} open confirm" in asked
    assert still == 403
    assert "est ouvert" in opened
    assert let_in == 200


async def test_what_is_secret_stays_so(talk):
    secret = await talk.house.group("Rachat", [talk.person], access=Access.SECRET)

    answer = await talk.ask(f"group access {secret.slug} open confirm")

    assert "reste secret" in answer
