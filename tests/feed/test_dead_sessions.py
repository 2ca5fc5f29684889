"""A session that died under what was written: nothing is lost, and it is nobody else's to send."""

import re

from playwright.async_api import Browser

from tests.harness.axe import MIXES, faults, looking
from tests.harness.browser import signed_in
from tests.harness.calls import call
from tests.harness.house import House
from tests.harness.reader import Reader

_KEY = re.compile(r'action="/drafts/send".*?name="key" value="([^"]+)"')


async def test_what_a_dead_session_wrote_waits_until_its_writer_is_back(
    house: House, chromium: Browser
):
    ana, malik = await house.person("ana"), await house.person("malik")
    group = await house.group("Relève", [ana, malik])
    reader = await Reader.signed_in(house.url, malik)
    assert (await call(malik, "POST", "/logout/all", {}))[0] == 200

    for title in ("Premier mot", "Second mot", "Mot de trop"):
        told = await reader.send("/compose", "/compose", group=group.slug, title=title)
        assert f"<strong>Non envoyé</strong> {title}" in told.text
    await reader.close()

    other, back = [await Reader.signed_in(house.url, one) for one in (ana, malik)]
    assert "Premier mot" not in (await other.get("/")).text
    async with looking(chromium, MIXES[0]) as page:
        await signed_in(page.context, house.url, malik)
        await page.goto(f"{house.url}/")
        assert await page.locator("form[action='/drafts/send']").count() == 3
        assert await faults(page) == []
    page = await back.get("/")
    first, second, third = _KEY.findall(page.text)
    assert (await other.send("/you", "/drafts/send", key=first)).status == 200
    # Both from one page, as with the browser's way back between them: its nonce is the same.
    for key in (first, second, second):
        await back.post("/drafts/send", **page.hidden, key=key)
    left = await back.send("/you", "/drafts/discard", key=third)

    for title in ("Premier mot", "Second mot"):
        heard = await ana.hears(
            group.posts_id, lambda event, said=title: getattr(event, "body", "") == said
        )
        await house.shows(heard.event_id)
        assert heard.sender == malik.user_id
    home = (await other.get("/")).text
    assert [home.count(f">{one} mot</a></h2>") for one in ("Premier", "Second")] == [1, 1]
    assert "Mot de trop" not in home
    assert "Non envoyé" not in left.text
    for one in (other, back):
        await one.close()
