"""The ground floor with its pushes listener, opened as the program opens it."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web

from appservice.account import Account
from appservice.dispatch import Subscriber
from appservice.errors import TokenUnknown
from appservice.events import RoomEvent
from appservice.floor import FloorSettings, Machinery, Trays, open_trays
from appservice.registration import Registration
from appservice.transactions import LARGEST_PUSH
from appservice.trouble import Trouble


@dataclass
class Ear:
    """A subscriber that remembers what it heard."""

    events: list[RoomEvent] = field(default_factory=list)

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        self.events.extend(events)

    def bodies(self, room_id: str) -> list[str]:
        return [
            event.content.text("body")
            for event in self.events
            if event.room_id == room_id and event.type == "m.room.message"
        ]


class Nobody:
    """No person is signed in."""

    async def account(self, identity: str) -> Account:
        raise TokenUnknown(identity)


@dataclass
class Floor:
    """The ground floor, running."""

    trays: Trays
    machinery: Machinery
    reports: list[tuple[Trouble, str]]


@asynccontextmanager
async def open_floor(
    database_url: str,
    homeserver_url: str,
    registration: Registration,
    *,
    subscribers: Sequence[Subscriber] = (),
    build: Callable[[Trays], Sequence[Subscriber]] = lambda _trays: (),
) -> AsyncIterator[Floor]:
    """*build* makes further subscribers on the trays."""
    settings = FloorSettings(database_url, homeserver_url, registration)
    reports: list[tuple[Trouble, str]] = []

    def report(trouble: Trouble, line: str) -> None:
        reports.append((trouble, line))

    async with open_trays(settings) as trays:
        machinery = Machinery(
            trays=trays, subscribers=(*subscribers, *build(trays)), people=Nobody(), report=report
        )
        app = web.Application(client_max_size=LARGEST_PUSH)
        app.add_routes(machinery.transactions.routes())
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", urlsplit(registration.url).port).start()
        try:
            async with machinery.running():
                yield Floor(trays, machinery, reports)
        finally:
            await runner.cleanup()
