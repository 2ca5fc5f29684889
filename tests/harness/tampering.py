"""Fixtures in which a stranger wrote something else in every place that takes any words."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from typing import Any, TypeAlias

from bridges.base import App, Delivery
from bridges.discovery import apps
from bridges.readings import Reading
from tests.bridges.apps.goldens import Fixture, fixtures
from tests.harness.telling import read_of

Place: TypeAlias = tuple[Any, ...]
"""The keys that lead to a text in a body."""

_ANY_WORDS = "Xyz"
_LONGEST_NAME = 200


@cache
def readable(slug: str) -> tuple[Fixture, ...]:
    """Return the first fixture of an app for each of its events."""
    by_event: dict[str, Fixture] = {}
    for fixture in fixtures(slug):
        if reading := read_of(apps()[slug], fixture.delivery()):
            by_event.setdefault(reading.event, fixture)
    return tuple(by_event.values())


def tampered(fixture: Fixture, text: str) -> Reading | None:
    """Return what is read where *text* stands in every place in which any word may stand."""
    app, delivery = apps()[fixture.app], fixture.delivery()
    body = dict(deepcopy(delivery.body.fields))
    if fixture.app == "email":
        body["letter"] = _letter(text)
        return _read(app, delivery, body)
    for place in _free_places(fixture.app, fixture.name):
        _put(body, place, text)
    return _read(app, delivery, body)


@cache
def _free_places(slug: str, name: str) -> tuple[Place, ...]:
    """Return the places that may all hold any word at once, and something is read still."""
    fixture = next(one for one in fixtures(slug) if one.name == name)
    app, delivery = apps()[slug], fixture.delivery()
    body, free = dict(deepcopy(delivery.body.fields)), list[Place]()
    for place, before in _texts(delivery.body.fields):
        _put(body, place, _ANY_WORDS)
        if _read(app, delivery, body):
            free.append(place)
        else:
            _put(body, place, before)
    return tuple(free)


def _read(app: App, delivery: Delivery, body: dict[str, Any]) -> Reading | None:
    return read_of(app, replace(delivery, body=replace(delivery.body, fields=body)))


def _texts(value: Any, at: Place = ()) -> Iterator[tuple[Place, str]]:
    """Walk all texts of a JSON value."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from _texts(inner, (*at, key))
    elif isinstance(value, str):
        yield at, value


def _put(body: Any, place: Place, text: str) -> None:
    *way, last = place
    for key in way:
        body = body[key]
    body[last] = text


def _letter(text: str) -> str:
    """Return a letter of somebody of ours who says *text* in every place that holds words."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    letter = EmailMessage()
    letter["Authentication-Results"] = "mx.example.org; dmarc=pass header.from=example.org"
    letter["From"] = Address(line[:_LONGEST_NAME], "ana", "example.org")
    letter["Subject"] = line[:_LONGEST_NAME]
    letter["Message-ID"] = "<v1@mail.example.org>"
    letter.set_content(text.encode("utf-8", "replace").decode(), cte="base64")
    return letter.as_bytes().decode("latin-1")
