"""A product group is fed by sales, plans and support, or says what it lacks."""


async def test_a_product_says_which_sources_it_lacks(talk):
    group = await talk.house.group("Pompe P4", [talk.person], kind="product")
    topic = await talk.house.group("Vélo", [talk.person])

    before = await talk.ask(f"group show {group.slug}")
    await talk.ask(f"connect github {group.slug}")
    after = await talk.ask(f"group show {group.slug}")
    other = await talk.ask(f"group show {topic.slug}")

    assert "affaires, feuille de route, assistance" in before
    assert "affaires, assistance" in after
    assert "feuille de route" not in after
    assert "Rien ne" not in other
