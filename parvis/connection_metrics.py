"""Figures of each connection. It is named by its short name: its id is its address, and its group's
name may be secret.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from appservice.database import Database
from appservice.outbox_figures import dead_keys, oldest_waiting_by_room
from bridges import delivery_figures
from bridges.connection import Connection, Connections
from bridges.row_keys import connection_of
from bridges.tally import Tally

_LABELS = ("connection",)


@dataclass(frozen=True)
class Waiting:
    """What stands in the tables, by connection's id; *lag* is seconds."""

    connections: Sequence[Connection]
    repeated: Mapping[str, int]
    parked: Mapping[str, int]
    refused: Mapping[str, int]
    lag: Mapping[str, float]


async def look(connections: Connections, database: Database) -> Waiting:
    """Return what stands in the tables now."""
    every = await connections.all()
    calls = await delivery_figures.oldest_waiting(database)
    rooms = await oldest_waiting_by_room(database)
    now = time.time()
    oldest = {
        one.id: min(calls.get(one.id, now * 1000), rooms.get(one.room_id, now * 1000))
        for one in every
    }
    return Waiting(
        connections=every,
        repeated=await delivery_figures.repeated(database),
        parked=await delivery_figures.parked(database),
        refused=Counter(map(connection_of, await dead_keys(database))),
        lag={one: max(now - at / 1000, 0.0) for one, at in oldest.items()},
    )


class ConnectionFigures:
    """A collector of Prometheus' client: it shows what was looked up last, and the tally."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self.waiting = Waiting((), {}, {}, {}, {})

    def describe(self) -> Sequence[Metric]:
        """Return nothing: its figures are looked up when somebody asks."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield the figures; each connection that stands has all of them."""
        tally, waiting = self._tally, self.waiting
        names = _names(waiting.connections)
        counted = {"received": tally.received, "sent": tally.sent, "retried": tally.retried}
        for what, counts in counted.items():
            family = CounterMetricFamily(f"parvis_connection_{what}", _SAYS[what], labels=_LABELS)
            for identifier, name in names.items():
                family.add_metric([name], counts[identifier])
            yield family
        for what, reasons in {"rejected": tally.rejected, "ignored": tally.ignored}.items():
            labels = (*_LABELS, "reason")
            family = CounterMetricFamily(f"parvis_connection_{what}", _SAYS[what], labels=labels)
            for (identifier, reason), number in list(reasons.items()):
                if identifier in names:
                    family.add_metric([names[identifier], reason], number)
            yield family
        yield self._gauge("repeated", waiting.repeated, names)
        yield self._gauge("parked", waiting.parked, names)
        yield self._gauge("dead", waiting.refused, names)
        yield self._gauge("lag_seconds", waiting.lag, names)

    def _gauge(
        self, what: str, values: Mapping[str, float], names: Mapping[str, str]
    ) -> GaugeMetricFamily:
        family = GaugeMetricFamily(f"parvis_connection_{what}", _SAYS[what], labels=_LABELS)
        for identifier, name in names.items():
            family.add_metric([name], values.get(identifier, 0))
        return family


def _names(connections: Sequence[Connection]) -> Mapping[str, str]:
    """Return how each is called, by its id: of two with one short name each by a longer one, since two
    figures under one name are none.
    """
    often = Counter(one.short for one in connections)
    return {
        one.id: one.short if often[one.short] == 1 else f"{one.app}-{one.page}"
        for one in connections
    }


_SAYS = {
    "received": "Calls that were taken in.",
    "sent": "Messages that the homeserver took.",
    "retried": "Tries to send a message that failed.",
    "rejected": "Calls that were refused at the door, by reason.",
    "ignored": "Calls that say nothing, or may not be told, by reason.",
    "repeated": "Calls of the last 30 days that came again.",
    "parked": "Calls that were put aside.",
    "dead": "Messages that the homeserver refused for good.",
    "lag_seconds": "How long the oldest call or message on its way has waited.",
}
