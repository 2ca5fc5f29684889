"""An admin leads from nothing to a card, by talking to the bot and one page."""

import re

from spaces.vocabulary import Access
from tests.harness.person import Person
from tests.harness.reader import Reader
from tests.harness.talk import Talk


async def test_an_admin_makes_a_group_connects_github_and_sees_a_card(talk):
    asked = await talk.ask('group create "Pompe P4" product open Tout sur la P4')
    await talk.ask("Ceux qui vendent ou réparent la P4")
    await talk.ask("Savoir ce que les clients demandent")
    await talk.ask("Chacun ne voit que son application")
    created = await talk.ask("Une fiche par affaire, lue par tous")
    slug = re.search(r"`([\w-]+)`", created)[1]
    connected = await talk.ask(f"connect github {slug}")
    page = re.search(r"/connections/\w+", connected)[0]
    short = re.search(r"connection test ([\w-]+)", connected)[1]
    reader = await Reader.signed_in(talk.house.url, talk.person)
    settings = (await reader.get(f"/groups/{slug}/settings")).text
    sheet = (await reader.get(page)).text
    again = (await reader.get(page)).text
    assert "route" in await talk.ask(f"connection test {short} {slug}")
    group = await talk.house.app.spaces.groups.by_slug(slug)
    for room_id in group.rooms:
        await talk.person.join(room_id)
    card = await talk.person.hears(
        group.posts_id, lambda event: "org.parvis.card" in event.source["content"]
    )

    assert talk.asked < 10
    assert "À qui s’adresse-t-il" in asked
    assert "Pompe P4" in created
    assert f"connect pipedrive {slug}" in created
    assert _first_apps(settings, 2) == ["github", "gitlab"]
    assert "/hooks/" in sheet
    assert 'id="given"' in sheet
    assert 'id="given"' not in again
    assert "GitHub" in card.body
    assert short in await talk.ask(f"connection list {slug}")
    assert "route" in await talk.ask(f"connection test github {slug}")
    assert "`connection list`" in await talk.ask(f"connection test trello {slug}")
    connected = await talk.ask(f"connect generic {slug}")
    plain = (await reader.get(re.search(r"/connections/\w+", connected)[0])).text
    assert "/hooks/" in plain
    assert 'id="given"' not in plain
    await reader.close()


async def test_help_names_what_the_asker_may_do_and_a_wrong_word_gets_the_nearest(talk):
    helped = await talk.ask("help")
    wrong = await talk.ask("gruop list")
    english = await talk.ask("language en")
    after = await talk.ask("group list")
    member = await talk.house.person("zoe")
    theirs = await (await Talk.begin(talk.house, member)).ask("help")

    assert "group create" in helped
    assert len(helped.splitlines()) < 25
    assert "`help group`" in helped
    assert "status" in helped
    assert "`group list`" in wrong
    assert english
    assert after == "There is no group yet."
    assert "group list" in theirs
    assert "status" not in theirs


async def test_an_owner_adds_and_removes_and_others_may_not(talk):
    zoe = await talk.house.person("zoe")
    group = await talk.house.group("Budget", [talk.person], access=Access.PRIVATE)
    other = await Talk.begin(talk.house, zoe)

    refused = await other.ask(f"member add {group.slug} {zoe.user_id}")
    added = await talk.ask(f"member add {group.slug} {zoe.user_id}")
    for room_id in group.rooms:
        await zoe.join(room_id)
    await talk.house.knows(zoe, group.posts_id)
    removed = await talk.ask(f"member remove {group.slug} {zoe.user_id}")
    await talk.house.knows(zoe, group.posts_id, joined=False)

    assert "responsables" in refused
    assert "invitation" in added
    assert "n’est plus" in removed


async def test_who_is_outside_a_secret_group_gets_the_same_answers_as_before(talk):
    zoe = await talk.house.person("zoe")
    outsider = await Talk.begin(talk.house, zoe)
    commands = ("group list", "group show cession", 'group show "Cession Givors"')
    before = [await outsider.ask(command) for command in commands]
    root = await talk.house.app.spaces.reconciler.root()
    state = await zoe.client.room_get_state(root)
    listed = [await _raw(zoe, path) for path in _lists(root)]

    group = await talk.house.group("Cession Givors", [talk.person], access=Access.SECRET)
    after = [await outsider.ask(command) for command in commands]
    unknown = await outsider.ask(f"group show {group.slug}")
    state_after = await zoe.client.room_get_state(root)

    assert after == before
    assert [await _raw(zoe, path) for path in _lists(root)] == listed
    assert unknown == before[1].replace("cession", group.slug)
    assert [event["event_id"] for event in state_after.events] == [
        event["event_id"] for event in state.events
    ]


def _lists(root: str) -> tuple[str, ...]:
    """Return where a homeserver lists rooms."""
    return (f"/_matrix/client/v1/rooms/{root}/hierarchy", "/_matrix/client/v3/publicRooms")


async def _raw(person: Person, path: str) -> str:
    answer = await person.client.send("GET", f"{path}?access_token={person.token}")
    return await answer.text()


async def test_the_co_creator_and_levels_prevent_what_owners_may_not(talk):
    zoe = await talk.house.person("zoe")
    group = await talk.house.group("Jardin", [talk.person, zoe])

    renamed = await talk.person.client.room_put_state(
        group.posts_id, "m.room.name", {"name": "Autre"}
    )
    kicked = await zoe.client.room_kick(group.posts_id, talk.person.user_id)
    topic = await talk.person.client.room_put_state(
        group.posts_id, "m.room.topic", {"topic": "Semis"}
    )

    assert "M_FORBIDDEN" in str(renamed)
    assert "M_FORBIDDEN" in str(kicked)
    assert "event_id" in vars(topic)


def _first_apps(page: str, number: int) -> list[str]:
    """Return what a group's page offers first to connect."""
    offered = re.search(r'<select[^>]*name="app".*?</select>', page, re.DOTALL)[0]
    return [app for app in re.findall(r'value="(\w*)"', offered) if app][:number]
