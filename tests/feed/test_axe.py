"""No page has a serious fault of accessibility, in either theme and language, wide or narrow."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from tests.harness.house import House

_SERIOUS = {"serious", "critical"}


async def _faults(page: Page) -> list[str]:
    results = await Axe().run(page)
    return [
        f"{page.url}: {fault['id']}: {fault['nodes'][0]['html'][:200]}"
        for fault in results.response["violations"]
        if fault["impact"] in _SERIOUS
    ]


@pytest.mark.parametrize(
    ("width", "scheme", "locale"),
    [
        (1440, "light", "fr-FR"),
        (1440, "dark", "en-GB"),
        (360, "light", "en-GB"),
        (360, "dark", "fr-FR"),
    ],
)
async def test_no_page_has_a_serious_fault(
    house: House, chromium: Browser, width: int, scheme: str, locale: str
):
    ana, malik = await house.person("ana"), await house.person("malik")
    group = await house.group("Accès", [malik, ana])
    root = await ana.post(group.posts_id, "Une rampe\nElle est **ouverte**.")
    await house.shows(await malik.comment(group.posts_id, root, "Enfin"))
    await house.shows(await malik.react(group.posts_id, root, "👍"))
    # axe is put into the page, which our content policy rightly forbids everybody else.
    context = await chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        locale=locale,
        bypass_csp=True,
    )
    page = await context.new_page()
    await page.goto(f"{house.url}/login")
    found = await _faults(page)
    await page.fill("#user", malik.user_id)
    await page.fill("#password", malik.password)
    await page.click("form.composer button")
    await page.wait_for_url(f"{house.url}/")
    new = await ana.post(group.posts_id, "Une rampe de plus")
    await house.shows(await ana.comment(group.posts_id, new, "Elle est à droite"))
    paths = ["/", "/groups", f"/groups/{group.slug}", f"/posts/{root}", "/compose", "/you"]
    paths += ["/search?q=rampe", f"/people/{ana.user_id}", "/nothing", f"/posts/{root}/edit"]
    for path in paths:
        await page.goto(house.url + path)
        found += await _faults(page)
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} scrolls sideways: {wide}"
    await context.close()

    assert found == []
