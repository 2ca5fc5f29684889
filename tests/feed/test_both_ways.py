"""What is written in a client is on the pages, and what is written on the pages is in clients."""

import re

import pytest

from appservice.formatting import media_path
from parvis.demo.avatars import avatar
from tests.harness.house import House
from tests.harness.reader import Reader


@pytest.fixture
async def pair(house: House):
    """Ana with a client, Malik with a browser, both in one group."""
    ana, malik = await house.person("ana"), await house.person("malik")
    group = await house.group("Vélo", [ana, malik])
    reader = await Reader.signed_in(house.url, malik)
    yield ana, malik, group, reader
    await reader.close()


async def test_a_clients_post_with_its_thread_is_on_the_pages(house: House, pair):
    ana, malik, group, reader = pair
    room = group.posts_id

    root = await ana.post(room, "Le pont est fermé\nJusqu’à <b>mardi</b>.")
    await house.shows(await malik.comment(room, root, "Merci pour l’info"))
    await house.shows(await malik.react(room, root, "👍"))
    home = await reader.get("/")
    page = await reader.get(f"/posts/{root}")

    assert f'data-event-id="{root}"' in home.text
    assert re.search(r"<h2[^>]*><a [^>]*>Le pont est fermé</a></h2>", home.text)
    assert "Jusqu’à &lt;b&gt;mardi&lt;/b&gt;." in page.text
    assert "Merci pour l’info" in page.text
    assert 'aria-pressed="true"><span>👍</span> 1' in page.text

    await house.shows(await ana.edit(room, root, "Le pont est ouvert"))
    assert "Le pont est ouvert" in (await reader.get(f"/posts/{root}")).text

    await ana.redact(room, root)
    await house.forgets(root)
    assert (await reader.get(f"/posts/{root}")).status == 404
    assert "Le pont" not in (await reader.get("/")).text


async def test_a_pages_post_is_whole_in_a_stock_client(house: House, pair):
    ana, malik, group, reader = pair
    room = group.posts_id
    fields = {"group": group.slug, "title": "Nouvel abri", "text": "Il a **quarante** places."}

    answer = await reader.send("/compose", "/compose", **fields, labels="Lyon, Vélo")
    root = answer.url.rpartition("/")[2]
    heard = await ana.hears(room, lambda event: event.event_id == root)

    assert answer.status == 200
    assert "Nouvel abri" in answer.text
    assert heard.sender == malik.user_id
    assert heard.source["content"]["body"] == "Nouvel abri\n\nIl a **quarante** places."
    assert "<strong>quarante</strong>" in heard.source["content"]["formatted_body"]
    assert heard.source["content"]["org.parvis.post"]["labels"] == ["Lyon", "Vélo"]

    page = f"/posts/{root}"
    await reader.send(page, f"{page}/comments", text="Des casiers aussi ?")
    comment = await ana.hears(room, lambda event: "casiers" in str(event.source["content"]))
    assert comment.source["content"]["m.relates_to"]["rel_type"] == "m.thread"
    assert comment.source["content"]["m.relates_to"]["event_id"] == root

    await reader.send(page, f"{page}/reactions", key="🎉")
    reaction = await ana.hears(room, lambda event: event.source["type"] == "m.reaction")
    assert reaction.source["content"]["m.relates_to"]["key"] == "🎉"
    answer = await reader.send(page, f"{page}/reactions", key="🎉")
    assert "<span>🎉</span> 1" not in answer.text

    answer = await reader.send(page, f"{page}/edit", title="Abri ouvert", text="Oui.", labels="")
    assert "Abri ouvert" in answer.text
    edit = await ana.hears(room, lambda event: "m.new_content" in event.source["content"])
    assert edit.source["content"]["m.new_content"]["body"] == "Abri ouvert\n\nOui."

    answer = await reader.send(page, f"{page}/delete")
    assert answer.url == f"{house.url}/groups/{group.slug}"
    assert (await reader.get(page)).status == 404
    gone = await ana.hears(room, lambda event: getattr(event, "redacts", "") == root)
    assert gone.sender == malik.user_id


async def test_a_form_sent_twice_is_one_post(pair):
    _, _, group, reader = pair
    page = (await reader.get("/compose")).text
    csrf = re.search(r'name="csrf" value="([^"]*)"', page)[1]
    fields = {"group": group.slug, "title": "Une seule fois", "text": "", "labels": ""}

    first = await reader.post("/compose", csrf=csrf, nonce="same", **fields)
    second = await reader.post("/compose", csrf=csrf, nonce="same", **fields)

    assert first.url == second.url
    assert (await reader.get("/")).text.count(">Une seule fois</a></h2>") == 1


async def test_a_forged_form_is_refused_and_nothing_is_sent(pair):
    _, _, group, reader = pair

    answer = await reader.post("/compose", group=group.slug, title="Faux", text="", csrf="0" * 64)

    assert answer.status == 403
    assert "Faux" not in (await reader.get("/")).text


async def test_only_the_author_edits_and_deletes(house: House, pair):
    ana, _, group, reader = pair
    root = await ana.post(group.posts_id, "À moi")
    await house.shows(root)

    edited = await reader.send(f"/posts/{root}", f"/posts/{root}/edit", title="Volé", text="Oui")
    deleted = await reader.send(f"/posts/{root}", f"/posts/{root}/delete")

    assert edited.status == deleted.status == 403
    assert "À moi" in (await reader.get(f"/posts/{root}")).text


async def test_the_search_finds_words_without_accents_or_their_end(house: House, pair):
    ana, _, group, reader = pair
    root = await ana.post(group.posts_id, "Réservation des vélos électriques")
    await house.shows(root)

    for query in ("electrique", "RÉSERV velo", "vélos"):
        assert root in (await reader.get(f"/search?q={query}")).text
    assert root not in (await reader.get("/search?q=trottinette")).text
    assert (await reader.get('/search?q="*)(&')).status == 200


async def test_a_picture_is_shown_only_to_those_who_see_its_post(house: House, pair):
    ana, _, group, reader = pair

    picture = avatar("photo")
    answer, _ = await ana.client.upload(
        lambda *_: picture, content_type="image/png", filename="abri.png", filesize=len(picture)
    )
    content = {"msgtype": "m.image", "body": "abri.png", "url": answer.content_uri}
    root = await ana.send(group.posts_id, "m.room.message", content)
    await house.shows(root)
    path = media_path(answer.content_uri)
    outsider = await house.person("paul")
    stranger = await Reader.signed_in(house.url, outsider)

    assert path in (await reader.get(f"/posts/{root}")).text
    assert await reader.raw(path) == (200, picture, "image/png")
    assert (await stranger.raw(path))[0] == 404
    await stranger.close()


async def test_groups_are_joined_and_left_on_the_pages(house: House):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    group = await house.group("Cantine", [ana])
    root = await ana.post(group.posts_id, "Menu de lundi")
    await house.shows(root)
    reader = await Reader.signed_in(house.url, zoe)
    page = f"/groups/{group.slug}"

    assert "Menu de lundi" not in (await reader.get(page)).text
    joined = await reader.send(page, f"{page}/join")
    assert "Menu de lundi" in joined.text
    await reader.send(page, f"{page}/leave")
    assert "Menu de lundi" not in (await reader.get("/")).text
    assert (await reader.get(f"/posts/{root}")).status == 404
    await reader.close()
