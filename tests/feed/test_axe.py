"""No page has a serious fault of accessibility, in either theme and language, wide or narrow."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from spaces.vocabulary import Access
from tests.harness.axe import MIXES, Mix, faults, looking
from tests.harness.house import House
from tests.harness.person import Person

_DOCS = (Path(__file__).parents[2] / "docs" / "pages.md").read_text("utf-8")
_SHOWN_ELSEWHERE = {"/login/sso", "/login/token", "/welcome", "/manage/people"}
"""Under axe in test_signing_in.py and in stories/test_inviting.py."""
_NO_PAGES = {"/live", "/static/{hash}/{name}"}


@dataclass(frozen=True)
class Scene:
    """Somebody who owns a group, and every page that they can come to, with its status."""

    person: Person
    other: Person
    room_id: str
    pages: Sequence[tuple[str, int]]
    sheets: Sequence[str]
    """Pages of connections, each of which shows its secret once."""


@pytest.fixture(scope="module")
async def scene(house: House) -> Scene:
    """A group with posts, comments, reactions, a picture that is lost, and connections."""
    ana, malik = await house.person("ana"), await house.person("malik")
    group = await house.group("Accès", [malik, ana])
    hidden = await house.group("Réservé", [ana], access=Access.PRIVATE)
    root = await ana.post(group.posts_id, "Une rampe\nElle est **ouverte**.")
    labels = {"labels": [f"Étiquette {number}" for number in range(8)]}
    told = {"msgtype": "m.text", "body": "Un seuil", "org.parvis.post": labels}
    await house.shows(await ana.send(group.posts_id, "m.room.message", told))
    own = await malik.post(group.posts_id, "Une porte\nElle est `fermée`.")
    comment = await malik.comment(group.posts_id, root, "Enfin")
    lost = {"msgtype": "m.image", "body": "plan.png", "url": "mxc://parvis.test/lost"}
    picture = await ana.send(group.posts_id, "m.room.message", lost)
    for event_id in (own, comment, picture, await malik.react(group.posts_id, root, "👍")):
        await house.shows(event_id)
    pages = [
        ("/", 200),
        ("/groups", 200),
        (f"/groups/{group.slug}", 200),
        (f"/groups/{group.slug}?label=%C3%89tiquette+1", 200),
        (f"/groups/{group.slug}/settings", 200),
        ("/manage", 200),
        (f"/groups/{hidden.slug}", 200),
        (f"/posts/{root}", 200),
        (f"/posts/{own}/edit", 200),
        (f"/posts/{root}/edit?about={comment}", 200),
        ("/compose", 200),
        ("/you", 200),
        ("/search", 200),
        ("/search?q=rampe", 200),
        ("/search?q=introuvable", 200),
        (f"/people/{ana.user_id}", 200),
        ("/nothing", 404),
        (f"/posts/{root}/edit", 403),
        ("/media/parvis.test/lost", 404),
    ]
    sheets = await _sheets(house, group.posts_id, malik)
    return Scene(malik, ana, group.posts_id, pages, sheets)


async def _sheets(house: House, room_id: str, owner: Person) -> list[str]:
    """Return the page of a connection whose app makes the secret, and one of ours for each mix."""
    connections, apps = house.app.bridges.connections, house.app.bridges.apps
    made = [
        await connections.add(apps[slug], room_id, owner.user_id)
        for slug in ("trello", *("github" for _ in MIXES))
    ]
    return [f"/connections/{(await connections.get(one)).page}" for one in made]


@pytest.mark.parametrize(
    "mix", [*MIXES[:2], *(pytest.param(mix, marks=pytest.mark.long) for mix in MIXES[2:])], ids=str
)
async def test_no_page_has_a_serious_fault(house: House, chromium: Browser, scene: Scene, mix: Mix):
    asked, shown = scene.sheets[0], scene.sheets[1 + MIXES.index(mix)]
    async with looking(chromium, mix) as page:
        found = await _sign_in(house, page, scene.person)
        new = await scene.other.post(scene.room_id, "Une rampe de plus")
        await house.shows(await scene.other.comment(scene.room_id, new, "Elle est à droite"))
        for path, status in [*scene.pages, (asked, 200), (shown, 200), (shown, 200)]:
            answer = await page.goto(house.url + path)
            assert answer, path
            assert answer.status == status, path
            found += await faults(page)
        await page.goto(f"{house.url}/compose")
        async with page.expect_navigation():
            await page.evaluate("document.querySelector('form[action=\"/compose\"]').submit()")
        assert await page.locator("[role=alert]:visible").count() == 1
        found += await faults(page)

    assert found == []


async def _sign_in(house: House, page: Page, person: Person) -> list[str]:
    """Sign in at the second try; return what is wrong with the pages on the way."""
    await page.goto(f"{house.url}/login")
    found = await faults(page)
    for password in ("wrong", person.password):
        await page.fill("#user", person.user_id)
        await page.fill("#password", password)
        async with page.expect_navigation():
            await page.click("form[action='/login'] button")
        if password == "wrong":
            assert await page.locator("[role=alert]:visible").count() == 1
            found += await faults(page)
    assert page.url == f"{house.url}/"
    return found


async def test_every_page_of_the_docs_is_looked_at(scene: Scene):
    addresses = re.findall(r"^\| `GET (/\S*)`", _DOCS.partition("## For machines")[0], re.MULTILINE)
    seen = ["/login", *(path.partition("?")[0] for path, _ in scene.pages), *scene.sheets]
    unseen = {
        address
        for address in addresses
        if not any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", address), path) for path in seen)
    }

    assert len(addresses) > 15
    assert unseen == _SHOWN_ELSEWHERE | _NO_PAGES
