"""The rooms are the truth: without its tables, the feed comes back the same."""

import time

from tests.harness.house import open_house
from tests.harness.reader import Reader


async def test_every_page_is_the_same_after_a_rebuild(homeserver, tmp_path):
    now = int(time.time() * 1000)
    async with open_house(tmp_path, homeserver, now=now) as house:
        ana, malik = await house.person("ana"), await house.person("malik")
        group = await house.group("Archives", [ana, malik])
        roots = [await ana.post(group.posts_id, f"Publication {n}\nTexte") for n in range(5)]
        await house.shows(await malik.comment(group.posts_id, roots[0], "Un mot"))
        gone = await malik.comment(group.posts_id, roots[0], "Un mot de trop")
        await house.shows(await ana.edit(group.posts_id, roots[1], "Publication corrigée"))
        await house.shows(await malik.react(group.posts_id, roots[2], "👍"))
        await malik.redact(group.posts_id, gone)
        await house.forgets(gone)
        paths = ["/", "/groups", f"/groups/{group.slug}", "/search?q=texte", "/you"]
        paths += [f"/posts/{root}" for root in roots]

        async def pages():
            reader = await Reader.signed_in(house.url, malik)
            found = [(await reader.get(path)).steady for path in paths]
            await reader.send("/you", "/logout")  # Its page tells of all sessions that stand.
            await reader.close()
            return found

        before = await pages()
        progress = []
        tables = house.app.feed.store.tables
        await house.app.trays.database.run(tables.drop)
        await house.app.trays.database.run(tables.create)
        assert "Publication" not in (await pages())[0]
        await house.app.feed.rebuild(lambda done, total: progress.append((done, total)))
        after = await pages()

    assert after == before
    assert progress[-1][0] == progress[-1][1] > 0
