"""Open pages learn of new posts, as fast as a client that does nothing but sync."""

import asyncio
import time

from playwright.async_api import Browser

from tests.harness.browser import signed_in
from tests.harness.house import House


async def test_a_clients_post_is_in_an_open_browser_within_two_seconds(
    house: House, chromium: Browser
):
    ana, malik = await house.person("ana"), await house.person("malik")
    group = await house.group("Direct", [ana, malik])
    context = await chromium.new_context()
    page = await signed_in(context, house.url, malik)
    await malik.client.sync(timeout=0)
    seen, synced = [], []
    for number in range(5):
        await page.goto(f"{house.url}/", wait_until="networkidle" if number == 0 else "load")
        await page.wait_for_function(
            "performance.getEntriesByName(location.origin + '/live').length >= 0"
        )
        started = time.monotonic()
        text = f"Nouvelle {number}"

        async def sync(text: str = text, started: float = started) -> None:
            await malik.hears(group.posts_id, lambda event: getattr(event, "body", "") == text)
            synced.append(time.monotonic() - started)

        hearing = asyncio.create_task(sync())
        await ana.post(group.posts_id, text)
        await page.locator(f"article h2:has-text('{text}')").wait_for(timeout=2000)
        seen.append(time.monotonic() - started)
        await hearing
    await context.close()

    assert max(seen) < 2.0
    # A page is fetched, parsed and drawn beyond what a bare client does.
    assert sorted(seen)[2] < 1.5 * sorted(synced)[2] + 0.5


async def test_a_removed_post_leaves_the_open_page(house: House, chromium: Browser):
    ana, malik = await house.person("ana"), await house.person("malik")
    group = await house.group("Retrait", [ana, malik])
    root = await ana.post(group.posts_id, "À retirer")
    await house.shows(root)
    context = await chromium.new_context()
    page = await signed_in(context, house.url, malik)
    article = page.locator(f"article[data-event-id='{root}']")
    await article.wait_for()

    await ana.redact(group.posts_id, root)
    await article.wait_for(state="detached", timeout=2000)
    await context.close()


async def test_the_pages_work_without_scripts(house: House, chromium: Browser):
    malik = await house.person("malik")
    group = await house.group("Sans script", [malik])
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
    await context.close()
