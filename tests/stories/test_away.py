"""The homeserver goes away, and comes back: nothing that people wrote or saw is lost."""

from tests.harness.homeserver import running_homeserver
from tests.harness.house import open_house
from tests.harness.reader import Reader
from tests.harness.wait import until


async def test_a_post_waits_for_a_homeserver_that_is_away(tmp_path):
    async with (
        running_homeserver(tmp_path / "hs") as homeserver,
        open_house(tmp_path / "house", homeserver) as house,
    ):
        ana = await house.person("ana")
        group = await house.group("Atelier", [ana])
        reader = await Reader.signed_in(house.url, ana)

        await homeserver.synapse.kill()
        answer = await reader.send(
            "/compose", "/compose", group=group.slug, title="Écrit pendant la panne", text=""
        )
        assert answer.status == 200
        assert "Attend le serveur" in answer.text
        assert (await reader.get("/")).status == 200
        await homeserver.synapse.start()

        async def arrived() -> bool:
            home = (await reader.get("/")).text
            return "Attend le serveur" not in home and "Écrit pendant la panne</a></h2>" in home

        await until(arrived, "the post is in the feed", within=60)
        assert (await reader.get("/")).text.count("Écrit pendant la panne</a></h2>") == 1
        await reader.close()


async def test_what_was_sent_while_a_push_was_cut_off_reaches_the_feed(tmp_path):
    async with (
        running_homeserver(tmp_path / "hs") as homeserver,
        open_house(tmp_path / "house", homeserver) as house,
    ):
        ana = await house.person("ana")
        group = await house.group("Quai", [ana])
        sent = [await ana.post(group.posts_id, f"Message {number}") for number in range(30)]
        await homeserver.synapse.kill()
        await homeserver.synapse.start()
        await house.app.machinery.handshake()

        async def complete() -> bool:
            return all([await house.app.feed.store.knows(event_id) for event_id in sent])

        await until(complete, "every event is in the feed", within=30)
