"""A case's history in any order, and told twice, ends in the same card."""

import json
import random
from itertools import permutations

from appservice.payload import Payload
from bridges.base import Delivery, Importance, Reading
from bridges.cases import Case, merge, without_times
from bridges.discovery import apps
from tests.bridges.apps.goldens import fixtures
from tests.harness.github import pull_request_history


def _final(readings: list[Reading]) -> Case:
    """Return the case as it stands after *readings*, taken in this order."""
    case, told = Case(), set()
    for number, reading in enumerate(readings):
        keys = {activity.key for activity in reading.activities}
        case = merge(case, reading.card, received=number, repeats=keys <= told)
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


def test_the_fixtures_of_one_case_end_alike_in_any_order():
    for slug, app in apps().items():
        by_case: dict[str, list[Reading]] = {}
        for fixture in fixtures(slug):
            delivery = fixture.delivery()
            reading = None if app.is_ping(delivery) else _quietly(app, delivery)
            if isinstance(reading, Reading) and reading.card and reading.card.updated:
                by_case.setdefault(reading.card.case, []).append(reading)
        for case_id, readings in by_case.items():
            times = [reading.card.updated for reading in readings]
            if len(set(times)) < len(times):
                continue  # At the same time what comes later wins: any order need not be alike.
            expected = without_times(_final(readings))
            for seed in range(20):
                shuffled = random.Random(seed).sample(readings, len(readings))
                assert without_times(_final(shuffled)) == expected, (slug, case_id)


def _quietly(app, delivery):
    try:
        return app.read(delivery)
    except Exception as error:  # noqa: BLE001 - rejections are tested elsewhere
        return error


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
