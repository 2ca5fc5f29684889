"""What owners do with a group that stands: chat where it is wanted, a last day, rest, another owner."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import pytest

from spaces.vocabulary import Role
from tests.harness.calls import call
from tests.harness.house import open_house
from tests.harness.reader import Reader
from tests.harness.talk import Talk

_TEXT = {"msgtype": "m.text", "body": "Encore un mot"}


@pytest.fixture(scope="module")
async def talk(homeserver, tmp_path_factory) -> AsyncIterator[Talk]:
    """The admin of one organization for all of these, talking to its bot in English."""
    admin = await homeserver.person("admin")
    folder = tmp_path_factory.mktemp("house")
    async with open_house(folder, homeserver, admin=admin.user_id) as house:
        house.people.append(admin)
        await admin.join(await house.app.spaces.reconciler.root())
        talk = await Talk.begin(house, admin)
        await talk.ask("language en")
        yield talk


async def test_chat_is_made_where_owners_ask_for_it_and_their_kind_has_it(talk):
    house, admin = talk.house, talk.person
    zoe = await house.person("zoe")
    topic, general = await asyncio.gather(
        house.group("Vélo", [admin, zoe]), house.group("Toute la maison", [admin], kind="general")
    )
    hers = await Talk.begin(house, zoe)

    not_hers = await hers.ask(f"group chat {topic.slug}")
    reader = await Reader.signed_in(house.url, admin)
    page = f"/groups/{topic.slug}/settings"
    made = await reader.send(page, page, command="group chat")
    await reader.close()
    again = await talk.ask(f"group chat {topic.slug}")
    never = await talk.ask(f"group chat {general.slug}")
    leo = await house.person("leo")
    no_guest = await talk.ask(f"member add {general.slug} {leo.user_id} guest")
    standing = await house.app.trays.bot.state_content(
        general.space_id, "m.room.member", leo.user_id
    )
    now = await house.app.spaces.groups.by_slug(topic.slug)
    joined = [await call(one, "POST", f"/join/{now.chat_id}", {}) for one in (admin, zoe)]

    assert "responsables" in not_hers
    assert made.status == 200
    assert "already" in again
    assert "without chat" in never
    assert "without guests" in no_guest
    assert standing is None
    assert (await house.app.spaces.groups.by_slug(general.slug)).chat_id is None
    assert [status for status, _ in joined] == [200, 200]
    assert len(now.rooms) == 3


async def test_a_project_has_a_last_day_and_a_topic_none(talk):
    house = talk.house
    project, topic = await asyncio.gather(
        house.group("Atelier neuf", [talk.person], kind="project"),
        house.group("Vélo", [talk.person]),
    )

    async def ends() -> date | None:
        return (await house.app.spaces.groups.by_slug(project.slug)).declaration.ends

    said = await talk.ask(f"group end {project.slug} 2027-03-31")
    first = await ends()
    wrong = await talk.ask(f"group end {project.slug} demain")
    reader = await Reader.signed_in(house.url, talk.person)
    page = f"/groups/{project.slug}/settings"
    shown = (await reader.get(page)).text
    await reader.send(page, page, command="group end", day="2027-06-30")
    second = await ends()
    await reader.send(page, page, command="group end", day="")
    await reader.close()
    refused = await talk.ask(f"group end {topic.slug} 2027-03-31")

    assert "2027-03-31" in said
    assert "14 days" in said
    assert "is no day" in wrong
    assert 'value="2027-03-31"' in shown
    assert (first, second, await ends()) == (date(2027, 3, 31), date(2027, 6, 30), None)
    assert "have a last day" in refused


async def test_a_group_that_rests_is_read_and_not_written_until_it_wakes(talk):
    house = talk.house
    zoe = await house.person("zoe")
    group = await house.group("Moulin", [talk.person, zoe], chat=True)
    post = await zoe.post(group.posts_id, "Avant le repos")
    await house.shows(post)
    thread = {"m.relates_to": {"rel_type": "m.thread", "event_id": post}}

    async def tried() -> list[int]:
        calls = (
            ("GET", f"/rooms/{group.posts_id}/messages?dir=b", None),
            ("PUT", f"/rooms/{group.posts_id}/send/m.room.message/{talk.asked}p", _TEXT),
            ("PUT", f"/rooms/{group.posts_id}/send/m.room.message/{talk.asked}c", _TEXT | thread),
            ("PUT", f"/rooms/{group.chat_id}/send/m.room.message/{talk.asked}t", _TEXT),
        )
        return [(await call(zoe, *one))[0] for one in calls]

    await talk.ask(f"group archive {group.slug} Le moulin est vendu")
    asleep = await tried()
    last = (
        await zoe.hears(group.posts_id, lambda one: "est en repos" in getattr(one, "body", ""))
    ).body.replace("\xa0", " ")
    await talk.ask(f"group archive {group.slug} Encore")
    reader = await Reader.signed_in(house.url, zoe)
    read = await reader.get(f"/posts/{post}")
    compose = (await reader.get("/compose")).text
    await reader.close()
    await talk.ask(f"group restore {group.slug}")

    assert asleep == [200, 403, 403, 403]
    assert f"{talk.person.user_id} l’a mis en repos." in last
    assert "« Le moulin est vendu »" in last
    assert len([one for one in zoe.seen if "est en repos" in getattr(one, "body", "")]) == 1
    assert read.status == 200
    assert f'value="{group.slug}"' not in compose
    assert await tried() == [200] * 4


async def test_an_owner_hands_a_group_over_and_stays_a_member(talk):
    house = talk.house
    zoe = await house.person("zoe")
    group = await house.group("Quai", [talk.person])
    hers = await Talk.begin(house, zoe)

    itself = await talk.ask(f"group transfer {group.slug} {talk.person.user_id}")
    nobody = await talk.ask(f"group transfer {group.slug} @nobody:{house.homeserver.server_name}")
    done = await talk.ask(f"group transfer {group.slug} {zoe.user_id}")
    for room_id in group.rooms:
        await zoe.join(room_id)
    after = await talk.ask(f'group rename {group.slug} "Quai 2"')
    by_her = await hers.ask(f'group rename {group.slug} "Quai 3"')
    now = (await house.app.spaces.groups.by_slug(group.slug)).declaration

    assert "already" in itself
    assert "no account" in nobody
    assert "is the owner of" in done
    assert "Only owners" in after
    assert "Quai 3" in by_her
    assert (now.name, now.owners) == ("Quai 3", (zoe.user_id,))
    assert now.role_of(talk.person.user_id) is Role.MEMBER
    assert talk.person.user_id in await house.app.trays.bot.joined_members(group.space_id)
