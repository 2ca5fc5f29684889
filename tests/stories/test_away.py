"""The homeserver goes away, and comes back: nothing that people wrote or saw is lost."""

from parvis.demo.avatars import avatar
from tests.harness.axe import MIXES, faults, looking
from tests.harness.browser import signed_in
from tests.harness.homeserver import running_homeserver
from tests.harness.house import open_house
from tests.harness.reader import Reader
from tests.harness.wait import until

_AWAY = "Le serveur de messages ne répond pas. Vous pouvez lire\u202f; ce que vous publiez attend"


async def test_the_feed_reads_and_a_post_waits_while_the_homeserver_is_away(tmp_path, chromium):
    async with (
        running_homeserver(tmp_path / "hs") as homeserver,
        open_house(tmp_path / "house", homeserver) as house,
        looking(chromium, MIXES[0]) as blank,
    ):
        ana = await house.person("ana")
        group = await house.group("Atelier", [ana])
        root = await ana.post(group.posts_id, "Écrit avant la panne")
        await house.shows(root)
        reader = await Reader.signed_in(house.url, ana)
        paths = ["/", "/groups", f"/groups/{group.slug}", f"/posts/{root}", "/compose", "/you"]
        paths += ["/search?q=panne", f"/people/{ana.user_id}", "/nothing"]

        async def strips() -> set[bool]:
            return {_AWAY in (await reader.get(path)).text for path in paths}

        assert await strips() == {False}
        page = await signed_in(blank.context, house.url, ana)
        strip = page.locator("p.away")
        assert await strip.count() == 0

        await homeserver.synapse.kill()
        await strip.wait_for(timeout=20_000)  # Nobody called: a quiet minute is noticed too.
        assert await strips() == {True}
        assert "Écrit avant la panne" in (await reader.get("/")).text
        answer = await reader.send(
            "/compose", "/compose", group=group.slug, title="Écrit pendant la panne", text=""
        )
        assert answer.status == 200
        assert "Attend le serveur" in answer.text
        assert (await reader.get("/")).status == 200
        for path in paths:
            await page.goto(house.url + path)
            assert await page.locator("section.strip").count() == 1  # What waits is on every page.
            assert await faults(page) == []
        fields = {"group": group.slug, "title": "Le quai", "text": "À **10 h**.", "labels": "Lyon"}
        refused = await reader.send_file(
            "/compose", "/compose", "quai.png", avatar("quai"), **fields, description="Le quai vide"
        )
        assert refused.status == 502
        assert "Le fichier doit être choisi de nouveau." in refused.text
        for kept in ("Le quai", "À **10 h**.", "Lyon", "Le quai vide", f'"{group.slug}"'):
            assert kept in refused.text
        await homeserver.synapse.start()

        async def arrived() -> bool:
            home = (await reader.get("/")).text
            return "Attend le serveur" not in home and "Écrit pendant la panne</a></h2>" in home

        await until(arrived, "the post is in the feed", within=60)
        await strip.wait_for(state="detached", timeout=10_000)
        assert await strips() == {False}
        assert (await reader.get("/")).text.count("Écrit pendant la panne</a></h2>") == 1
        await reader.close()


async def test_what_was_sent_while_a_push_was_cut_off_reaches_the_feed(tmp_path):
    """Nobody tells Parvis: it goes on, and notices that the homeserver was away."""
    async with (
        running_homeserver(tmp_path / "hs") as homeserver,
        open_house(tmp_path / "house", homeserver) as house,
    ):
        ana = await house.person("ana")
        group = await house.group("Quai", [ana])
        sent = [await ana.post(group.posts_id, f"Message {number}") for number in range(30)]
        await homeserver.synapse.kill()
        await homeserver.synapse.start()

        async def complete() -> bool:
            return all([await house.app.feed.store.knows(event_id) for event_id in sent])

        await until(complete, "every event is in the feed", within=30)
