"""An address that is longer than a small screen is copied whole with one tap."""

from playwright.async_api import Browser, expect

from bridges.discovery import apps
from tests.harness.browser import close, signed_in
from tests.harness.house import House


async def test_the_address_for_an_app_is_copied_with_one_tap(house: House, chromium: Browser):
    ana = await house.person("ana")
    group = await house.group("Halles", [ana])
    connections = house.app.bridges.connections
    made = await connections.add(apps()["github"], group.posts_id, ana.user_id)
    screen = {"width": 360, "height": 640}
    rights = ["clipboard-read", "clipboard-write"]
    context = await chromium.new_context(viewport=screen, permissions=rights, locale="fr-FR")
    page = await signed_in(context, house.url, ana)

    await page.goto(f"{house.url}/connections/{(await connections.get(made)).page}")
    await page.get_by_role("button", name="Copier").first.click()

    await expect(page.get_by_role("button", name="Copié")).to_be_visible()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == house.app.bridges.ingress.address_of(made)
    await close(context)
