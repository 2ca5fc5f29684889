"""Figures for those who watch: counted from the tables, and each of them explained."""

from dataclasses import replace
from itertools import count
from pathlib import Path

import aiohttp
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from appservice.database import Database
from appservice.ids import RoomId
from appservice.migrations import migrate
from appservice.outbox_rows import Outgoing
from bridges.connection import page_of
from bridges.options import Options
from bridges.tally import Tally
from parvis import __version__
from parvis.connection_metrics import ConnectionFigures, Waiting
from tests.harness import github
from tests.harness.connections import connection_with
from tests.harness.homeserver import running_homeserver
from tests.harness.hooks import post
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


async def test_each_connection_has_its_figures_and_betrays_nothing(homeserver, tmp_path):
    async with open_house(tmp_path, homeserver) as house:
        ana = await house.person("ana")
        group = await house.group("Nom tenu secret", [ana])
        bridges, page = house.app.bridges, f"http://{house.app.config.metrics.listen}/metrics"
        made = await bridges.connections.add(bridges.apps["github"], group.posts_id, ana.user_id)
        wish = Options(events=("!*.labeled",))
        await bridges.connections.alter(made, lambda _: wish)
        secret = await bridges.connections.show_secret(made)
        connection = await bridges.connections.get(made)
        url = f"{house.app.config.hooks_url}/hooks/{made}"
        history = github.pull_request_history(7)
        wild = [github.call(f"<b>{number}", "x") for number in range(30)]
        broken = github.GithubCall("issues", b"{", "broken")
        for call in (*history, *history[:3], *wild, broken):
            assert await post(url, call.body, call.headers(secret)) == 200
        for wrong in (history[0].headers("wrong"), {}):
            assert await post(url, history[0].body, wrong) == 401
        assert await post(f"{url}x", history[0].body, {}) == 404

        async def told() -> bool:
            waits = await bridges.deliveries.waiting(limit=1)
            rows = await house.app.trays.outbox.waiting(limit=1)
            return not waits and not rows

        await until(told, "all is told", within=30)
        figures = await _figures(house)
        async with aiohttp.ClientSession() as session, session.get(page) as answer:
            text = await answer.text()

    def of(what: str, *reason: str) -> float | None:
        return figures.get((f"parvis_connection_{what}", connection.short, *reason))

    assert of("received_total") == len(history) + 3 + len(wild) + 1
    assert of("repeated") == 3
    assert of("rejected_total", "BadSignature") == 2
    assert of("ignored_total", "event") == 1
    # What a sender may write makes few figures only, and none of it stands there that is no word.
    assert of("ignored_total", "other") == len(wild)
    assert of("parked") == 1
    assert of("sent_total") >= 4
    assert of("retried_total") == of("dead") == of("lag_seconds") == 0
    assert sum(name.startswith("parvis_connection_rejected") for name, *_ in figures) == 1
    for hidden in (made, secret, "Nom tenu", group.posts_id, ana.user_id):
        assert hidden not in text


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


def test_two_connections_with_one_short_name_have_figures_of_their_own():
    known: dict[str, str] = {}
    for number in count():
        one = f"c{number}"
        other = known.setdefault(page_of(one)[:5], one)
        if other != one:
            break
    figures, both = ConnectionFigures(Tally()), [one, other, "c"]
    those = tuple(replace(connection_with(Options()), id=identifier) for identifier in both)
    figures.waiting = Waiting(those, {one: 1, other: 2, "c": 3}, {}, {}, {})

    for family in figures.collect():
        called = [sample.labels["connection"] for sample in family.samples]
        assert len(called) == len(set(called)) == (0 if "reason" in family.documentation else 3)
        assert called[2:] in ([], [those[2].short])
