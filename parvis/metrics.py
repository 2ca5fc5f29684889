"""Figures for those who watch the service, in Prometheus' text form; docs/metrics.md names them all.

Counts and times add up as things happen. What waits is counted when somebody asks, from the trays'
partial indexes, so that nothing else pays for it.
"""

import time
from collections.abc import Iterator, Sequence

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from appservice.errors import HomeserverError
from appservice.events import RoomEvent
from appservice.floor import Trays
from appservice.inbox import InboxState
from appservice.outbox_rows import RowState
from bridges.deliveries import DeliveryState
from bridges.house import Bridges
from feed.live import Live
from parvis import __version__
from parvis.connection_metrics import ConnectionFigures, look

_PATIENCE = 2.0
_PAGE_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_SEND_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_OURS = "parvis_"


class Figures:
    """The figures of one running program. As a Subscriber it counts what all others have taken."""

    def __init__(self, *, trays: Trays, bridges: Bridges, live: Live) -> None:
        self._trays = trays
        self._bridges = bridges
        self._deliveries = bridges.deliveries
        self._live = live
        mine = self._registry = CollectorRegistry()
        self._of_connections = ConnectionFigures(bridges.tally)
        mine.register(self._of_connections)
        self._inbox = Gauge(
            "parvis_inbox_events", "Events taken in, by state.", ["state"], registry=mine
        )
        self._outbox = Gauge(
            "parvis_outbox_rows", "What is to appear in rooms, by state.", ["state"], registry=mine
        )
        self._oldest = Gauge(
            "parvis_outbox_oldest_seconds", "How long the oldest row has waited.", registry=mine
        )
        self._calls = Gauge(
            "parvis_deliveries", "Calls of apps, by state.", ["state"], registry=mine
        )
        self._open = Gauge("parvis_live_connections", "Open pages that listen.", registry=mine)
        self._reachable = Gauge(
            "parvis_homeserver_reachable", "1 if the homeserver answers.", registry=mine
        )
        self._projected = Counter(
            "parvis_events_projected", "Events that every part has taken.", registry=mine
        )
        self._sends = Histogram(
            "parvis_send_seconds",
            "Calls that carry a row to the homeserver, by outcome.",
            ["outcome"],
            buckets=_SEND_SECONDS,
            registry=mine,
        )
        self._pages = Histogram(
            "parvis_page_seconds",
            "Answers to browsers and apps, by route and status.",
            ["route", "status"],
            buckets=_PAGE_SECONDS,
            registry=mine,
        )
        Gauge("parvis_build", "Which version runs.", ["version"], registry=mine).labels(
            __version__
        ).set(1)

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Count *events* (a Subscriber, the last one)."""
        self._projected.inc(len(events))

    def sent(self, outcome: str, seconds: float, key: str) -> None:
        """Note how a call of the relay ended, with the row *key*."""
        self._sends.labels(outcome).observe(seconds)
        self._bridges.tally.send(key, outcome)

    def timing(self) -> Middleware:
        """Return the middleware that times answers; a stream is none, it lasts as long as a page."""

        @web.middleware
        async def timed(request: web.Request, handler: Handler) -> web.StreamResponse:
            started = time.perf_counter()
            answer = await handler(request)
            if answer.content_type != "text/event-stream":
                resource = request.match_info.route.resource
                route = resource.canonical if resource else "none"
                seconds = time.perf_counter() - started
                self._pages.labels(route, str(answer.status)).observe(seconds)
            return answer

        return timed

    def routes(self) -> list[web.RouteDef]:
        """Return /metrics."""
        return [web.get("/metrics", self._answer)]

    def names(self) -> Iterator[str]:
        """Yield the name of every figure of ours, as Prometheus shows it."""
        for registry in (REGISTRY, self._registry):
            for family in registry.collect():
                if family.name.startswith(_OURS):
                    yield family.name + ("_total" if family.type == "counter" else "")

    async def _answer(self, _request: web.Request) -> web.Response:
        await self._count()
        body = generate_latest(REGISTRY) + generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _count(self) -> None:
        inbox, outbox = self._trays.inbox, self._trays.outbox
        self._inbox.labels("waiting").set(await inbox.count(InboxState.NEW))
        self._inbox.labels("parked").set(await inbox.count(InboxState.PARKED))
        self._outbox.labels("waiting").set(await outbox.count(RowState.WAITING))
        self._outbox.labels("dead").set(await outbox.count(RowState.DEAD))
        self._calls.labels("waiting").set(await self._deliveries.count(DeliveryState.WAITING))
        self._calls.labels("parked").set(await self._deliveries.count(DeliveryState.PARKED))
        oldest = await outbox.oldest_waiting()
        self._oldest.set(max(time.time() - oldest / 1000, 0) if oldest else 0)
        self._open.set(self._live.open)
        self._reachable.set(await self._answers())
        self._of_connections.waiting = await look(self._bridges.connections, self._trays.database)

    async def _answers(self) -> bool:
        nobody = self._trays.homeserver.as_nobody()
        try:
            await nobody.call("GET", "/_matrix/client/versions", within=_PATIENCE)
        except HomeserverError:
            return False
        return True
