"""A label goes on in a group of its own; what was written stays, what comes later finds its way."""

from tests.harness.reader import Reader


async def test_a_label_goes_on_in_a_new_group(talk):
    house, bot = talk.house, talk.house.app.trays.bot
    ana = await house.person("ana")
    origin = await house.group("Verger", [talk.person, ana])
    await talk.ask(f"group label {origin.slug} add taille")
    labelled = {"org.parvis.post": {"labels": ["Taille"]}}
    before = await ana.post(origin.posts_id, "Taille d’hiver\nEn janvier", **labelled)
    await house.shows(before)

    unknown = await talk.ask(f"group split {origin.slug} greffe Greffage")
    asked = await talk.ask(f"group split {origin.slug} taille Tailleurs")
    for answer in ("Qui taille", "Savoir quand", "Chacun son arbre"):
        await talk.ask(answer)
    made = await talk.ask("Un calendrier")
    new = next(g for g in await house.app.spaces.groups.all() if g.name == "Tailleurs")
    now = await house.app.spaces.groups.by_slug(origin.slug)
    note = await ana.hears(origin.posts_id, lambda event: "Tailleurs" in _body(event))
    pins = await bot.state_content(origin.posts_id, "m.room.pinned_events")
    later = await ana.post(origin.posts_id, "Taille d’été\nEn juillet", **labelled)
    told = await ana.hears(
        origin.posts_id,
        lambda event: "Tailleurs" in _body(event) and _root(event) == later,
    )
    for room_id in new.rooms:
        await talk.person.join(room_id)
        await house.knows(talk.person, room_id)
    reference = await talk.person.hears(new.posts_id, lambda event: "été" in _body(event))
    await house.shows(reference.event_id)
    reader = await Reader.signed_in(house.url, talk.person)
    there = (await reader.get(f"/groups/{new.slug}")).text
    here = await reader.get(f"/posts/{before}")
    await house.app.spaces.reconciler.survey()
    survived = await house.app.spaces.groups.by_slug(origin.slug)
    await reader.close()

    assert "greffe" in unknown
    assert "À qui s’adresse-t-il" in asked
    assert "Tailleurs" in made
    assert "taille" not in now.declaration.labels
    assert dict(now.declaration.moved) == {"taille": new.declaration.uuid}
    assert survived == now
    assert note.event_id in pins.texts("pinned")
    assert told
    assert "Taille d’été" in there
    assert here.status == 200


def _body(event) -> str:
    return getattr(event, "body", "")


def _root(event) -> str:
    return event.source["content"].get("m.relates_to", {}).get("event_id", "")
