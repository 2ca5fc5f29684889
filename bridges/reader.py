"""What a stored delivery says, by its app's word and, where there is one, an admin's mapping."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog
from prometheus_client import Counter

from appservice.errors import PayloadRejected
from appservice.payload import NotJson
from appservice.trouble import Report, Trouble
from bridges.base import App
from bridges.connection import Connection
from bridges.deliveries import FAREWELL, StoredDelivery
from bridges.ingress import parse_delivery
from bridges.mapping.failures import MappingFailed
from bridges.mapping.mapper import Mapper
from bridges.readings import Ignored, Reading
from bridges.store import storable_id
from bridges.tally import Tally

OPTIONS_UNREADABLE = "its options cannot be read"
"""Begins the note of a call that came while nobody knew what may be told."""

MAPPING_FAILS = "its mapping fails"
"""Begins the note of a call of which its connection's mapping makes nothing; the failure follows."""

MANY = "parvis-many"
"""Header of what was found together with many others; its value is how many."""

log = structlog.get_logger(__name__)

readings = Counter("parvis_readings_total", "What deliveries said", ["app", "outcome"])


@dataclass(frozen=True)
class Said:
    """A delivery with what its app read in it; *received* is milliseconds since 1970."""

    seq: int
    received: int
    connection: Connection
    app: App
    reading: Reading
    lumped: bool = False
    """It came with many others, so a line of a digest does."""
    kept_back: str = ""
    """Why nothing of it is told but that its case is confidential now; empty where that is not so."""

    @property
    def case_id(self) -> str:
        """Return the case that it is about, or an empty text."""
        return self.reading.card.case if self.reading.card else ""


@dataclass(frozen=True)
class Silent:
    """A delivery that says nothing: understood as such, or (*parked*) not understood."""

    seq: int
    why: str
    parked: bool = False


class Reader:
    """Has each delivery read by the app of its connection."""

    def __init__(
        self, *, apps: Mapping[str, App], report: Report, mapper: Mapper, tally: Tally
    ) -> None:
        self._apps = apps
        self._mapper = mapper
        self._report = report
        self.tally = tally

    async def read(self, delivery: StoredDelivery, connection: Connection | None) -> Said | Silent:
        """Return what *delivery* says; whatever its app makes of it, nothing is raised."""
        app = self._apps.get(connection.app) if connection else None
        if connection is None or app is None:
            return self.put_aside(delivery.seq, "nothing", "its connection is unknown")
        if connection.fault:
            why = f"{OPTIONS_UNREADABLE}: {connection.fault}"
            return self.put_aside(delivery.seq, connection.short, why)
        try:
            reading = await mapped(
                self._mapper, app, connection.options.mapping, delivery.headers, delivery.body
            )
        except MappingFailed as error:
            return self.put_aside(delivery.seq, connection.short, f"{MAPPING_FAILS}: {error}")
        except (NotJson, PayloadRejected) as error:
            why = f"{type(error).__name__}: {error}"
            return self.put_aside(delivery.seq, connection.short, why)
        except Exception as error:
            log.exception("app cannot read a delivery", connection=connection.short)
            return self.put_aside(delivery.seq, connection.short, repr(error))
        if isinstance(reading, Ignored):
            readings.labels(app.slug, "ignored").inc()
            self.tally.ignore(connection.id, reading.reason)
            return Silent(delivery.seq, reading.reason)
        readings.labels(app.slug, "read").inc()
        said = with_keys(reading, delivery.seq)
        return Said(
            delivery.seq, delivery.received, connection, app, said, MANY in delivery.headers
        )

    async def close(self) -> None:
        """End what reads mappings."""
        await self._mapper.close()

    def put_aside(self, seq: int, connection: str, why: str) -> Silent:
        """Report a call that cannot be told; *connection* is the name that betrays no address."""
        readings.labels("?", "parked").inc()
        self._report(Trouble.DELIVERY, f"call {seq} of {connection}: {why}")
        return Silent(seq, why, parked=True)


async def mapped(
    mapper: Mapper, app: App, mapping: str, headers: Mapping[str, str], body: bytes
) -> Reading | Ignored:
    """Return what *app* reads in what *mapping* makes of a call; raise as `understood` does, or
    MappingFailed.
    """
    call = await mapper.made(app, mapping, headers, body)
    return Ignored("skip") if call.skipped else understood(app, call.headers, call.body)


def understood(app: App, headers: Mapping[str, str], body: bytes) -> Reading | Ignored:
    """Return what *app* reads in a call; it may raise anything, and NotJson or PayloadRejected for
    what is not its own.
    """
    parsed = parse_delivery(app, headers, body)
    if app.is_farewell(parsed):
        return Ignored(FAREWELL)
    return Ignored("ping") if app.is_ping(parsed) else app.read(parsed)


def with_keys(reading: Reading, seq: int) -> Reading:
    """Give what has no key of its own the delivery's, so that it is told once for each, and ids a
    length that can be kept.
    """
    card = reading.card
    keyed = tuple(
        replace(activity, key=storable_id(activity.key) or f"call:{seq}:{number}")
        for number, activity in enumerate(reading.activities)
    )
    known = replace(card, case=storable_id(card.case)) if card else None
    return replace(reading, activities=keyed, card=known)
