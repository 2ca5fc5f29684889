"""A child's post is shown above: one thread, and those outside learn title and summary alone."""

from dataclasses import replace

from spaces.vocabulary import Access
from tests.harness.reader import Reader
from tests.harness.talk import Talk
from tests.harness.wait import until


async def test_a_post_is_lifted_and_followed_only_by_those_who_may_read_it(talk):
    house = talk.house
    await talk.ask("language en")
    bot = house.app.trays.bot
    ana, zoe, leo = [await house.person(name) for name in ("ana", "zoe", "leo")]
    parent = await house.group("Marché", [talk.person, ana, zoe])
    child = await house.group("Marché espagnol", [talk.person, ana, leo])
    await talk.ask(f"group parent {child.slug} {parent.slug}")
    text = (
        "Le prix baisse\nDe dix pour cent.\n" + "Et davantage ensuite. " * 30 + "Pas un mot dehors."
    )
    post = await ana.post(child.posts_id, text)
    await house.shows(post)
    anas, zoes = await Talk.begin(house, ana), await Talk.begin(house, zoe)

    above = await Reader.signed_in(house.url, zoe)
    pages = ("/", f"/groups/{parent.slug}", "/search?q=prix")
    unlifted = "".join([(await above.get(path)).text for path in pages])
    await above.close()
    within = await bot.joined_members(parent.space_id)
    listed = await zoes.ask(f"member list {parent.slug}")

    unknown = await zoes.ask(f"lift {post}")
    lifted = await anas.ask(f"lift {house.url}/posts/{post}")
    await talk.ask(f"lift {post}")  # Lifted twice, it is shown once.
    reference = await zoe.hears(
        parent.posts_id, lambda event: "Le prix baisse" in event_body(event)
    )
    await house.shows(reference.event_id)
    inside, outside = [await Reader.signed_in(house.url, one) for one in (ana, zoe)]
    seen = [(await reader.get(f"/groups/{parent.slug}")).text for reader in (inside, outside)]
    followed = await inside.get(f"/posts/{reference.event_id}")
    shut = await outside.get(f"/posts/{reference.event_id}")
    hidden = await outside.get(f"/posts/{post}")
    await ana.redact(child.posts_id, post)
    await house.forgets(reference.event_id)

    # A group below another gives it neither its posts nor its people.
    assert "Le prix baisse" not in unlifted
    assert leo.user_id not in within
    assert "leo" not in listed
    assert "no such post" in unknown or "Je ne connais pas" in unknown
    assert "Marché" in lifted
    assert [page.count("<article") for page in seen] == [1, 1]
    assert all("Le prix baisse" in page for page in seen)
    assert f"/posts/{quoted(post)}" in seen[0]
    assert quoted(post) not in seen[1]
    assert "De dix pour cent" in shut.text
    assert "Pas un mot dehors" not in shut.text
    assert "<textarea" not in shut.text
    assert "<textarea" in followed.text
    assert hidden.status == 404
    await inside.close()
    await outside.close()


async def test_what_a_secret_group_wrote_is_lifted_by_its_owner_alone_and_only_openly(talk):
    house, bot = talk.house, talk.house.app.trays.bot
    ana = await house.person("ana")
    parent = await house.group("Direction", [talk.person, ana])
    child = await house.group("Cession", [talk.person, ana], access=Access.SECRET)
    below = parent.declaration.uuid
    shielded = await house.app.spaces.reconciler.alter(
        child, lambda now: replace(now, parent=below)
    )
    post = await ana.post(shielded.posts_id, "Signature lundi\nTout est prêt")
    await house.shows(post)
    anas = await Talk.begin(house, ana)

    by_member = await anas.ask(f"lift {post} openly=yes")
    silently = await talk.ask(f"lift {post}")
    before = await bot.messages(parent.posts_id)
    openly = await talk.ask(f"lift {post} openly=yes")

    async def shown() -> str:
        page = await bot.messages(parent.posts_id)
        return next(
            (str(e.content.fields) for e in page.events if "Signature" in e.content.text("body")),
            "",
        )

    told = await until(shown, "the reference stands")
    assert "responsables" in by_member
    assert "openly=yes" in silently
    assert not any("Signature" in event.content.text("body") for event in before.events)
    assert "Signature" in openly
    assert child.name not in told
    assert child.posts_id not in told


def event_body(event) -> str:
    return getattr(event, "body", "")


def quoted(event_id: str) -> str:
    return event_id.replace("$", "%24")
