"""Fixtures of the app folders, and what is read in them, as JSON to compare with.

    python -m tests.bridges.apps.goldens [APP …]

writes the expected files anew; read the difference before you commit it.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import Field, dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from appservice.errors import PayloadRejected
from bridges.base import App, Delivery
from bridges.discovery import apps
from bridges.ingress import kept_headers, parse_delivery
from bridges.readings import Ignored
from bridges.samples import answer_of

BRIDGES = Path(__file__).parents[3] / "bridges"
CALLED = sorted(slug for slug, app in apps().items() if app.pull is None and app.enclosing is None)
"""Whom apps call; what is asked and what is written to has no door."""


@dataclass(frozen=True)
class Fixture:
    """One recorded call. *body* is an object, or text as it stands on the wire."""

    app: str
    name: str
    headers: dict[str, str]
    body: Any
    origin: str

    @property
    def expected(self) -> Path:
        return BRIDGES / self.app / "expected" / f"{self.name}.json"

    def delivery(self) -> Delivery:
        raw = self.body if isinstance(self.body, str) else json.dumps(self.body)
        app = apps()[self.app]
        return parse_delivery(app, kept_headers(app, self.headers), raw.encode())


def fixtures(app: str = "*") -> list[Fixture]:
    """Return the calls in the folders; of an app that is asked, what is found in each answer."""
    recorded = [
        Fixture(path.parts[-3], path.stem, **json.loads(path.read_text("utf-8")))
        for path in sorted(BRIDGES.glob(f"{app}/fixtures/*.json"))
    ]
    return [found for fixture in recorded for found in _found_in(fixture)]


def _found_in(fixture: Fixture) -> list[Fixture]:
    app = apps().get(fixture.app)
    if app is None or app.pull is None:
        return [fixture]
    found = app.pull.harvest(answer_of(fixture.headers, fixture.body), "").found
    assert found, f"nothing is found in {fixture.name}"
    return [
        replace(fixture, name=f"{fixture.name}{number}", headers={}, body=one.body)
        for one, number in zip(found, numbers(len(found)), strict=True)
    ]


def numbers(count: int) -> list[str]:
    """Return what tells the things in one answer apart; one alone needs nothing."""
    return [""] if count == 1 else [f".{number}" for number in range(1, count + 1)]


def folders() -> Iterator[Path]:
    """Walk the app folders, also one whose app cannot be imported."""
    return (path.parent for path in sorted(BRIDGES.glob("*/app.py")))


def told(app: App, delivery: Delivery) -> dict[str, Any]:
    """Return what *app* reads, without what it leaves empty."""
    if app.is_farewell(delivery):
        return {"farewell": True}
    if app.is_ping(delivery):
        return {"ping": True}
    try:
        reading = app.read(delivery)
    except PayloadRejected as error:
        return {"rejected": str(error)}
    if isinstance(reading, Ignored):
        return {"ignored": reading.reason}
    return _plain(reading)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        said = {one.name: getattr(value, one.name) for one in fields(value) if _says(value, one)}
        return {name: _plain(part) for name, part in said.items()}
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int) else str(value)


def _says(value: Any, field: Field[Any]) -> bool:
    """Tell whether a value was given: what stands at its default says nothing."""
    given = getattr(value, field.name)
    return given != field.default and given not in ({}, ())


def write(wanted: list[str]) -> None:
    for slug in wanted or sorted(apps()):
        folder = BRIDGES / slug / "expected"
        folder.mkdir(exist_ok=True)
        for old in folder.glob("*.json"):
            old.unlink()
        for fixture in fixtures(slug):
            golden = told(apps()[slug], fixture.delivery())
            text = json.dumps(golden, ensure_ascii=False, indent=1) + "\n"
            fixture.expected.write_text(text, "utf-8")


if __name__ == "__main__":
    write(sys.argv[1:])
