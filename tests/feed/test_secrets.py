"""Who is outside a secret group finds no trace of it; who is removed loses it at once."""

import asyncio
import time

from spaces.vocabulary import Access
from tests.harness.house import House
from tests.harness.reader import Reader
from tests.harness.wait import until

_ADDRESSES = ("/", "/groups", "/search?q=cession", "/you", "/compose", "/groups/cession")


async def _all(reader: Reader) -> list[tuple[int, str]]:
    pages = [await reader.get(path) for path in _ADDRESSES]
    return [(page.status, page.steady) for page in pages]


async def test_an_outsiders_pages_are_the_same_before_and_after(house: House):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    await house.group("Jardin", [ana, zoe])
    reader = await Reader.signed_in(house.url, zoe)
    before = await _all(reader)

    group = await house.group("Cession", [ana], access=Access.SECRET, chat=True)
    root = await ana.post(group.posts_id, "Cession de l’atelier")
    await house.shows(root)
    after = await _all(reader)
    hidden = [await reader.get(f"/groups/{group.slug}"), await reader.get(f"/posts/{root}")]
    missing = [await reader.get("/groups/nothing"), await reader.get("/posts/$nothing")]

    for path, one, other in zip(_ADDRESSES, before, after, strict=True):
        assert other[1].splitlines() == one[1].splitlines(), path
    assert after == before
    assert [page.status for page in hidden] == [404, 404]
    for one, other in zip(hidden, missing, strict=True):
        assert one.steady == other.steady
    await reader.close()


async def test_an_outsiders_open_page_is_told_the_same_before_and_after(house: House):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    shared = await house.group("Potager", [ana, zoe])
    reader = await Reader.signed_in(house.url, zoe)

    async with reader.live("/") as told:

        async def heard(event_id: str) -> bool:
            return any(line.get("event") == event_id for line in told)

        first = await ana.post(shared.posts_id, "Avant")
        await until(lambda: heard(first), "the open page hears of the first post")
        del told[:]
        group = await house.group("Fusion", [ana], access=Access.SECRET, chat=True)
        root = await ana.post(group.posts_id, "Fusion en vue")
        await house.shows(await ana.comment(group.posts_id, root, "Rien n’est signé"))
        second = await ana.post(shared.posts_id, "Après")
        await until(lambda: heard(second), "the open page hears of the second post")
        lines = list(told)
    await reader.close()

    assert [(line["kind"], line["room"], line["event"]) for line in lines] == [
        ("post", shared.posts_id, second)
    ]
    assert "Après" in lines[0]["html"]


async def test_who_is_removed_loses_the_group_within_two_seconds(house: House):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    group = await house.group("Budget", [ana, zoe], access=Access.PRIVATE)
    root = await ana.post(group.posts_id, "Le budget est voté")
    await house.shows(root)
    reader = await Reader.signed_in(house.url, zoe)
    places = (
        *("/", "/search?q=budget", f"/posts/{root}"),
        *(f"/groups/{group.slug}", f"/people/{ana.user_id}"),
    )
    for path in places:
        assert "Le budget est voté" in (await reader.get(path)).text, path

    started = time.monotonic()
    await ana.client.room_kick(group.space_id, zoe.user_id)

    async def lost() -> bool:
        pages = await asyncio.gather(*(reader.get(path) for path in places))
        return all("Le budget est voté" not in page.text for page in pages)

    await until(lost, "the group is gone from all pages", within=2.0)
    assert time.monotonic() - started < 2.0
    await reader.close()


async def test_who_signs_out_is_told_nothing_more(house: House):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    group = await house.group("Verger", [ana, zoe])
    reader = await Reader.signed_in(house.url, zoe)

    async with reader.live() as told:

        async def ended() -> bool:
            return told[-1:] == [{}]

        await reader.send("/you", "/logout")
        await until(ended, "the live stream is ended")
        await house.shows(await ana.post(group.posts_id, "Plus pour vous"))
    await reader.close()

    assert not any(line.get("event") for line in told)
