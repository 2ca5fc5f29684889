"""Open pages learn of new posts, as fast as a client that does nothing but sync."""

import asyncio
import statistics
import time

import pytest
from playwright.async_api import Browser

from appservice.ids import EventId
from feed.model import Change
from tests.harness.bare import bare_client
from tests.harness.browser import close, signed_in
from tests.harness.house import House
from tests.harness.reader import Reader
from tests.harness.wait import until

# Tells when an article came to stand in the page, by the clock that all of this machine share.
_WATCH = """
(() => {
  const stood = {}, asked = {};
  window.stood = (id) => new Promise((tell) => { if (id in stood) tell(stood[id]); else asked[id] = tell; });
  new MutationObserver((records) => {
    const now = performance.timeOrigin + performance.now();
    for (const record of records) for (const node of record.addedNodes) {
      const id = node.dataset?.eventId;
      if (node.localName !== "article" || !id || id in stood) continue;
      stood[id] = now;
      asked[id]?.(now);
    }
  }).observe(document, { childList: true, subtree: true });
})();
"""


@pytest.fixture(scope="module")
async def bench(house: House):
    """Ana and Malik in one group, for the stories that leave both in it."""
    ana, malik = await house.person("ana"), await house.person("malik")
    return ana, malik, await house.group("Banc", [ana, malik])


@pytest.mark.alone
async def test_a_clients_post_is_in_an_open_browser_as_fast_as_in_a_bare_client(
    house: House, chromium: Browser
):
    """Both are timed for the same posts, and each post's two times are compared: what holds up a
    post on its way through the homeserver then holds up both, and of the rest the median is
    proof against a few stalls of a busy machine. The first three warm caches up.
    """
    ana, malik, zoe = [await house.person(name) for name in ("ana", "malik", "zoe")]
    group = await house.group("Direct", [ana, malik, zoe])
    context = await chromium.new_context()
    await context.add_init_script(_WATCH)
    page = await signed_in(context, house.url, malik)
    seen, ratios = [], []
    async with bare_client(house.homeserver.url, zoe.token, group.posts_id) as bare:
        for number in range(3 + 15):
            started = time.time() * 1000
            root = await ana.post(group.posts_id, f"Nouvelle {number}")
            stood = await asyncio.wait_for(page.evaluate("stood", root), 5)
            seen.append(stood - started)
            ratios.append((stood - started) / (await bare.heard(root) - started))
    await close(context)

    assert max(seen[3:]) < 2000
    assert statistics.median(ratios[3:]) <= 1.5, sorted(ratios[3:])


async def test_counts_and_texts_change_in_the_open_page_without_another_request(
    house: House, chromium: Browser
):
    ana, malik = await house.person("ana"), await house.person("malik")
    group = await house.group("Sur place", [ana, malik])
    root = await ana.post(group.posts_id, "Le portail grince")
    await house.shows(root)
    live = house.app.feed.live
    made = live.now()

    async def no_news() -> bool:
        return live.now() > made + 4000

    # A new page is told the last seconds again, and a new group is reason to look at all of it.
    await until(no_news, "that the group was made is no news")
    context = await chromium.new_context()
    page = await signed_in(context, house.url, malik)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.resource_type}"))
    article = page.locator(f"article[data-event-id='{root}']")

    await ana.comment(group.posts_id, root, "Toujours")
    await article.locator("a.comments", has_text="1").wait_for(timeout=10_000)
    await ana.react(group.posts_id, root, "👍")
    await article.locator("button.reaction", has_text="1").first.wait_for(timeout=10_000)
    await ana.edit(group.posts_id, root, "Le portail ne grince plus")
    await article.locator("h2", has_text="ne grince plus").wait_for(timeout=10_000)
    await close(context)

    assert not {"GET document", "GET fetch"} & set(asked)


async def test_who_reads_further_down_is_not_moved(house: House, chromium: Browser):
    ana, malik = await house.person("ana"), await house.person("malik")
    group = await house.group("Lecture", [ana, malik])
    for number in range(8):
        root = await ana.post(group.posts_id, f"Ancienne {number}\nTexte")
    await house.shows(root)
    context = await chromium.new_context(locale="fr-FR")
    page = await signed_in(context, house.url, malik)
    await page.goto(f"{house.url}/groups/{group.slug}")
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    read = page.locator("article h2", has_text="Ancienne 0")
    where = await read.bounding_box()

    first, second = [await ana.post(group.posts_id, f"Fraîche {number}") for number in (1, 2)]
    await page.locator("[data-news]", has_text="2 nouvelles publications").wait_for(timeout=10_000)
    await ana.edit(group.posts_id, first, "Fraîche et corrigée")
    elsewhere = await house.group("Ailleurs", [ana, malik])
    await house.shows(await ana.post(elsewhere.posts_id, "Autre groupe"))
    assert await page.locator("article h2", has_text="Fraîche").count() == 0
    assert await read.bounding_box() == where

    await page.click("[data-news]")
    await page.locator("article h2", has_text="Fraîche et corrigée").wait_for(timeout=10_000)
    ids = "[...document.querySelectorAll('article')].map((one) => one.dataset.eventId)"
    assert (await page.evaluate(ids))[:3] == [second, first, root]
    await close(context)


async def test_who_comes_back_is_told_what_they_missed(house: House, bench):
    ana, malik, group = bench
    reader = await Reader.signed_in(house.url, malik)

    # The group's own beginnings may be told between: its charter, its people.
    async def of(told: list[dict[str, str]], event_id: str) -> dict[str, str] | None:
        return next((line for line in told if line.get("event") == event_id), None)

    async with reader.live("/") as told:
        before = await ana.post(group.posts_id, "Avant la coupure")
        heard = await until(lambda: of(told, before), "the page hears of the first post")
    missed = await ana.post(group.posts_id, "Pendant la coupure")
    await house.shows(missed)
    async with reader.live("/", last=heard["id"]) as again:
        caught_up = await until(lambda: of(again, missed), "the page hears of the second post")
    async with reader.live("/", last="1700000000000") as late:
        await until(lambda: of(late, ""), "the page hears that all may differ")
    await reader.close()

    assert "Pendant la coupure" in caught_up["html"]
    assert late[0]["kind"] == "refresh"


async def test_who_reads_too_slowly_looks_at_everything_again(house: House, bench):
    _, malik, group = bench
    live = house.app.feed.live

    async def time_goes_on(since: int) -> bool:
        return live.now() > since

    with live.listening() as queue:
        for number in range(300):
            live.tell([Change(0, group.posts_id, "post", EventId(f"${number}"))])
        last = live.now()
        await until(lambda: time_goes_on(last), "the clock goes on")
        changes = live.visible(queue, malik.user_id, since=live.now())
        kinds = [(await anext(changes)).kind for _ in range(2)]

    assert kinds == ["refresh", "post"]


async def test_who_is_removed_loses_the_posts_in_the_open_page(house: House, chromium: Browser):
    ana, malik = await house.person("ana"), await house.person("malik")
    group = await house.group("Départ", [ana, malik])
    root = await ana.post(group.posts_id, "Entre nous")
    await house.shows(root)
    context = await chromium.new_context()
    page = await signed_in(context, house.url, malik)
    article = page.locator(f"article[data-event-id='{root}']")
    await article.wait_for()

    await ana.client.room_kick(group.posts_id, malik.user_id)
    await article.wait_for(state="detached", timeout=2000)
    await close(context)


async def test_a_removed_post_leaves_the_open_page(house: House, chromium: Browser, bench):
    ana, malik, group = bench
    root = await ana.post(group.posts_id, "À retirer")
    await house.shows(root)
    context = await chromium.new_context()
    page = await signed_in(context, house.url, malik)
    article = page.locator(f"article[data-event-id='{root}']")
    await article.wait_for()

    await ana.redact(group.posts_id, root)
    await article.wait_for(state="detached", timeout=2000)
    await close(context)


async def test_the_pages_work_without_scripts(house: House, chromium: Browser, bench):
    _, malik, group = bench
    context = await chromium.new_context(java_script_enabled=False, locale="fr-FR")
    page = await signed_in(context, house.url, malik)

    await page.goto(f"{house.url}/compose?group={group.slug}")
    await page.fill("#title", "Écrit sans script")
    await page.fill("#text", "Une ligne.")
    await page.click("form.composer button")
    await page.fill("textarea[name=text]", "Un commentaire.")
    await page.click("form.answer button")
    assert await page.locator(".comment:has-text('Un commentaire.')").count() == 1
    await page.click("details.picker summary >> nth=0")
    await page.click("details.picker[open] button.reaction >> nth=0")
    assert await page.locator("button[aria-pressed=true]").count() == 1
    await close(context)
