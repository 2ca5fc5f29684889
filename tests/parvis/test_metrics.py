"""Figures for those who watch: counted from the tables, and each of them explained."""

from pathlib import Path

import aiohttp
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from appservice.database import Database
from appservice.ids import RoomId
from appservice.migrations import migrate
from appservice.outbox import Outgoing
from parvis import __version__
from tests.harness.homeserver import running_homeserver
from tests.harness.house import House, open_house
from tests.harness.reader import Reader
from tests.harness.wait import until

_DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"
_COUNT, _ASIDE = "SELECT count(*) FROM", "WHERE state = 2"


async def _figures(house: House) -> dict[tuple[str, ...], float]:
    """Return the samples of /metrics by name and the values of their labels."""
    address = f"http://{house.app.config.metrics.listen}/metrics"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        assert answer.status == 200
        text = await answer.text()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_what_happens_shows_in_the_figures(homeserver, tmp_path):
    async with open_house(tmp_path, homeserver) as house:
        ana = await house.person("ana")
        group = await house.group("Compteurs", [ana])
        before = await _figures(house)
        reader = await Reader.signed_in(house.url, ana)
        await reader.send("/compose", "/compose", group=group.slug, title="Compté", text="")
        await reader.get("/nothing")
        async with reader.live():
            listening = await _figures(house)
        await reader.close()
        after = await _figures(house)

    sent = ("parvis_send_seconds_count", "sent")
    assert after[sent] == before.get(sent, 0) + 1
    assert after["parvis_events_projected_total",] > before["parvis_events_projected_total",]
    assert after["parvis_page_seconds_count", "/compose", "303"] == 1
    assert after["parvis_page_seconds_count", "/{path}", "404"] == 1
    assert ("parvis_page_seconds_count", "/live", "200") not in after
    assert listening["parvis_live_connections",] == 1
    assert after["parvis_homeserver_reachable",] == 1
    assert after["parvis_build", __version__] == 1
    assert after["parvis_outbox_rows", "waiting"] == 0
    assert after["parvis_outbox_oldest_seconds",] == 0


async def test_what_waits_and_what_stands_aside_is_counted(tmp_path):
    async with (
        running_homeserver(tmp_path / "hs", appservices=1) as homeserver,
        open_house(tmp_path / "house", homeserver) as house,
    ):
        ana = await house.person("ana")
        group = await house.group("Arrêt", [ana])
        await house.app.trays.outbox.enqueue(Outgoing("refused", RoomId("!none:parvis.test")))

        async def refused() -> bool:
            return (await _figures(house))["parvis_outbox_rows", "dead"] == 1

        await until(refused, "the homeserver refused a row for good")
        await homeserver.synapse.kill()
        await house.app.trays.outbox.enqueue(Outgoing("late", group.posts_id, {"body": "x"}))
        figures = await _figures(house)

    assert figures["parvis_homeserver_reachable",] == 0
    assert figures["parvis_outbox_rows", "waiting"] == 1
    assert figures["parvis_outbox_oldest_seconds",] > 0


async def test_every_figure_is_explained(homeserver, tmp_path):
    documented = _DOCS.read_text("utf-8")
    async with open_house(tmp_path, homeserver) as house:
        names = set(house.app.figures.names())

    assert len(names) > 10
    assert {name for name in names if f"`{name}" not in documented} == set()


async def test_counting_what_stands_aside_looks_at_nothing_else(sqlite_url):
    """The counts must stay cheap when the trays hold years."""
    database = await Database.open(sqlite_url)
    try:
        await migrate(database)
        plans = [
            str(await database.read(sa.text(f"EXPLAIN QUERY PLAN {_COUNT} {table} {_ASIDE}")))
            for table in ("event_inbox", "outbox", "deliveries")
        ]
    finally:
        await database.close()

    assert ["event_inbox_parked" in plans[0], "outbox_dead" in plans[1]] == [True, True]
    assert "deliveries_parked" in plans[2]
