"""A card that lies far below begins anew when something loud happens to its case."""

import asyncio
from collections import Counter
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from appservice.database import Change
from appservice.events import RoomEvent
from appservice.languages import Language, phrases
from appservice.payload import Payload
from bridges.casebook import KnownCase
from bridges.discovery import apps
from bridges.options import Mode, Options
from bridges.reader import Said
from bridges.readings import Activity, Card, Importance, Reading, State, StateClass
from bridges.store import cases_table
from bridges.telling import Telling, tell
from tests.harness import github
from tests.harness.connections import connection_with
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import Hooks, open_hooks, post
from tests.harness.wait import until

_HOUR = 3600 * 1000
_DAY = 24 * _HOUR
_BEGIN = 1_800_000_000_000
_OPEN, _DONE = State("Open", StateClass.FAILED), State("Over", StateClass.DONE)
_QUIET, _NORMAL, _LOUD = Importance.QUIET, Importance.NORMAL, Importance.LOUD


def _told(
    life: list[tuple[float, str, Importance, State]],
    *,
    app: str = "github",
    options: Options = Options(),  # noqa: B008 - frozen
    muted: bool = False,
) -> list[Telling]:
    """Return what is told of a *life*: after how many days what happened, how loud, state."""
    known, tellings = None, []
    for number, (days, verb, importance, state) in enumerate(life):
        at = _BEGIN + int(days * _DAY)
        step = Activity(f"{number}", f"{{actor}} {verb}", actor="ana", importance=importance)
        card = Card(case="1", noun="Issue", title="Écran noir", state=state)
        said = Said(number, at, connection_with(options), apps()[app], Reading("x", card, (step,)))
        telling = tell([said], known, (), phrases(Language.EN), crowded=False)
        tellings.append(telling)
        generation = (known.generation if known else 0) + telling.renewed
        known = KnownCase(telling.case, telling.shown, number, 0, muted, at, generation)
    return tellings


def _kinds(telling: Telling) -> Counter[str]:
    return Counter(row.key.partition(":")[0] for row in telling.rows)


@pytest.mark.parametrize(
    ("days", "importance", "options", "muted", "renewed"),
    [
        (15, _LOUD, Options(), False, True),
        (13, _LOUD, Options(), False, False),
        (13, _LOUD, Options(renew_days=7), False, True),
        (900, _LOUD, Options(renew_days=0), False, False),
        (15, _NORMAL, Options(), False, False),
        (15, _QUIET, Options(), False, False),
        (15, _LOUD, Options(mode=Mode.THREAD), False, True),
        (15, _LOUD, Options(mode=Mode.FLAT), False, False),
        (15, _LOUD, Options(), True, False),
    ],
)
def test_a_loud_change_after_so_many_days_is_a_new_card(days, importance, options, muted, renewed):
    _, second = _told(
        [(0, "opened", _LOUD, _OPEN), (days, "closed", importance, _DONE)],
        options=options,
        muted=muted,
    )

    assert second.renewed is renewed
    assert _kinds(second)["card1"] == renewed
    if renewed:
        step = next(row for row in second.rows if row.key.startswith("step:"))
        assert step.content["m.relates_to"]["event_id"] == "outbox:card1:c:1"
        assert next(row for row in second.rows if row.key.startswith("card1:")).ts is None


def test_what_comes_late_lifts_nothing():
    late = Activity("late", "{actor} opened", actor="ana", at=_BEGIN - 1, importance=_LOUD)
    (first,) = _told([(0, "opened", _LOUD, _OPEN)])
    known = KnownCase(first.case, first.shown, 0, 0, muted=False, heard=_BEGIN)
    reading = Reading("x", Card(case="1", noun="Issue", state=_DONE, updated=_BEGIN - 1), (late,))
    said = Said(1, _BEGIN + 20 * _DAY, connection_with(Options()), apps()["github"], reading)

    telling = tell([said], known, (), phrases(Language.EN), crowded=False)

    assert not telling.renewed
    assert telling.case.state == first.case.state


def test_an_alert_that_fires_again_the_next_day_is_another_card_and_an_issue_is_not():
    life = [
        (0, "fires", _LOUD, _OPEN),
        (0.1, "fires", _QUIET, _OPEN),
        (0.2, "is over", _NORMAL, _DONE),
        (1.0, "fires again", _LOUD, _OPEN),
    ]

    alert = [_kinds(telling) for telling in _told(life, app="alertmanager")]
    issue = [_kinds(telling) for telling in _told(life)]

    assert [one["card"] for one in alert] == [1, 0, 0, 0]
    assert [one["edit"] for one in alert] == [0, 0, 1, 0]
    assert [one["card1"] for one in alert] == [0, 0, 0, 1]
    assert [one["edit"] for one in issue] == [0, 0, 1, 1]


def test_an_alert_that_comes_and_goes_within_an_hour_stays_one_card():
    life = [
        (0, "fires", _LOUD, _OPEN),
        (0.02, "is over", _NORMAL, _DONE),
        (0.04, "fires again", _LOUD, _OPEN),
    ]

    assert not any(telling.renewed for telling in _told(life, app="grafana"))


async def test_the_former_card_says_where_the_case_goes_on_and_the_new_one_is_kept_up(
    homeserver: HomeserverForTests, database_url: str
):
    registration = homeserver.take_registration()
    opened, *_, merged = github.pull_request_history(7)
    renamed = github.call(
        "pull_request", "edited", pull_request=github.pull_request(7, 50, title="Nouveau titre")
    )
    async with open_hooks(database_url, homeserver.url, registration) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        room = await hooks.floor.trays.bot.create_room({})
        url, secret = await hooks.connect("github", room)
        assert await post(url, opened.body, opened.headers(secret)) == 200
        await hooks.quiet()
        former = await _root(hooks)
        long_ago = sa.update(cases_table).values(heard=1)
        await hooks.floor.trays.database.write(Change(long_ago))
        assert await post(url, merged.body, merged.headers(secret)) == 200
        newer = await _root(hooks, besides=former)

        async def linked() -> bool:
            return any(card.text("continued") for _, _, card in await _cards(hooks, room))

        await until(linked, "the former card says where it goes on", within=30)
        assert await post(url, renamed.body, renamed.headers(secret)) == 200
        await hooks.quiet()
        told = await _cards(hooks, room)

    roots = [(event.event_id, card) for event, target, card in told if not target]
    edits = [(target, card) for _, target, card in told if target]
    assert [event_id for event_id, _ in roots] == [former, newer]
    assert roots[1][1].text("state", "word") == "Merged"
    assert [target for target, _ in edits] == [former, newer]
    assert edits[0][1].text("continued") == newer
    assert edits[1][1].text("title") == "Nouveau titre"
    (body,) = [event.content.text("m.new_content", "body") for event, to, _ in told if to == former]
    assert f"https://matrix.to/#/{quote(room)}/{quote(newer)}?via=parvis.test" in body


async def _root(hooks: Hooks, *, besides: str = "") -> str:
    """Return the event of the one card, when it came back; *besides* is that of the former one."""

    async def came_back() -> str:
        rows = await hooks.floor.trays.database.read(sa.select(cases_table.c.root_event))
        return next((row.root_event for row in rows if row.root_event != besides), "")

    return await until(came_back, "the card came back", within=30)


async def _cards(hooks: Hooks, room: str) -> list[tuple[RoomEvent, str, Payload]]:
    """Return each card and each edit of one, with the event that it edits."""
    page = await hooks.floor.trays.bot.messages(room, backwards=False)
    found = []
    for event in page.events:
        edits = bool(event.relation and event.relation.kind == "m.replace")
        card = event.content.at(*(["m.new_content"] if edits else []), "org.parvis.card")
        if card:
            found.append((event, event.relation.target if edits else "", card))
    return found
