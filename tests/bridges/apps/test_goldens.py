"""Each app folder reads its fixtures as its expected files say, and says nothing undeclared."""

import json

import pytest

from bridges.discovery import apps
from bridges.readings import Importance, Reading, StateClass
from tests.bridges.apps.goldens import Fixture, fixtures, folders, told

FIXTURES = fixtures()
LEAST = {
    "github": 40,
    "gitlab": 30,
    "sentry": 6,
    "alertmanager": 4,
    "grafana": 4,
    "jira": 20,
    "slack": 15,
    "email": 10,
    "generic": 8,
    "trello": 20,
    "zendesk": 12,
    "pipedrive": 12,
    "rss": 10,
    "mastodon": 8,
}


def _reading(fixture: Fixture):
    app, delivery = apps()[fixture.app], fixture.delivery()
    silent = {"farewell", "ping", "rejected"} & told(app, delivery).keys()
    return None if silent else app.read(delivery)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: f"{fixture.app}/{fixture.name}")
def test_a_delivery_is_read_as_expected(fixture: Fixture):
    app = apps()[fixture.app]

    assert told(app, fixture.delivery()) == json.loads(fixture.expected.read_text("utf-8"))
    assert fixture.origin.startswith("written from ")
    assert all(name == name.lower() for name in fixture.headers)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: f"{fixture.app}/{fixture.name}")
def test_a_reading_says_only_what_is_declared_and_fits_a_card(fixture: Fixture):
    reading = _reading(fixture)
    if not isinstance(reading, Reading):
        return

    assert reading.event in {event.name for event in apps()[fixture.app].events}
    assert reading.activities or reading.card
    assert len({activity.key for activity in reading.activities}) == len(reading.activities)
    counts = apps()[fixture.app].every_call_counts
    assert all(activity.key or counts for activity in reading.activities)
    wordless = {activity.importance for activity in reading.activities if not activity.verb}
    assert wordless <= {Importance.QUIET}
    if reading.card:
        assert reading.card.case
        assert reading.card.noun
        declared, names = apps()[fixture.app].fields, [field.name for field in reading.card.fields]
        assert apps()[fixture.app].free_fields or set(names) <= set(declared)
        assert len(set(names)) == len(names)
        assert all(not step.field or step.field in declared for step in reading.activities)
        assert reading.card.state is None or reading.card.state.kind in StateClass
        assert reading.card.state is None or reading.card.state.word
    else:
        assert reading.title


@pytest.mark.parametrize("slug", sorted(apps()))
def test_every_declared_event_has_a_fixture_and_every_fixture_its_expectation(slug: str):
    app, own = apps()[slug], fixtures(slug)
    read = {reading.event for fixture in own if isinstance(reading := _reading(fixture), Reading)}

    assert {event.name for event in app.events} == read
    assert len(app.events) == len({event.name for event in app.events})
    assert {fixture.expected.name for fixture in own} == {
        path.name for path in own[0].expected.parent.iterdir()
    }
    assert len(own) >= LEAST.get(slug, 4)


def test_every_folder_holds_an_app_that_loads_and_says_what_it_is():
    assert {folder.name for folder in folders()} == {app.slug for app in apps().values()}
    for folder in folders():
        assert (folder / "README.md").is_file()
    for app in apps().values():
        assert app.name and app.schemes and app.events and app.steps
        assert len({scheme.slug for scheme in app.schemes}) == len(app.schemes)
        assert all(name == name.lower() for name in app.headers)
        # What is stored must not hold a secret; an id may be part of what is signed.
        secret = {name for scheme in app.schemes for name in scheme.proof} - {"webhook-id"}
        assert not secret & set(app.headers)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: f"{fixture.app}/{fixture.name}")
def test_a_repeated_call_is_known_again(fixture: Fixture):
    app = apps()[fixture.app]

    assert app.delivery_id(fixture.delivery()) == app.delivery_id(fixture.delivery())
    assert told(app, fixture.delivery()) == told(app, fixture.delivery())
