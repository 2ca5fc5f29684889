"""The bridges on a real database, without a homeserver: what they would send stays in the outbox."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

from appservice.floor import FloorSettings, Trays, open_trays
from appservice.ids import RoomId, UserId
from appservice.languages import Language, phrases
from appservice.outgoing import Outgoing
from appservice.outgoing_settings import OutgoingSettings
from appservice.registration import Registration
from appservice.trouble import Trouble
from appservice.vault import Vault
from bridges.acting.house import Reach
from bridges.house import Bridges, build_bridges
from bridges.options import Options
from bridges.pipeline import Pace
from bridges.pulling.store import Standing
from bridges.rooms import Rooms
from tests.harness.hooks import in_french
from tests.harness.wait import until

ROOM = RoomId("!ateliers:parvis.test")


@dataclass
class Unsent:
    """Sources are asked as in the running program, and cards made of what they say."""

    trays: Trays
    bridges: Bridges
    reports: list[tuple[Trouble, str]]

    async def connect(self, app: str, source: str, *, token: str = "") -> str:
        """Return the id of a new connection; with a *token* it is one that asks with it."""
        connections = self.bridges.connections
        identifier = await connections.add(
            self.bridges.apps[app],
            ROOM,
            UserId("@ana:parvis.test"),
            scheme="access" if token else "",
            options=Options(source=source),
        )
        if token:
            await connections.take_secret(identifier, token)
        return identifier

    async def ask(self, identifier: str) -> Standing:
        """Have a source asked one turn, wait until all it said is told, and return how it stands."""
        await self.bridges.pulling.ask_soon(identifier)

        async def settled() -> bool:
            due = (await self._standing(identifier)).due
            return due > time.time() * 1000 and identifier not in self.bridges.puller.asking

        await until(settled, "the source was asked", within=30)

        async def worked_off() -> bool:
            return not await self.bridges.deliveries.waiting(limit=1)

        await until(worked_off, "all it said is told", within=30)
        return await self._standing(identifier)

    async def _standing(self, identifier: str) -> Standing:
        return (await self.bridges.pulling.pulls.of([identifier]))[identifier]

    async def posts(self) -> list[dict[str, Any]]:
        """Return the content of each message that would be sent, oldest first."""
        rows = await self.trays.outbox.waiting(limit=500)
        return [
            msgspec.json.decode(row.content) for row in rows if row.event_type == "m.room.message"
        ]

    async def cards(self) -> list[dict[str, Any]]:
        """Return each card as it would stand now, by its case, oldest first."""
        now: dict[str, dict[str, Any]] = {}
        for content in await self.posts():
            card = content.get("m.new_content", content).get("org.parvis.card", {})
            if card:
                now[card["case"]] = card
        return list(now.values())


@asynccontextmanager
async def open_door(unsent: Unsent) -> AsyncIterator[TestServer]:
    """Open the door for apps, on an address of its own: calls are proved as for the public one."""
    routes = web.Application()
    routes.add_routes(unsent.bridges.ingress.routes())
    async with TestServer(routes) as server:
        yield server


@asynccontextmanager
async def open_unsent(
    database_url: str, *, key: str = "", edit_gap: float = 0.0
) -> AsyncIterator[Unsent]:
    registration = Registration("parvis", "http://127.0.0.1:9", "as", "hs", "parvis", "parvis.test")
    settings = FloorSettings(database_url, "http://127.0.0.1:9", registration)
    outgoing = Outgoing(OutgoingSettings(private_hosts=("127.0.0.1",)))
    reports: list[tuple[Trouble, str]] = []

    async def nobody(*_asked: object) -> bool:
        return False

    async with open_trays(settings) as trays:
        bridges = build_bridges(
            trays,
            vault=Vault([key or Vault.new_key()]),
            words=phrases(Language.FR),
            public_url="http://127.0.0.1:9",
            report=lambda trouble, line: reports.append((trouble, line)),
            rooms=Rooms(in_french, nobody),
            reach=Reach(outgoing, nobody, "http://127.0.0.1:9", pause=0.05),
            pace=Pace(edit_gap=edit_gap, digest_above=200, digest_gap=0.2, quiet_every=0.2),
            letters=None,
        )
        bridges.pipeline.start()
        bridges.puller.start()
        try:
            yield Unsent(trays, bridges, reports)
        finally:
            await bridges.puller.close()
            await bridges.pipeline.close()
            await outgoing.close()
