"""An app as its vendor runs it: it calls an address with what a fixture says, proved as it proves calls."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bridges.auth import Scheme
from bridges.base import App
from bridges.filters import withheld
from bridges.ingress import kept_headers
from bridges.options import Options
from bridges.reader import understood
from bridges.readings import Reading
from tests.bridges.apps.goldens import Fixture, fixtures
from tests.harness.proving import proof


@dataclass(frozen=True)
class Vendor:
    """One call, and the *title* of what it tells."""

    headers: Mapping[str, str]
    body: bytes
    title: str

    def proved(self, scheme: Scheme, secret: str, url: str) -> Mapping[str, str]:
        """Return the headers of the call as *scheme* wants them."""
        return {**self.headers, **proof(scheme, secret, self.body, url)}


def vendor_of(app: App) -> Vendor:
    """Return the first recorded call of *app* that says something by itself, as options begin."""
    return next(one for fixture in fixtures(app.slug) if (one := _told(app, fixture)))


def _told(app: App, fixture: Fixture) -> Vendor | None:
    raw = (fixture.body if isinstance(fixture.body, str) else json.dumps(fixture.body)).encode()
    reading = understood(app, kept_headers(app, fixture.headers), raw)
    if not isinstance(reading, Reading):
        return None
    title = (reading.card.title if reading.card else "") or reading.title
    why = withheld(reading, app, Options(), labels=(), shared=False)
    return Vendor(fixture.headers, raw, title) if title and not why else None
