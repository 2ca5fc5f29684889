"""The directory and a group's page: one order everywhere, and what a group is for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from spaces.charter import Charter
from tests.harness.calls import call
from tests.harness.house import House
from tests.harness.person import Person
from tests.harness.reader import Reader


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
            ("Cantine ronde", "topic"), ("Accueil vert", "topic"), ("Ateliers unis", "general"),
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


async def test_a_groups_page_says_what_it_is_for_and_that_it_rests(house: House):
    ana = await house.person("ana")
    alter = house.app.spaces.reconciler.alter
    group = await house.group("Serre", [ana])
    child = await house.group("Semis", [ana])
    charter = Charter(audience="Ceux qui sèment", needs="Des graines", relief="Un plan")
    group = await alter(
        group, lambda now: replace(now, charter=charter, labels=("Plants",), archived=True)
    )
    await alter(child, lambda now: replace(now, parent=group.declaration.uuid))
    reader = await Reader.signed_in(house.url, ana)

    page = (await reader.get(f"/groups/{group.slug}")).text
    below = (await reader.get(f"/groups/{child.slug}")).text
    compose = (await reader.get("/compose")).text
    await reader.close()

    for told in ("Ceux qui sèment", "Des graines", "Plants", "Ce groupe est au repos", "Semis"):
        assert told in page
    assert "Qu’est-ce qui les en empêche" not in page
    assert f"/compose?group={group.slug}" not in page
    assert "sous Serre" in below
    assert f'value="{group.slug}"' not in compose
