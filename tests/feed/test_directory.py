"""The directory and a group's page: one order everywhere, and what a group is for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

from spaces.charter import Charter
from tests.harness.calls import call
from tests.harness.house import House
from tests.harness.person import Person
from tests.harness.reader import Reader
from tests.harness.wait import until


def _walk(space: str, rooms: Mapping[str, Any]) -> Sequence[str]:
    """Return the names below *space* as a client lists them: by `order`, then age, then room."""
    children = sorted(
        rooms[space]["children_state"],
        key=lambda child: (
            child["content"].get("order", "~"),
            child["origin_server_ts"],
            child["state_key"],
        ),
    )
    names = []
    for child in children:
        room = rooms.get(child["state_key"])
        if room and room.get("room_type") == "m.space":
            names += [room["name"], *_walk(room["room_id"], rooms)]
    return names


async def _as_a_client_lists(person: Person, root: str) -> Sequence[str]:
    _, answer = await call(person, "GET", f"/_matrix/client/v1/rooms/{root}/hierarchy?limit=100")
    return _walk(root, {room["room_id"]: room for room in answer["rooms"]})


async def test_groups_stand_in_the_order_that_a_client_derives(house: House):
    ana = await house.person("ana")
    alter = house.app.spaces.reconciler.alter
    made = {
        name: await house.group(name, [ana], kind=kind)
        for name, kind in (
            ("Zébu gris", "topic"), ("Érable", "topic"), ("Pompe à bras", "product"), ("Lyon Nord", "place"),
            ("Cantine ronde", "topic"), ("Accueil vert", "topic"), ("Ateliers unis", "function"),
        )
    }  # fmt: skip
    await alter(made["Accueil vert"], lambda now: replace(now, landmark=True, place=2))
    await alter(made["Lyon Nord"], lambda now: replace(now, landmark=True, place=1))
    parent = made["Lyon Nord"].declaration.uuid
    await alter(made["Cantine ronde"], lambda now: replace(now, parent=parent))
    await alter(made["Zébu gris"], lambda now: replace(now, parent=parent))
    root = await house.app.spaces.reconciler.root()
    reader = await Reader.signed_in(house.url, ana)

    wanted = list(await _as_a_client_lists(ana, root))
    page = (await reader.get("/groups")).text
    await reader.close()

    ours = {group.slug: name for name, group in made.items()}
    shown = [slug for slug in re.findall(r'<h3><a href="/groups/([^"]+)"', page) if slug in ours]
    assert [ours[slug] for slug in shown] == [name for name in wanted if name in made]
    assert [ours[slug] for slug in shown][:4] == [
        "Lyon Nord",
        "Cantine ronde",
        "Zébu gris",
        "Accueil vert",
    ]


async def test_a_group_is_read_by_label_however_it_is_written(house: House):
    ana = await house.person("ana")
    group = await house.group("Atelier bois", [ana])
    other = await house.group("Atelier fer", [ana])
    reader = await Reader.signed_in(house.url, ana)
    labelled = {"Chêne": "Chêne", "Hêtre": "hetre, Outils", "Rien": "", "Scie": "Hêtre"}
    for title, labels in labelled.items():
        fields = {"group": group.slug, "title": title, "labels": labels}
        await reader.send("/compose", "/compose", **fields)
    await reader.send("/compose", "/compose", group=other.slug, title="Enclume", labels="Hêtre")

    page = f"/groups/{group.slug}"
    whole, some = await reader.get(page), await reader.get(f"{page}?label=h%C3%AAtre")
    none = await reader.get(f"{page}?label=Sapin")
    async with reader.live(f"{page}?label=Outils") as told:
        for title, labels in (("Rabot", "outils"), ("Clou", "Fer")):
            fields = {"group": group.slug, "title": title, "labels": labels}
            await reader.send("/compose", "/compose", **fields)

        async def told_of_both() -> bool:
            return len([one for one in told if one["kind"] == "post"]) > 1

        await until(told_of_both, "the page is told of both posts")
    posts = [one["html"] for one in told if one["kind"] == "post"]
    gone = re.findall(r"/posts/([^\"#?]+)\">Scie", some.text)[0]
    await reader.send(page, f"/posts/{gone}/delete", about="")
    after = (await reader.get(f"{page}?label=h%C3%AAtre")).text
    await reader.close()

    def titles(text: str) -> set[str]:
        return {title for title in (*labelled, "Enclume") if f">{title}</a></h2>" in text}

    assert titles(whole.text) == set(labelled)
    assert titles(some.text) == {"Hêtre", "Scie"}
    assert 'aria-current="page">Hêtre <span class="fact">2</span>' in some.text
    assert titles(none.text) == set()
    assert 'aria-current="page">Sapin</a>' in none.text
    assert "Aucune publication ne porte l’étiquette" in none.text
    assert [bool(html) for html in posts] == [True, False]
    assert titles(after) == {"Hêtre"}


async def test_a_groups_page_says_what_it_is_for_and_that_it_rests(house: House):
    ana, guest = await house.person("ana"), await house.person("zoe")
    alter = house.app.spaces.reconciler.alter
    group = await house.group("Serre", [ana, guest])
    child = await house.group("Semis", [ana])
    charter = Charter(audience="Ceux qui sèment", needs="Des graines", relief="Un plan")
    group = await alter(
        group, lambda now: replace(now, charter=charter, labels=("Plants",), archived=True)
    )
    await alter(child, lambda now: replace(now, parent=group.declaration.uuid))
    reader = await Reader.signed_in(house.url, ana)

    page = (await reader.get(f"/groups/{group.slug}")).text
    year = datetime.now(UTC).year
    rests = re.search(rf"Il l’est depuis le \d+(er)? \w+ {year}\.", page)
    again = await alter(group, lambda now: replace(now, labels=()))
    compose = (await reader.get("/compose")).text
    woken = await alter(group, lambda now: replace(now, archived=False))

    async def asks_its_owner() -> bool:
        awake = unescape((await reader.get(f"/groups/{group.slug}")).text)
        return "La charte ne dit pas encore\xa0: Qu’est-ce qui les en empêche" in awake

    await until(asks_its_owner, "its owner is shown what its charter leaves open")
    member = await Reader.signed_in(house.url, guest)
    seen = (await member.get(f"/groups/{group.slug}")).text
    await member.close()
    below = (await reader.get(f"/groups/{child.slug}")).text
    await reader.close()

    for told in ("Ceux qui sèment", "Des graines", "Plants", "Ce groupe est au repos", "Semis"):
        assert told in page
    assert "Qu’est-ce qui les en empêche" not in page
    assert f"/compose?group={group.slug}" not in page
    assert rests
    assert group.declaration.rests_since
    assert again.declaration.rests_since == group.declaration.rests_since
    assert woken.declaration.rests_since == 0
    assert "sous Serre" in below
    assert "La charte ne dit pas" not in seen
    assert f'value="{group.slug}"' not in compose


async def test_who_writes_in_a_group_begins_in_its_language(house: House):
    ana = await house.person("ana")
    alter = house.app.spaces.reconciler.alter
    usual = await house.group("Serre de Lyon", [ana])
    abroad = await house.group("Serre de Leeds", [ana])
    await alter(abroad, lambda now: replace(now, language="en"))
    reader = await Reader.signed_in(house.url, ana)

    async def begins_with(query: str) -> str:
        page = (await reader.get(f"/compose{query}")).text
        return re.search(r'<option value="(\w*)"[^>]* selected>(?:Français|English)', page)[1]

    async def known() -> bool:
        return await begins_with(f"?group={abroad.slug}") == "en"

    await until(known, "the page knows the group’s language")
    assert await begins_with(f"?group={usual.slug}") == "fr"
    assert '<option value="" selected>' in (await reader.get("/compose")).text
    await reader.close()
