"""Whatever is told of any fixture, in any mode, is an event that homeservers and clients take."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest

from appservice.outbox_rows import Outgoing
from bridges.discovery import apps
from bridges.options import Mode, Options
from bridges.readings import Reading
from tests.bridges.apps.goldens import fixtures
from tests.harness.telling import BEGIN, TellingRoom, read_of, target_of

_DAY = 24 * 3600 * 1000
_LARGEST = 60_000
_LARGEST_INTEGER = 2**53 - 1
_FACTS = {"org.parvis.card", "org.parvis.step", "org.parvis.digest", "org.parvis.post"}
_WAYS = [
    pytest.param(mode, crowded, days, id=f"{mode}{'-crowded' * crowded}{'-buried' * bool(days)}")
    for mode in Mode
    for crowded, days in ((False, 0), (True, 0), (False, 20))
]


@cache
def _readings(slug: str) -> Sequence[Reading]:
    app = apps()[slug]
    found = (read_of(app, fixture.delivery()) for fixture in fixtures(slug))
    return [reading for reading in found if reading]


def _told(slug: str, mode: Mode, *, crowded: bool, days: int) -> Sequence[Outgoing]:
    """Return what is sent of all that the fixtures of an app say, there and back again."""
    room = TellingRoom(apps()[slug], Options(mode=mode), crowded=crowded)
    for number, reading in enumerate([*_readings(slug), *reversed(_readings(slug))]):
        room.hear(reading, at=BEGIN + number * (days * _DAY or 1))
    return room.rows


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, inner in value.items():
            assert isinstance(name, str)
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def _is_message(content: dict[str, Any]) -> None:
    assert content["msgtype"] == "m.notice"
    assert content["format"] == "org.matrix.custom.html"
    assert content["body"].strip()
    assert content["formatted_body"].strip()
    assert content["m.mentions"] == {}
    assert _FACTS & content.keys()


def _is_valid(row: Outgoing) -> None:
    """Hold what the specification asks of an event's content (sizes, canonical JSON, messages)."""
    raw = json.dumps(row.content, ensure_ascii=False, allow_nan=False).encode()
    assert len(raw) < _LARGEST
    for leaf in _leaves(row.content):
        assert isinstance(leaf, str | bool | int | None), leaf
        assert not isinstance(leaf, int) or abs(leaf) <= _LARGEST_INTEGER
        assert not isinstance(leaf, str) or "\x00" not in leaf
    assert row.event_type == "m.room.message"
    assert row.ts is None or isinstance(row.ts, int)
    if "m.new_content" not in row.content:
        _is_message(row.content)


def _relates_well(row: Outgoing, before: dict[str, Outgoing]) -> str:
    """Hold what it asks of edits and threads, given the rows before; return the kind of relation."""
    relation = row.content.get("m.relates_to")
    if relation is None:
        assert "m.new_content" not in row.content
        return "post"
    target = before[target_of(row)]
    assert "m.relates_to" not in target.content  # Neither an edit nor in a thread itself.
    assert (target.room_id, target.identity) == (row.room_id, row.identity)
    assert target.event_type == row.event_type
    if relation["rel_type"] == "m.replace":
        assert relation.keys() == {"rel_type", "event_id"}
        _is_message(row.content["m.new_content"])
        assert "m.relates_to" not in row.content["m.new_content"]
        assert row.content["body"] == "* " + row.content["m.new_content"]["body"]
        assert row.content["m.mentions"] == {}
        assert row.ts is None
        return "edit"
    assert relation == {
        "rel_type": "m.thread",
        "event_id": relation["event_id"],
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": relation["event_id"]},
    }
    assert "m.new_content" not in row.content
    return "step"


@pytest.mark.parametrize(("mode", "crowded", "days"), _WAYS)
def test_every_event_fits_has_no_float_and_relates_as_the_specification_asks(mode, crowded, days):
    kinds: Counter[str] = Counter()
    for slug in apps():
        before: dict[str, Outgoing] = {}
        for row in _told(slug, mode, crowded=crowded, days=days):
            _is_valid(row)
            kinds[_relates_well(row, before)] += 1
            assert row.key not in before
            before[row.key] = row
        assert before, slug

    expected = {"post", "edit", "step"} if mode is not Mode.FLAT and not crowded else {"post"}
    assert set(kinds) == expected
    assert sum(kinds.values()) > 500
