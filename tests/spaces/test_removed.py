"""Who is taken out by a person's hand is told by whom, why, and what they keep; once, and alone."""

import asyncio

from appservice.commands.requests import RequestStore
from spaces.model import BY_FIELD
from spaces.vocabulary import Access
from tests.harness.calls import call, joined, membership
from tests.harness.reader import Reader
from tests.harness.talk import Talk
from tests.harness.wait import until

_LETTER, _KEPT = "vous a retiré du groupe", "Ce que vous avez écrit y reste"


async def _letters(talk, person, *names: str) -> list[str]:
    """Return what the bot wrote to a person of removals, once it has written of the groups *names*."""
    requests = RequestStore(database=talk.house.app.trays.database)

    async def room() -> str:
        rooms = await requests.direct_rooms(person.user_id)
        alone = [one for one in rooms if await _inside(talk, one) <= {person.user_id}]
        return alone[0] if alone else ""

    room_id = await until(room, f"the bot has a room with {person.user_id} alone")
    await person.join(room_id)
    for name in names:
        await person.hears(room_id, lambda one, name=name: name in getattr(one, "body", ""))
    bodies = [str(getattr(one, "body", "")) for one in person.seen]
    return [body.replace("\xa0", " ") for body in bodies if _LETTER in body]


async def _inside(talk, room_id: str) -> set[str]:
    joined_there = await talk.house.app.trays.bot.joined_members(room_id)
    return set(joined_there) - {talk.house.app.trays.bot.user_id}


async def test_who_is_taken_out_is_told_by_whom_why_and_what_they_keep(talk):
    house, admin = talk.house, talk.person
    ana, zoe, leo = [await house.person(name) for name in ("ana", "zoe", "leo")]
    names = ("Vélo", "Quai", "Cession", "Verger", "Atelier")
    access = {"Cession": Access.SECRET}
    made = [house.group(one, [ana, zoe], access=access.get(one, Access.OPEN)) for one in names]
    groups = dict(zip(names, await asyncio.gather(*made), strict=True))
    asking = await Talk.begin(house, ana)
    # In this one somebody else would read the letters.
    crowd = await Talk.begin(house, zoe)
    await zoe.client.room_invite(crowd.room_id, admin.user_id)
    await admin.join(crowd.room_id)
    await crowd.ask("language fr")

    await asking.ask(f"member remove {groups['Vélo'].slug} {zoe.user_id} Le vélo est pour le site")
    reader = await Reader.signed_in(house.url, ana)
    page = f"/groups/{groups['Quai'].slug}/settings"
    form = {"command": "member remove", "person": zoe.user_id, "reason": "Trop de billets"}
    sent = await reader.send(page, page, **form)
    await reader.close()
    kicked = await call(
        ana,
        "POST",
        f"/rooms/{groups['Cession'].space_id}/kick",
        {"user_id": zoe.user_id, "reason": "Pas dans l’affaire"},
    )
    # Who was only invited is taken out of nothing.
    await asking.ask(f"member add {groups['Quai'].slug} {leo.user_id}")
    await asking.ask(f"member remove {groups['Quai'].slug} {leo.user_id}")
    left = await membership(zoe, "leave", groups["Verger"].space_id)
    await membership(ana, "ban", groups["Atelier"].space_id, zoe.user_id)
    # Nor does who never was in a secret group hear its name by being kept out.
    assert await membership(ana, "ban", groups["Cession"].space_id, leo.user_id) == 200
    letters = await _letters(talk, zoe, "Vélo", "Quai", "Cession", "Atelier")
    await house.app.spaces.passes.run()
    await talk.ask("status")

    requests = RequestStore(database=house.app.trays.database)
    assert await requests.direct_rooms(leo.user_id) == {}
    assert (sent.status, kicked[0], left) == (200, 200, 200)
    assert sorted(letters) == sorted(await _letters(talk, zoe))
    assert len(letters) == 4
    assert all(letter.startswith(f"{ana.user_id} {_LETTER} «") for letter in letters)
    assert all(_KEPT in letter for letter in letters)
    told = {name: letter for name in names for letter in letters if f"« {name} »" in letter}
    assert "La raison donnée : « Le vélo est pour le site »" in told["Vélo"]
    assert "« Trop de billets »" in told["Quai"]
    assert "« Pas dans l’affaire »" in told["Cession"]
    assert "Vous ne pouvez pas revenir" in told["Atelier"]
    assert "La raison" not in told["Atelier"]
    assert not await joined(zoe) & {room for one in groups.values() for room in one.rooms}
    await admin.hears(crowd.room_id, lambda one: one.sender == zoe.user_id)
    for other in (admin, ana):
        assert not [one for one in other.seen if _LETTER in getattr(one, "body", "")]
    assert not [one for one in admin.seen if "Cession" in str(one.source)]


async def test_who_loses_one_room_alone_is_told_that_they_are_still_in_the_group(talk):
    house, admin = talk.house, talk.person
    zoe = await house.person("zoe")
    group = await house.group("Verger", [admin, zoe], chat=True)
    hers = await Talk.begin(house, zoe)
    await hers.ask("language en")

    for room_id, why in ((group.posts_id, "Trop long"), (group.chat_id, "")):
        content = {"user_id": zoe.user_id} | ({"reason": why} if why else {})
        assert (await call(admin, "POST", f"/rooms/{room_id}/kick", content))[0] == 200
    posts, chat = [
        (
            await zoe.hears(hers.room_id, lambda one, what=what: what in getattr(one, "body", ""))
        ).body
        for what in ("room for posts", "room for chat")
    ]
    await house.app.spaces.passes.run()
    await zoe.join(group.posts_id)
    # With the whole group gone, its rooms are not told of one by one.
    await talk.ask(f"member remove {group.slug} {zoe.user_id}")
    await zoe.hears(hers.room_id, lambda one: "out of the group" in getattr(one, "body", ""))
    await talk.ask("status")
    await zoe.catch_up()

    assert f"{admin.user_id} took you out of the room for posts of the group “Verger”." in posts
    assert "You are still in the group. The reason given: “Trop long”." in posts
    assert "What you wrote stays there" in posts
    assert "may join the room again" in posts
    assert "The reason" not in chat
    assert len([one for one in zoe.seen if "took you out of" in getattr(one, "body", "")]) == 3


async def test_who_leaves_the_organization_or_is_taken_out_is_told_what_goes_with_it(talk):
    house, bot = talk.house, talk.house.app.trays.bot
    root = await house.app.spaces.reconciler.root()
    people = [await house.person(name) for name in ("zoe", "leo")]
    zoe, leo = people
    group = await house.group("Verger", [talk.person, *people])
    talks = [await Talk.begin(house, one) for one in people]
    for one in talks:
        await one.ask("language en")

    await membership(zoe, "leave", root)
    word = {"membership": "leave", BY_FIELD: talk.person.user_id, "reason": "Fin de mission"}
    await bot.send_state(root, "m.room.member", word, state_key=leo.user_id)
    hers, his = [
        (
            await one.person.hears(
                one.room_id, lambda event: "any of its groups" in getattr(event, "body", "")
            )
        ).body
        for one in talks
    ]

    async def out() -> bool:
        return not any([set(group.rooms) & await joined(one) for one in people])

    await until(out, "both are out of the group")
    assert hers.startswith("You left “Maison")
    assert "join the organization’s space again" in hers
    assert his.startswith(f"{talk.person.user_id} took you out of “Maison")
    assert "“Fin de mission”" in his
    assert "tell an admin" in his
    assert all("What you wrote stays there" in letter for letter in (hers, his))


async def test_who_may_do_less_is_told_and_who_gives_up_a_part_is_not(talk):
    house = talk.house
    zoe = await house.person("zoe")
    group = await house.group("Vélo", [talk.person, zoe])
    hers = await Talk.begin(house, zoe)
    await hers.ask("language en")
    for role in ("owner", "moderator", "member"):
        await talk.ask(f"member add {group.slug} {zoe.user_id} {role}")
    only = await talk.ask(f"member add {group.slug} {talk.person.user_id} member")

    async def heard(words: str) -> None:
        await zoe.hears(hers.room_id, lambda one: words in getattr(one, "body", ""))

    await heard("owner until now, moderator from now on")
    await heard("moderator until now, member from now on")
    told = [one for one in zoe.seen if "until now," in getattr(one, "body", "")]
    assert len(told) == 2
    assert "“Vélo”" in told[0].body
    assert "seul" in only
    assert not [one for one in talk.person.seen if "jusqu’ici" in getattr(one, "body", "")]
