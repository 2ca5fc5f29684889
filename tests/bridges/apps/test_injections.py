"""Whatever somebody writes in an app, in a room it only says something."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from appservice.outbox_rows import Outgoing
from bridges.discovery import apps
from bridges.options import Mode, Options
from tests.harness.injections import INJECTIONS
from tests.harness.tags import tags_of
from tests.harness.tampering import readable, tampered
from tests.harness.telling import TellingRoom

_OURS = {"p", "strong", "br", "a", "ul", "li", "blockquote", "code"}
_MENTION = re.compile(r"@room\b|@[\w.=\-/+]+:[\w.\-\[]+")
_PILL = re.compile(r"(?:https?://matrix\.to/|matrix:)", re.IGNORECASE)
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LARGEST = 60_000
_READ = 150
"""How many of the texts are read at least: an app may find that some of them say nothing."""
_IDS = {"case", "event_id"}
"""Nobody is shown the id of a case in its app; by it an event is named that has no id yet."""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in _IDS:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _only_says(row: Outgoing) -> None:
    """Hold that an event has no tag, link and mention that we did not mean."""
    assert len(json.dumps(row.content, ensure_ascii=False).encode()) < _LARGEST
    for content in (row.content, row.content.get("m.new_content", row.content)):
        tags = tags_of(content["formatted_body"])
        assert tags.found <= {("a", "href"), *((tag, "") for tag in _OURS)}
        for link in tags.links:
            assert link.startswith(("https://", "http://"))
            assert not _PILL.match(link)
        assert content["m.mentions"] == {}
        for said in (content["body"], unescape(content["formatted_body"])):
            assert not _MENTION.search(said), _MENTION.search(said)
    assert not any(_TURNING.search(text) for text in _texts(row.content))


def _pairs(slug: str, *, every: bool) -> Iterator[tuple[Any, str]]:
    """Return fixtures with what is written in them: each text in one of them, or in *every* one."""
    own = readable(slug)
    for number, text in enumerate(INJECTIONS):
        for fixture in own if every else (own[number % len(own)],):
            yield fixture, text


def _story(slug: str, *, every: bool) -> int:
    read = 0
    for mode in Mode:
        room = TellingRoom(apps()[slug], Options(mode=mode))
        for number, (fixture, text) in enumerate(_pairs(slug, every=every)):
            if every or number % len(Mode) == list(Mode).index(mode):
                reading = tampered(fixture, text)
                read += reading is not None
                if reading:
                    room.hear(reading)
        for row in room.rows:
            _only_says(row)
    return read


@pytest.mark.parametrize("slug", sorted(apps()))
def test_what_is_written_in_an_app_opens_no_tag_and_calls_nobody(slug: str):
    assert _story(slug, every=False) >= _READ


@pytest.mark.long
@pytest.mark.parametrize("slug", sorted(apps()))
def test_whatever_is_written_in_any_event_opens_no_tag_and_calls_nobody(slug: str):
    assert _story(slug, every=True) >= len(Mode) * _READ * len(readable(slug))
