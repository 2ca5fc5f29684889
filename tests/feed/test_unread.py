"""Each person sees what is new to them, and nobody else learns what they read."""

import re
import time

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from feed.unread import read_posts_table, read_rooms_table
from tests.harness.browser import close, signed_in
from tests.harness.house import House
from tests.harness.person import Person
from tests.harness.reader import Answer, Reader
from tests.harness.wait import until

_ARTICLE = re.compile(r"<article .*?</article>", re.DOTALL)


def new_posts(page: Answer) -> set[str]:
    """Return the posts that a page marks as new."""
    articles = _ARTICLE.findall(page.text)
    return {
        re.search(r'data-event-id="([^"]*)"', one)[1]
        for one in articles
        if '<span class="new">Nouveau</span>' in one
    }


@pytest.fixture
async def pair(house: House):
    """Ana with a client; Zoe signed in with a browser after the group had a history."""
    ana, zoe = await house.person("ana"), await house.person("zoe")
    group = await house.group("Lecture", [ana, zoe])
    old = await ana.post(group.posts_id, "Écrit avant la première visite")
    await house.shows(await zoe.comment(group.posts_id, old, "Lu ailleurs"))
    reader = await Reader.signed_in(house.url, zoe)
    yield ana, zoe, group, reader
    await reader.close()


async def test_what_others_write_after_the_first_sign_in_is_new(house: House, pair):
    ana, zoe, group, reader = pair
    assert new_posts(await reader.get("/")) == set()

    wanted = await ana.post(group.posts_id, "Du neuf")
    await house.shows(await zoe.post(group.posts_id, "De ma main"))
    notice = {"msgtype": "m.notice", "body": "Un robot parle"}
    await house.shows(await ana.send(group.posts_id, "m.room.message", notice))
    home = await reader.get("/")

    assert new_posts(home) == {wanted}
    assert home.text.count('class="dot"') == 2, (
        "in the list of groups, and on the bar of small screens"
    )
    assert new_posts(await reader.get("/")) == {wanted}, "looking alone writes nothing"
    stranger = await Reader.signed_in(house.url, ana)
    assert wanted not in new_posts(await stranger.get("/"))
    await stranger.close()


async def test_without_scripts_a_button_marks_all_but_what_came_since(house: House, pair):
    ana, _, group, reader = pair
    first = await ana.post(group.posts_id, "Vu")
    await house.shows(first)
    page = await reader.get("/")
    second = await ana.post(group.posts_id, "Pas encore vu")
    await house.shows(second)

    shown = re.search(r'name="until" value="(\d+)"', page.text)[1]
    home = await reader.post("/read/all", **page.hidden, until=shown)
    assert new_posts(home) == {second}

    page = await reader.get("/")
    shown = re.search(r'name="until" value="(\d+)"', page.text)[1]
    home = await reader.post("/read/all", **page.hidden, until=shown)
    assert new_posts(home) == set()
    assert 'class="dot"' not in home.text
    assert "Tout marquer comme lu" not in home.text


async def test_a_post_seen_for_a_second_is_read_and_its_mark_stays_until_the_next_page(
    house: House, chromium: Browser, pair
):
    ana, zoe, group, _ = pair
    root = await ana.post(group.posts_id, "Sous les yeux")
    await house.shows(root)
    context = await chromium.new_context(locale="fr-FR")
    page = await signed_in(context, house.url, zoe)
    article = page.locator(f"article[data-event-id='{root}']")

    async with page.expect_response(lambda answer: answer.url.endswith("/read")) as told:
        await expect(article.locator(".new")).to_have_text("Nouveau")
    assert (await told.value).status == 204
    await expect(article.locator(".new")).to_have_text("Nouveau")
    await page.reload()
    await expect(article).to_be_visible()
    await expect(article.locator(".new")).to_have_count(0)

    # Her own client learns of it, and nobody else's.
    async def receipts(person: Person) -> str:
        answer = await person.client.sync(timeout=500, full_state=True)
        return repr(answer.rooms.join[group.posts_id].ephemeral)

    await until(lambda: _has(receipts(zoe), root), "a private receipt reaches her other clients")
    assert zoe.user_id not in await receipts(ana)
    await close(context)


async def _has(text, wanted: str) -> bool:
    return wanted in await text


async def test_an_opened_post_is_read_with_its_comments(house: House, chromium: Browser, pair):
    ana, zoe, group, reader = pair
    root = await ana.post(group.posts_id, "Ouvert d’un lien")
    await house.shows(await ana.comment(group.posts_id, root, "Première réponse"))
    assert "Première réponse" in (await reader.get("/")).text
    context = await chromium.new_context()
    page = await signed_in(context, house.url, zoe)

    async with page.expect_response(lambda answer: answer.url.endswith("/read")):
        await page.goto(f"{house.url}/posts/{root}")
    await close(context)
    home = await reader.get("/")
    assert new_posts(home) == set()
    assert "Première réponse" not in home.text

    await house.shows(await ana.comment(group.posts_id, root, "Une suite"))
    home = await reader.get("/")
    assert new_posts(home) == set()
    assert re.search(
        r'class="newest">.{0,400}Ana.{0,80}<q[^>]*>Une suite</q>', home.text, re.DOTALL
    )
    await house.shows(await zoe.comment(group.posts_id, root, "Merci"))
    assert 'class="newest"' not in (await reader.get("/")).text


async def test_reading_in_any_order_leaves_one_mark_and_no_rows(house: House, pair):
    ana, zoe, group, reader = pair
    roots = [await ana.post(group.posts_id, f"Page {number}") for number in range(4)]
    await house.shows(roots[-1])
    hidden = (await reader.get("/")).hidden

    async def kept() -> list[int]:
        counts = []
        for table in (read_rooms_table, read_posts_table):
            query = sa.select(sa.func.count()).where(table.c.user_id == zoe.user_id)
            counts.append((await house.app.trays.database.read(query))[0][0])
        return counts

    left = set(roots)
    for root, rows in ((roots[2], 1), (roots[0], 1), (roots[3], 2), (roots[1], 0)):
        left.discard(root)
        assert (await reader.post("/read", **hidden, seen=f"{root} 0")).status == 204
        assert new_posts(await reader.get("/")) == left
        assert await kept() == [1, rows]
    assert (await reader.post("/read", **hidden, seen="$nothing 9\n\nx y z")).status == 204
    assert await kept() == [1, 0]


async def test_a_line_says_how_far_one_had_read(house: House, pair):
    ana, zoe, group, reader = pair
    before = await ana.post(group.posts_id, "Lu hier")
    await house.shows(before)
    read_at = int(time.time() * 1000) + 1
    await until(lambda: _past(read_at), "the clock moves on")
    await house.shows(await ana.post(group.posts_id, "Nouveau depuis"))
    marks = house.app.feed.marks
    await marks.mark(zoe.user_id, [], now=read_at)
    await marks.mark(zoe.user_id, [], now=read_at + 31 * 60 * 1000)

    home = (await reader.get("/")).text

    line = re.search(r'<p class="rule">Vous aviez lu jusqu’ici aujourd’hui à \d+\u00a0h', home)
    assert home.index("Nouveau depuis") < line.start() < home.index("Lu hier")
    assert home.count("Vous aviez lu jusqu’ici") == 1


async def _past(moment: int) -> bool:
    return time.time() * 1000 > moment


async def test_a_room_joined_later_begins_with_the_joining(house: House, pair):
    ana, _, _, reader = pair
    other = await house.group("Ancien", [ana])
    await house.shows(await ana.post(other.posts_id, "Bien avant elle"))
    page = await reader.send(f"/groups/{other.slug}", f"/groups/{other.slug}/join")

    assert "Bien avant elle" in page.text
    assert new_posts(page) == set()
