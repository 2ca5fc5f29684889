"""A case's history in any order, and told twice, ends in the same card."""

import json
import math
import random
from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest

from appservice.languages import Language, phrases
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.cards import card_content
from bridges.cases import Case, merge, without_times
from bridges.discovery import apps
from bridges.readings import Importance, Reading
from tests.bridges.apps.goldens import fixtures
from tests.harness.github import pull_request_history
from tests.harness.telling import TellingRoom, read_of

_LONGEST_IN_EVERY_ORDER = 7
_ORDERS = 500
_ORDERS_IN_A_ROOM = 5
_WITHOUT_TIMES = {
    ("alertmanager", '{}:{alertname="DisquePlein"}'),
    ("generic", "42"),
    ("gitlab", "501/flag/6"),
    ("gitlab", "501/wiki/etalonnage"),
    ("grafana", '{}/{}:{alertname="Débit trop haut", grafana_folder="Pompes"}'),
}
"""Their calls do not say when anything happened, so what comes last is true."""


def _final(readings: list[Reading]) -> Case:
    """Return the case as it stands after *readings*, taken in this order."""
    case, told = Case(), set()
    for number, reading in enumerate(readings):
        keys = {activity.key for activity in reading.activities}
        case = merge(case, reading.card, received=number, repeats=bool(keys) and keys <= told)
        told |= keys
    return case


def _history() -> list[Reading]:
    app = apps()["github"]
    return [
        app.read(
            Delivery(
                {"x-github-event": call.event}, Payload.parse(json.dumps(json.loads(call.body)))
            )
        )
        for call in pull_request_history()
    ]


def test_a_pull_request_told_in_any_order_is_merged_with_all_its_facts():
    history = _history()
    expected = _final(history)
    assert expected.state.word == "Merged"
    assert expected.fields["Branch"].value == "fix → main"

    for order in permutations(history):
        case = _final(list(order))
        assert without_times(case) == without_times(expected)
        assert list(case.fields) == list(expected.fields)
    doubled = _final([*history, *reversed(history)])
    assert without_times(doubled) == without_times(expected)


def test_only_the_steps_that_matter_are_told_in_the_thread():
    told = [
        activity.verb
        for reading in _history()
        for activity in reading.activities
        if activity.importance is not Importance.QUIET
    ]

    assert told == [
        "{actor} opened this pull request",
        "{actor} commented",
        "{actor} approved this",
        "{actor} merged this pull request",
    ]


def _histories(slug: str) -> dict[str, list[Reading]]:
    """Return what the fixtures of an app say of each case of which they say more than one thing."""
    by_case: dict[str, list[Reading]] = {}
    for fixture in fixtures(slug):
        reading = read_of(apps()[slug], fixture.delivery())
        if reading and reading.card:
            by_case.setdefault(reading.card.case, []).append(reading)
    return {case: readings for case, readings in by_case.items() if len(readings) > 1}


def _in_any_order(history: list[Reading]) -> Iterator[Case]:
    """Return how a case ends, in each order of a short history and in many of a long one."""
    if len(history) <= _LONGEST_IN_EVERY_ORDER:
        yield from _ends(history, Case(), frozenset())
        return
    for seed in range(_ORDERS):
        yield _final(random.Random(seed).sample(history, len(history)))


def _ends(rest: list[Reading], case: Case, told: frozenset[str]) -> Iterator[Case]:
    """Return how *case* ends in each order of *rest*; what many orders begin with is merged once."""
    if not rest:
        yield case
    for number, reading in enumerate(rest):
        keys = frozenset(activity.key for activity in reading.activities)
        received = _LONGEST_IN_EVERY_ORDER - len(rest)
        after = merge(case, reading.card, received=received, repeats=bool(keys) and keys <= told)
        yield from _ends(rest[:number] + rest[number + 1 :], after, told | keys)


def _looks(slug: str, case: Case) -> dict[str, Any]:
    return card_content(
        app=apps()[slug], connection="c", case_id="1", case=case, words=phrases(Language.FR)
    )


@pytest.mark.parametrize("slug", sorted(apps()))
def test_the_fixtures_of_one_case_end_as_the_same_card_in_any_order(slug: str):
    for case_id, history in _histories(slug).items():
        if (slug, case_id) in _WITHOUT_TIMES:
            assert all(reading.card.updated is None for reading in history)
            continue
        expected, orders = _looks(slug, _final(history)), 0
        for case in _in_any_order(history):
            orders += 1
            assert _looks(slug, case) == expected, case_id
        every = len(history) <= _LONGEST_IN_EVERY_ORDER
        assert orders == (math.factorial(len(history)) if every else _ORDERS)


@pytest.mark.parametrize("slug", sorted(apps()))
def test_what_stands_in_the_room_after_all_edits_is_that_card_too(slug: str):
    for case_id, history in _histories(slug).items():
        if (slug, case_id) in _WITHOUT_TIMES:
            continue
        standing = []
        for seed in range(_ORDERS_IN_A_ROOM):
            room = TellingRoom(apps()[slug])
            for reading in random.Random(seed).sample(history, len(history)):
                room.hear(reading)
            standing.append(room.cards())
        assert len(standing[0]) == 1
        assert all(cards == standing[0] for cards in standing), case_id


def test_each_app_whose_cases_go_on_has_histories_that_are_told_in_any_order():
    longest = {
        slug: max((len(calls) for calls in _histories(slug).values()), default=0) for slug in apps()
    }

    assert {slug for slug, calls in longest.items() if calls > _LONGEST_IN_EVERY_ORDER} == {
        "github",
        "gitlab",
        "jira",
        "pipedrive",
        "sentry",
        "trello",
        "zendesk",
    }
    # What these tell happens once, and is no case that goes on.
    assert {slug for slug, calls in longest.items() if calls < 2} == {"rss", "slack"}


def test_a_slow_old_run_does_not_hide_what_the_newer_one_ended_with():
    app = apps()["github"]
    own = {fixture.name: app.read(fixture.delivery()) for fixture in fixtures("github")}
    old, new = (
        own["workflow_run.completed-with-success"],
        own["workflow_run.completed-with-failure"],
    )

    assert old.card.case == new.card.case
    assert _final([old, new]).state.word == "Failed"
    assert _final([new, old]).state.word == "Failed"
    repaired = own["workflow_run.completed-second-attempt"]
    assert _final([repaired, old, new]).state.word == "Succeeded"


def test_the_latest_pipeline_rules_whichever_ends_last_and_a_retried_one_goes_on():
    app = apps()["gitlab"]
    own = {fixture.name: app.read(fixture.delivery()) for fixture in fixtures("gitlab")}
    failed, again = own["pipeline.failed"], own["pipeline.running-after-a-retry"]
    history = [own["pipeline.queued"], own["pipeline.running"], failed]
    old = own["pipeline.older-that-ends-last"]

    for order in permutations([*history, old]):
        case = _final(list(order))
        assert (case.state.word, case.fields["Run"].value) == ("Failed", "#31")
    for order in permutations([*history, again]):
        assert _final(list(order)).state.word == "Running"
    for order in permutations([failed, again, own["pipeline.succeeded-after-a-retry"], old]):
        assert _final(list(order)).state.word == "Succeeded"


def test_a_pipeline_of_a_merge_request_changes_nothing_but_its_own_line_on_the_card():
    app = apps()["gitlab"]
    own = {fixture.name: app.read(fixture.delivery()) for fixture in fixtures("gitlab")}
    opened, merged = own["merge_request.opened"], own["merge_request.merged"]
    runs = [own[f"pipeline.of-a-merge-request-{how}"] for how in ("failed", "succeeded")]

    for order in permutations([opened, merged, *runs]):
        case = _final(list(order))
        assert (case.state.word, case.fields["Pipeline"].value) == ("Merged", "✓ #33")
        assert case.fields["Branch"].value == "minuit → main"


def test_an_alert_that_is_told_again_changes_nothing_and_what_came_last_is_true():
    app = apps()["alertmanager"]
    own = {fixture.name: app.read(fixture.delivery()) for fixture in fixtures("alertmanager")}
    fires, more = own["firing"], own["firing-one-more"]
    over, again = own["resolved"], own["firing-next-day"]

    assert without_times(_final([fires, fires, fires])) == without_times(_final([fires]))
    # Without send_resolved a group comes back to exactly how it was: that is no repetition.
    assert _final([fires, more, fires]).fields["Firing"].value == "1"
    assert _final([fires, more, over]).state.word == "Resolved"
    told = [
        step.key for reading in (fires, fires, more, over, again) for step in reading.activities
    ]
    assert len(told) - len(set(told)) == 2
    assert not {step.key for step in again.activities} & {step.key for step in fires.activities}
