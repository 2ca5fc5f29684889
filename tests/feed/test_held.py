"""Where only some may post: another's post waits for a poster's ✅, whatever client it came from."""

import itertools
from dataclasses import replace

import pytest

from appservice.database import Database
from appservice.held import FIELD
from feed.tables import feed_tables
from spaces.model import with_roles
from spaces.vocabulary import Posting, Role
from tests.feed.test_projection import STORY, event, message, thread
from tests.harness.house import House
from tests.harness.projecting import BOT, ROOM, Truth, projection_on
from tests.harness.reader import Reader
from tests.harness.tables import make_tables
from tests.harness.wait import until


async def _few_posters(house: House, name: str, posters, others):
    group = await house.group(name, [*posters, *others])
    roles = {posters[0].user_id: Role.OWNER} | {one.user_id: Role.POSTER for one in posters[1:]}
    return await house.app.spaces.reconciler.alter(
        group, lambda now: replace(now, posting=Posting.SOME, roles=with_roles(roles))
    )


async def test_a_members_post_waits_for_a_posters_tick_and_comments_do_not(house: House):
    claire, paul, zoe = [await house.person(name) for name in ("claire", "paul", "zoe")]
    group = await _few_posters(house, "Annonces", [claire, paul], [zoe])
    readers = {one: await Reader.signed_in(house.url, one) for one in (claire, paul, zoe)}

    async def home_shows(person, text: str) -> bool:
        return f">{text}</a></h2>" in (await readers[person].get("/")).text

    announced = await paul.post(group.posts_id, "Paul annonce")
    held = await zoe.post(group.posts_id, "Zoé propose")
    await zoe.comment(group.posts_id, announced, "Merci Paul")
    await until(lambda: home_shows(claire, "Paul annonce"), "a poster's post is there at once")

    async def comment_shows() -> bool:
        return "Merci Paul" in (await readers[claire].get(f"/posts/{announced}")).text

    await until(comment_shows, "a member's comment is there at once")
    await house.shows(held)
    assert not await home_shows(claire, "Zoé propose")
    assert not await home_shows(zoe, "Zoé propose")
    assert (await readers[claire].get(f"/posts/{held}")).status == 404
    page = f"/groups/{group.slug}"
    assert "/publish" in (await readers[paul].get(page)).text
    waiting = (await readers[zoe].get(page)).text
    assert "Zoé propose" in waiting and "/publish" not in waiting

    await zoe.react(group.posts_id, held, "✅")
    assert not await home_shows(claire, "Zoé propose")
    await paul.react(group.posts_id, held, "✅")
    await until(lambda: home_shows(claire, "Zoé propose"), "it is there after a poster's tick")
    later = await house.app.spaces.reconciler.alter(
        group, lambda now: replace(now, roles=with_roles({claire.user_id: Role.OWNER}))
    )
    assert later.declaration.role_of(paul.user_id) is Role.MEMBER
    assert await home_shows(claire, "Paul annonce")
    for reader in readers.values():
        await reader.close()


async def test_a_post_is_published_by_a_form_too(house: House):
    claire, zoe = await house.person("claire"), await house.person("zoe")
    group = await _few_posters(house, "Une", [claire], [zoe])
    reader, writer = [await Reader.signed_in(house.url, one) for one in (claire, zoe)]
    page = f"/groups/{group.slug}"
    sent = await writer.send(
        f"/compose?group={group.slug}", "/compose", group=group.slug, title="Idée", text=""
    )
    assert "Attend qu’une personne" in sent.text

    held = (await reader.get(page)).text.partition('data-event-id="')[2].partition('"')[0]
    refused = await writer.send(page, f"/posts/{held}/publish")
    await reader.send(page, f"/posts/{held}/publish")

    async def shown() -> bool:
        return ">Idée</a></h2>" in (await writer.get("/")).text

    await until(shown, "the post is in the feed")
    assert refused.status == 404
    await reader.close()
    await writer.close()


def _answer(number: int, of: str, state: str):
    content = {
        "msgtype": "m.notice",
        "body": state,
        FIELD: {"event": of, "state": state},
        "m.relates_to": thread(of),
    }
    return event(number, "m.room.message", content, sender=BOT)


def _published(number: int, answer: str, of: str):
    new = {"msgtype": "m.notice", "body": "ok", FIELD: {"event": of, "state": "published"}}
    relates = {"rel_type": "m.replace", "event_id": answer}
    content = {"body": "* ok", "m.new_content": new, "m.relates_to": relates}
    return event(number, "m.room.message", content, sender=BOT)


EVENTS = (
    message(1, "Retenue"),
    _answer(2, "$1", "held"),
    message(3, "Parue"),
    _answer(4, "$3", "held"),
    _published(5, "$4", "$3"),
    message(6, "Sous la retenue", relates=thread("$1")),
    message(7, "Sous la parue", relates=thread("$3")),
    # Nobody but the bot holds anything back.
    event(
        8,
        "m.room.message",
        {"body": "x", FIELD: {"event": "$3", "state": "held"}, "m.relates_to": thread("$3")},
    ),
)


@pytest.mark.parametrize("seed", range(10))
async def test_any_order_of_the_same_events_holds_the_same_posts_back(sqlite_url, seed):
    orders = list(itertools.islice(itertools.permutations(EVENTS), 0, None, 1700))
    database = await Database.open(sqlite_url)
    tables = feed_tables("a")
    try:
        await make_tables(database, tables, ours=ROOM)
        projection = projection_on(database, tables, Truth(STORY))
        for one in orders[seed % len(orders)]:
            await projection.apply([one])
        rows = {
            row.event_id: (row.root, bool(row.held))
            for row in await database.read(tables.messages.select())
        }
    finally:
        await database.close()

    assert rows["$1"] == (None, True)
    assert rows["$3"] == ("", False)
    assert rows["$6"][0] is None
    assert rows["$7"][0] == "$3"
    assert rows["$2"][0] is None and rows["$4"][0] is None
