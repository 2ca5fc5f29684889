"""Whatever a stranger sends, an app reads it, leaves it, or rejects it; it never breaks."""

import json
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appservice.errors import PayloadRejected
from appservice.payload import Payload
from bridges.base import App, Delivery
from bridges.discovery import apps
from bridges.ingress import parse_delivery
from bridges.readings import Ignored, Reading, StateClass
from tests.bridges.apps.goldens import Fixture, fixtures

STRANGE = (None, 7, -1.5, True, "", "\x00\u202e@room", 2**70, [], [None, 3, {}], {}, {"id": []})


def _read(app: App, headers: dict[str, str], body: dict[str, Any]) -> None:
    delivery = Delivery(headers, Payload(body))
    app.delivery_id(delivery)
    if app.is_ping(delivery):
        return
    try:
        reading = app.read(delivery)
    except PayloadRejected:
        return
    assert isinstance(reading, Reading | Ignored)
    if isinstance(reading, Reading):
        assert reading.event in {event.name for event in app.events}
        card = reading.card
        if card:
            assert card.case
            assert card.state is None or (card.state.word and card.state.kind in StateClass)
            texts = [value for field in card.fields for value in (field.name, field.value)]
            assert all(isinstance(text, str) for text in texts)
        for activity in reading.activities:
            assert all(isinstance(value, str) for value in activity.values.values())


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Walk every place of a JSON value as (container, key)."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in list(pairs):
            yield value, key
            yield from _places(inner)


def _spoil(fixture: Fixture, *, most: int) -> None:
    """Read a delivery with one key missing or of another kind, at *most* so many places."""
    app, body = apps()[fixture.app], dict(fixture.delivery().body.fields)
    dice = random.Random(fixture.name)
    places = list(_places(body))

    for container, key in dice.sample(places, min(most, len(places))):
        kept = container[key]
        for strange in (None, dice.choice(STRANGE)):
            container[key] = strange
            _read(app, fixture.headers, body)
        if isinstance(container, dict):
            rest = dict(container)
            del container[key]
            _read(app, fixture.headers, body)
            container.clear()
            container.update(rest)
        container[key] = kept
    for name in fixture.headers:
        _read(app, {k: v for k, v in fixture.headers.items() if k != name}, body)


every_fixture = pytest.mark.parametrize(
    "fixture", fixtures(), ids=lambda fixture: f"{fixture.app}/{fixture.name}"
)


@every_fixture
def test_a_key_missing_or_of_another_kind_breaks_nothing(fixture: Fixture):
    _spoil(fixture, most=60)


@pytest.mark.long
@every_fixture
def test_any_one_key_missing_or_of_another_kind_breaks_nothing(fixture: Fixture):
    _spoil(fixture, most=100_000)


def _words() -> list[str]:
    """Return all keys and short texts that fixtures use: random JSON then comes near to real."""
    found: set[str] = set()
    for fixture in fixtures():
        for container, key in _places(dict(fixture.delivery().body.fields)):
            value = container[key]
            found |= {word for word in (key, value) if isinstance(word, str) and len(word) < 40}
    return sorted(found)


@cache
def _own(slug: str) -> list[Fixture]:
    return fixtures(slug)


WORDS = st.sampled_from(_words())
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.text('aZ0 \x00\n"&<>@#é\u0301\u202e\ud800😀', max_size=20)
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=30,
)


every_app = pytest.mark.parametrize("slug", sorted(apps()))
MIXED = {
    "dice": st.randoms(use_true_random=False),
    "inner": JSON,
    "body": st.dictionaries(WORDS, JSON),
}
patient = settings(deadline=None, suppress_health_check=list(HealthCheck))


def _mix(slug: str, dice: random.Random, inner: Any, body: dict[str, Any]) -> None:
    """Read a delivery with *inner* somewhere in it, and one that is *body*."""
    app, fixture = apps()[slug], dice.choice(_own(slug))
    mixed = dict(fixture.delivery().body.fields)
    container, key = dice.choice(list(_places(mixed)))
    container[key] = inner

    _read(app, fixture.headers, _received(mixed))
    _read(app, fixture.headers, _received(body))
    _read(app, {}, _received(mixed))


def _received(body: dict[str, Any]) -> dict[str, Any]:
    """Return *body* as the door hands it on: what is no text there is none any more."""
    return dict(Payload.parse(json.dumps(body)).fields)


@every_app
@settings(patient, max_examples=30)
@given(**MIXED)
def test_random_json_breaks_nothing(slug: str, dice: random.Random, inner: Any, body: dict):
    _mix(slug, dice, inner, body)


@pytest.mark.long
@every_app
@settings(patient, max_examples=3000)
@given(**MIXED)
def test_much_random_json_breaks_nothing(slug: str, dice: random.Random, inner: Any, body: dict):
    _mix(slug, dice, inner, body)


def test_a_number_that_is_none_costs_itself_alone():
    (firing,) = (one for one in fixtures("grafana") if one.name == "firing")
    raw = json.dumps(firing.body).replace('"C": 1', '"C": 1, "D": NaN, "E": -Infinity')
    grafana = apps()["grafana"]
    reading = grafana.read(parse_delivery(grafana, {}, raw.encode()))

    assert "NaN" in raw
    assert isinstance(reading, Reading)
    assert reading.card
    assert {one.name: one.value for one in reading.card.fields}["Value"] == "B=42.1235 C=1"
