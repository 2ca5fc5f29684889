"""The rooms are the truth: without its tables, the feed comes back the same."""

import asyncio
import json
import re
import time
from dataclasses import replace

import aiohttp

from parvis.demo.avatars import avatar
from spaces.vocabulary import Posting
from tests.harness.crawl import crawl
from tests.harness.house import House, open_house
from tests.harness.person import Person
from tests.harness.reader import Reader
from tests.harness.wait import until

_KINDS = {
    "/", "/compose", "/connections", "/groups", "/manage", "/people", "/posts", "/search", "/you",
}  # fmt: skip


async def test_every_page_is_the_same_after_a_rebuild(homeserver, tmp_path):
    now = int(time.time() * 1000)
    async with open_house(tmp_path, homeserver, now=now) as house:
        ana, malik = await house.person("ana"), await house.person("malik")
        begin = await _history(house, ana, malik)

        async def pages() -> dict[str, tuple[int, str]]:
            reader = await Reader.signed_in(house.url, malik)
            found = await crawl(reader, "/search?q=texte", *begin)
            await reader.send("/you", "/logout")  # Its page tells of all sessions that stand.
            await reader.close()
            return {path: (page.status, page.steady) for path, page in found.items()}

        async def home() -> str:
            reader = await Reader.signed_in(house.url, malik)
            found = (await reader.get("/")).steady
            await reader.send("/you", "/logout")
            await reader.close()
            return found

        await pages()  # A secret is shown once, and what is new is so until it is read.
        before = await pages()
        progress = []
        tables = house.app.feed.store.tables
        await house.app.trays.database.run(tables.drop)
        await house.app.trays.database.run(tables.create)
        assert "Publication" not in await home()
        await house.app.feed.rebuild(lambda done, total: progress.append((done, total)))
        after = await pages()
        again = asyncio.create_task(house.app.feed.rebuild(lambda _done, _total: None))
        meanwhile = set()
        while not again.done():
            meanwhile.add(await home())
        await again

    assert {re.match(r"/\w*", path)[0] for path in before} == _KINDS
    assert after == before
    assert meanwhile == {before["/"][1]}
    assert progress[-1][0] == progress[-1][1] > 0


async def _history(house: House, ana: Person, malik: Person) -> list[str]:
    """Let all happen that pages tell of; return pages of posts, and of a connection of Malik's."""
    group = await house.group("Archives", [malik, ana])
    room = group.posts_id
    roots = [await ana.post(room, f"Publication {n}\nTexte") for n in range(25)]
    await house.shows(await malik.comment(room, roots[0], "Un mot"))
    gone = await malik.comment(room, roots[0], "Un mot de trop")
    await house.shows(await ana.edit(room, roots[1], "Publication corrigée"))
    await house.shows(await malik.react(room, roots[2], "👍"))
    labelled = {"org.parvis.post": {"labels": ["Lyon"], "lang": "en"}}
    await house.shows(await malik.post(room, "Seen in Lyon", **labelled))
    picture = avatar("quai")
    sent, _ = await ana.client.upload(
        lambda *_: picture, content_type="image/png", filename="quai.png", filesize=len(picture)
    )
    shown = {"msgtype": "m.image", "body": "quai.png", "url": sent.content_uri}
    await house.shows(await ana.send(room, "m.room.message", shown))
    await malik.redact(room, gone)
    await house.forgets(gone)
    held = await house.group("Annonces", [malik, ana])
    await house.app.spaces.reconciler.alter(held, lambda now: replace(now, posting=Posting.SOME))
    await ana.post(held.posts_id, "Ana propose")
    await ana.client.room_leave(held.posts_id)
    connection = await _card(house, room, malik)
    reader = await Reader.signed_in(house.url, malik)

    async def all_told() -> bool:
        pages = [(await reader.get(f"/groups/{one.slug}")).text for one in (group, held)]
        return "Livraison 7" in pages[0] and "/publish" in pages[1]

    await until(all_told, "the card and the post that waits are told")
    await reader.send("/you", "/logout")
    await reader.close()
    return [*(f"/posts/{root}" for root in roots), f"/connections/{connection}"]


async def _card(house: House, room_id: str, owner: Person) -> str:
    """Let an app tell of a case twice; return the connection's page."""
    bridges = house.app.bridges
    made = await bridges.connections.add(bridges.apps["generic"], room_id, owner.user_id)
    async with aiohttp.ClientSession() as session:
        for state in ("open", "done"):
            told = {"thread_id": "7", "title": "Livraison 7", "state": state}
            async with session.post(f"{house.url}/hooks/{made}", data=json.dumps(told)) as answer:
                assert answer.status == 200
    return (await bridges.connections.get(made)).page
