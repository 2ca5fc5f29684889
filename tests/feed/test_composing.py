"""Writing on the pages: what is sent arrives whole, what is refused comes back whole."""

import re
from dataclasses import replace
from html import unescape

import nio
import pytest
from playwright.async_api import Browser, Page, expect

from appservice.formatting import media_path
from appservice.homeserver import Homeserver
from appservice.languages import Language
from appservice.vault import Vault
from feed.sessions import Sessions
from feed.uploads import Uploads
from parvis.demo.avatars import avatar
from spaces.vocabulary import Access
from tests.harness.browser import close
from tests.harness.house import House
from tests.harness.person import Person
from tests.harness.reader import Reader
from tests.harness.wait import until

PICTURE = avatar("quai")
WAIT = 10_000


@pytest.fixture(scope="module")
async def quay(house: House):
    """Ana and Malik in one group, in which each story writes words of its own."""
    ana, malik = await house.person("ana"), await house.person("malik")
    return ana, malik, await house.group("Quai", [ana, malik], access=Access.PRIVATE)


@pytest.fixture
async def pair(house: House, quay):
    """Ana with a client, Malik with a browser that has just signed in."""
    ana, malik, group = quay
    reader = await Reader.signed_in(house.url, malik)
    yield ana, malik, group, reader
    await reader.close()


async def _event(person: Person, room_id: str, body: str) -> dict:
    """Return the content of the message of that body, as a stock client hears it."""
    heard = await person.hears(room_id, lambda event: getattr(event, "body", "") == body)
    return heard.source["content"]


async def test_a_picture_with_its_text_is_one_event_that_stock_clients_show(house: House, pair):
    ana, _, group, reader = pair
    fields = {"group": group.slug, "title": "Portes ouvertes", "text": "Par le **quai**."}

    answer = await reader.send_file(
        "/compose", "/compose", "quai.png", PICTURE, **fields, labels="Lyon", description="Le quai"
    )
    said = await _event(ana, group.posts_id, "Portes ouvertes\n\nPar le **quai**.")
    stored = await ana.client.download(said["url"])

    assert isinstance(stored, nio.DownloadResponse)
    assert stored.body == PICTURE
    assert (said["msgtype"], said["filename"]) == ("m.image", "quai.png")
    assert said["info"] == {"mimetype": "image/png", "size": len(PICTURE), "w": 96, "h": 96}
    assert "<strong>quai</strong>" in said["formatted_body"]
    assert said["org.parvis.post"]["description"] == "Le quai"
    path = media_path(said["url"])
    assert f'<img src="{path}" alt="Le quai"' in answer.text
    assert await reader.raw(path) == (200, PICTURE, "image/png")
    stranger = await Reader.signed_in(house.url, await house.person("paul"))
    assert (await stranger.raw(path))[0] == 404
    await stranger.close()


async def test_a_post_is_in_the_language_of_the_group_that_was_chosen(house: House, pair):
    ana, malik, group, reader = pair
    english = await house.group("Quay", [malik, ana])
    alter = house.app.spaces.reconciler.alter
    await alter(english, lambda now: replace(now, language="en"))

    async def known() -> bool:
        return (
            'value="en" lang="en" selected'
            in (await reader.get(f"/compose?group={english.slug}")).text
        )

    await until(known, "the page knows the language of the group")
    form = (await reader.get("/compose")).text
    chosen = re.search(r'<select id="lang".*?selected>(.*?)</option>', form)
    said = {}
    for title, where, more in (
        ("Tide", english, {"lang": ""}),
        ("Marée", english, {"lang": "fr"}),
        ("Vent", group, {"lang": ""}),
    ):
        await reader.send("/compose", "/compose", group=where.slug, title=title, text="", **more)
        said[title] = (await _event(ana, where.posts_id, title))["org.parvis.post"]["lang"]

    assert unescape(chosen[1]) == "celle du groupe, sinon la vôtre"
    assert said == {"Tide": "en", "Marée": "fr", "Vent": "fr"}


async def test_an_edit_keeps_the_picture_and_what_has_no_field(house: House, pair):
    ana, malik, group, reader = pair
    answer, _ = await malik.client.upload(
        lambda *_: PICTURE, content_type="image/png", filename="a.png", filesize=len(PICTURE)
    )
    content = {
        "msgtype": "m.image",
        "body": "a.png",
        "url": answer.content_uri,
        "info": {"w": 96, "h": 96, "blurhash": "abc"},
        "org.parvis.post": {"type": "question"},
    }
    root = await malik.send(group.posts_id, "m.room.message", content)
    await house.shows(root)
    page = f"/posts/{root}"

    form = await reader.get(f"{page}/edit")
    fields = {"title": "Quel quai ?", "text": "", "labels": "", "description": "Un quai"}
    edited = await reader.send(f"{page}/edit", f"{page}/edit", **fields)
    said = (await _event(ana, group.posts_id, "* Quel quai ?"))["m.new_content"]
    await reader.send(f"{page}/edit", f"{page}/edit", title="", text="", description="")
    last = (await _event(ana, group.posts_id, "* a.png"))["m.new_content"]

    assert "L’image reste\u00a0: a.png" in form.text
    assert said["msgtype"] == last["msgtype"] == "m.image"
    assert said["url"] == last["url"] == answer.content_uri
    assert said["filename"] == last["filename"] == "a.png"
    assert said["info"] == content["info"]
    assert said["org.parvis.post"]["type"] == "question"
    assert f'<img src="{media_path(answer.content_uri)}" alt="Un quai"' in edited.text


async def test_a_comment_takes_a_file_whatever_it_claims_to_be(house: House, pair):
    ana, _, group, reader = pair
    root = await ana.post(group.posts_id, "Le plan ?")
    await house.shows(root)
    page, evil = f"/posts/{root}", b"<!doctype html><script>alert(1)</script>"

    answer = await reader.send_file(
        page, f"{page}/comments", "../../a\u202egnp.html", evil, text=""
    )
    said = await _event(ana, group.posts_id, "agnp.html")

    assert (said["msgtype"], said["filename"]) == ("m.file", "agnp.html")
    assert said["info"] == {"mimetype": "application/octet-stream", "size": len(evil)}
    assert said["m.relates_to"]["event_id"] == root
    assert 'download="agnp.html">agnp.html</a>' in answer.text
    assert await reader.raw(media_path(said["url"])) == (200, evil, "application/octet-stream")


async def test_a_file_that_is_too_large_is_refused_and_the_text_comes_back(pair):
    _, _, group, reader = pair
    large = PICTURE + b"\x00" * 1_000_001
    fields = {"group": group.slug, "title": "Grand", "text": "Un <b>texte</b>", "labels": "Lyon"}

    answer = await reader.send_file(
        "/compose", "/compose", "grand.png", large, **fields, description="Une image"
    )

    assert answer.status == 413
    assert "1 Mo au plus" in unescape(answer.text).replace("\u00a0", " ")
    _holds(answer.text, {**fields, "description": "Une image"})
    assert "Grand" not in (await reader.get("/")).text


async def test_a_form_that_had_expired_comes_back_and_can_be_sent(pair):
    _, _, group, reader = pair
    fields = {"group": group.slug, "title": "Gardé", "text": "Mot à mot\n\nici", "labels": "Lyon"}

    refused = await reader.post("/compose", csrf="0" * 64, nonce="n", **fields)
    sent = await reader.post("/compose", **{**refused.hidden, **fields})

    assert refused.status == 403
    _holds(refused.text, fields)
    assert sent.status == 200
    assert "/posts/" in sent.url


@pytest.mark.parametrize("form", ["compose", "comments", "edit"])
async def test_signing_out_meanwhile_loses_no_text(house: House, pair, form: str):
    _, malik, group, reader = pair
    root = await malik.post(group.posts_id, "Question")
    await house.shows(root)
    path = "/compose" if form == "compose" else f"/posts/{root}/{form}"
    hidden = (await reader.get(f"/posts/{root}")).hidden
    await reader.send("/you", "/logout")

    refused = await reader.post(path, **hidden, group=group.slug, text="Longue réponse")

    assert refused.status == 403
    assert "Votre session est terminée." in refused.text
    assert "Longue réponse</textarea>" in refused.text


async def test_other_words_in_a_form_that_was_sent_already_are_another_post(pair):
    _, _, group, reader = pair
    hidden = (await reader.get("/compose")).hidden

    first = await reader.post("/compose", **hidden, group=group.slug, text="Un")
    second = await reader.post("/compose", **hidden, group=group.slug, text="Deux")

    assert first.url != second.url
    home = (await reader.get("/")).text
    assert ">Un</a></h2>" in home and ">Deux</a></h2>" in home


async def test_nothing_of_a_forged_form_is_kept_or_shown(pair):
    _, _, group, reader = pair
    page = await reader.get("/compose")
    fields = {"group": group.slug, "title": "Faux", "text": ""}
    elsewhere = {"Origin": "https://evil.example"}

    async with reader._session.post(
        f"{reader.url}/compose", data={**page.hidden, **fields}, headers=elsewhere
    ) as answer:
        assert answer.status == 403
        assert "Faux" not in await answer.text()
    wrong = await reader.send_file("/compose", "/compose", "a.png", PICTURE, csrf="0", **fields)
    other = await reader.send_file("/you", "/you", "a.png", PICTURE, language="en")

    assert (wrong.status, other.status) == (403, 400)
    assert "Faux" not in (await reader.get("/")).text


async def test_the_homeservers_own_bound_counts_where_it_is_smaller(house: House):
    malik = await house.person("malik")
    homeserver = Homeserver(base_url=house.homeserver.url)
    database = house.app.trays.database
    sessions = Sessions(database=database, homeserver=homeserver, vault=Vault([Vault.new_key()]))
    uploads = Uploads(sessions=sessions, most=10**12)
    who = {"type": "m.id.user", "user": malik.user_id}
    _, session = await sessions.sign_in(
        {"type": "m.login.password", "identifier": who, "password": malik.password}
    )

    await uploads.learn_largest(session.viewer(language=Language.FR, is_admin=False))
    await homeserver.close()

    assert uploads.largest == 50 * 1024 * 1024


async def test_a_post_with_a_picture_needs_no_scripts(house: House, chromium: Browser, pair):
    _, malik, group, _ = pair
    context = await chromium.new_context(java_script_enabled=False, locale="fr-FR")
    page = await _open(context, house, malik)

    await page.goto(f"{house.url}/compose?group={group.slug}")
    assert await page.locator("[data-tool]").count() == 0
    await expect(page.locator("[data-readers]")).to_contain_text("Visible par les 2 membres.")
    await expect(page.locator("[data-readers]")).to_contain_text("personne d’autre ne le lit")
    await page.fill("#title", "Sans script")
    await page.set_input_files("#file", _picture())
    await page.fill("#description", "Un carré")
    await page.click("text=Publier dans Quai")
    await page.wait_for_url(f"{house.url}/posts/**")

    await expect(page.locator("article img[alt='Un carré']")).to_be_visible()
    await close(context)


async def test_scripts_save_work_while_writing(house: House, chromium: Browser, pair):
    _, malik, group, _ = pair
    other = await house.group("Chantier", [malik])
    context = await chromium.new_context(locale="fr-FR")
    page = await _open(context, house, malik)

    await page.goto(f"{house.url}/compose")
    button = page.locator("[data-send]")
    await expect(page.locator("#group option").first).to_have_text("Choisir un groupe")
    await page.select_option("#group", other.slug)
    await expect(button).to_have_text("Publier dans Chantier")
    await page.select_option("#group", group.slug)
    await expect(button).to_have_text("Publier dans Quai")
    await expect(page.locator(".readers")).to_contain_text("Groupe privé")
    await page.fill("#title", "Avec scripts")
    await page.fill("#text", "gras lien")
    await _select(page, 0, 4)
    await page.click("[data-tool=bold]")
    await _select(page, 9, 13)
    await _paste(page, "https://example.org/plan")
    await page.press("#text", "End")
    assert await page.input_value("#text") == "**gras** [lien](https://example.org/plan)"
    await page.click("[data-tool=quote]")
    assert (await page.input_value("#text")).startswith("> **gras**")
    await _paste_picture(page)
    await expect(page.locator("[data-chosen]")).to_contain_text("quai.png")
    await page.fill("#description", "Un carré")
    await page.press("#text", "Control+Enter")
    await page.wait_for_url(f"{house.url}/posts/**")

    await expect(page.locator("article blockquote a")).to_have_attribute(
        "href", "https://example.org/plan"
    )
    await expect(page.locator("article img[alt='Un carré']")).to_be_visible()
    post = page.url
    await page.goto(f"{house.url}/compose")
    await expect(page.locator("#text")).to_have_value("")
    await page.goto(post)
    await page.click("article .menu summary")
    await page.click("article .menu-body a")
    await page.fill("#title", "Revu et corrigé")
    await page.click("form.composer button:not([type=button])")
    await page.wait_for_url(post)
    await expect(page.locator("article").first).to_contain_text("Revu et corrigé")
    await page.click("article .menu summary")
    await page.click("article .menu-body button")
    await page.wait_for_url(f"{house.url}/groups/{group.slug}")
    await expect(page.locator("main")).not_to_contain_text("Revu et corrigé")
    await close(context)


async def test_a_draft_waits_in_the_browser_for_its_own_writer(
    house: House, chromium: Browser, pair
):
    ana, malik, group, _ = pair
    context = await chromium.new_context(locale="fr-FR")
    page = await _open(context, house, malik)

    await page.goto(f"{house.url}/compose?group={group.slug}")
    await page.fill("#text", "À finir demain")
    note = page.locator("[data-draft]")
    await expect(note).to_have_text(re.compile(r"Brouillon gardé à \d+\sh\s\d\d"))
    await page.goto(f"{house.url}/compose")
    await expect(page.locator("#text")).to_have_value("À finir demain")
    await expect(page.locator("#group")).to_have_value(group.slug)
    await page.click("[data-draft] >> text=Jeter")
    await expect(page.locator("#text")).to_have_value("")
    await page.click("[data-draft] >> text=Annuler")
    await expect(page.locator("#text")).to_have_value("À finir demain")

    await page.goto(f"{house.url}/you")
    await page.click("text=Se déconnecter")
    await page.wait_for_url(f"{house.url}/login")
    await _sign_in(page, house, ana)
    await page.goto(f"{house.url}/compose")
    await expect(page.locator("#text")).to_have_value("")
    await close(context)


async def test_with_scripts_a_refusal_leaves_text_and_file_in_place(
    house: House, chromium: Browser, pair
):
    _, malik, group, _ = pair
    context = await chromium.new_context(locale="fr-FR")
    page = await _open(context, house, malik)
    problem = page.locator("[data-problem]")

    await page.goto(f"{house.url}/compose?group={group.slug}")
    await page.fill("#text", "Écrit dans le train")
    await page.set_input_files("#file", _picture())
    await context.set_offline(True)
    await page.click("[data-send]")
    await expect(problem).to_contain_text("pas de connexion")
    await context.set_offline(False)

    # Signed out and in again in another window, the form has expired: it is renewed and sent.
    second = await context.new_page()
    await second.goto(f"{house.url}/you")
    await second.click("text=Se déconnecter")
    await second.wait_for_url(f"{house.url}/login")
    await page.click("[data-send]")
    await expect(problem).to_contain_text("Votre session est terminée")
    await expect(page.locator("#text")).to_have_value("Écrit dans le train")
    await _sign_in(second, house, malik)
    await page.click("[data-send]")
    await page.wait_for_url(f"{house.url}/posts/**")

    await expect(page.locator("article img[alt='quai.png']")).to_be_visible()
    await close(context)


async def test_a_comment_is_sent_in_place_and_its_draft_is_dropped(
    house: House, chromium: Browser, pair
):
    ana, malik, group, _ = pair
    root = await ana.post(group.posts_id, "Qui vient ?")
    await house.shows(root)
    context = await chromium.new_context(locale="fr-FR")
    page = await _open(context, house, malik)

    await page.goto(f"{house.url}/posts/{root}")
    await page.fill("#text", "Moi")
    await expect(page.locator("[data-draft]")).to_contain_text("Brouillon gardé")
    await page.press("#text", "Control+Enter")
    await expect(page.locator(".comment .text")).to_have_text("Moi")
    await expect(page.locator("#text")).to_have_value("")
    again = await context.new_page()
    await again.goto(f"{house.url}/posts/{root}")
    await expect(again.locator("#text")).to_have_value("")
    await close(context)


def _holds(page: str, fields: dict[str, str]) -> None:
    """Check that the form in *page* is filled with *fields*."""
    for name, value in fields.items():
        if name == "text":
            kept = re.search(r'<textarea[^>]* name="text"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
        elif name == "group":
            kept = re.search(r'<option value="([^"]*)"[^>]* selected>', page)
        else:
            kept = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
        assert kept and unescape(kept[1]) == value, name


def _picture() -> dict:
    return {"name": "quai.png", "mimeType": "image/png", "buffer": PICTURE}


async def _open(context, house: House, person: Person) -> Page:
    context.set_default_timeout(WAIT)
    page = await context.new_page()
    await _sign_in(page, house, person)
    return page


async def _sign_in(page: Page, house: House, person: Person) -> None:
    await page.goto(f"{house.url}/login")
    await page.fill("#user", person.user_id)
    await page.fill("#password", person.password)
    await page.click("form.composer button")
    await page.wait_for_url(f"{house.url}/")


async def _select(page: Page, start: int, end: int) -> None:
    await page.focus("#text")
    await page.evaluate(
        "([start, end]) => document.getElementById('text').setSelectionRange(start, end)",
        [start, end],
    )


async def _paste(page: Page, text: str) -> None:
    await page.evaluate(
        """(text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          const paste = new ClipboardEvent("paste", { clipboardData, cancelable: true });
          document.getElementById("text").dispatchEvent(paste);
        }""",
        text,
    )


async def _paste_picture(page: Page) -> None:
    await page.evaluate(
        """(bytes) => {
          const clipboardData = new DataTransfer();
          const file = new File([new Uint8Array(bytes)], "quai.png", { type: "image/png" });
          clipboardData.items.add(file);
          const paste = new ClipboardEvent("paste", { clipboardData, cancelable: true });
          document.getElementById("text").dispatchEvent(paste);
        }""",
        list(PICTURE),
    )
