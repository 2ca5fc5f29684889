"""A connection that is watched, at a time of its own, and what its owners are told of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec
import sqlalchemy as sa

from appservice.commands.letters import Letters
from appservice.commands.requests import RequestStore
from appservice.database import Change, Database
from appservice.ids import RoomId, UserId
from appservice.languages import Language
from appservice.migrations import migrate
from appservice.outbox import Outbox
from appservice.vault import Vault
from bridges.actions import Webhook
from bridges.catching import Denial
from bridges.connection import Connection, Connections
from bridges.deliveries import Deliveries
from bridges.discovery import apps
from bridges.pulling.store import Pulls
from bridges.sides import Sides
from bridges.store import connections_table
from bridges.watch import Audience, Watch

ANA, BEN = UserId("@ana:parvis.test"), UserId("@ben:parvis.test")
HOUR = 3600 * 1000
_ROOM = RoomId("!room:parvis.test")
_KEY = Vault.new_key()


@dataclass
class Switch:
    """Stands for what apps say of their webhooks (tests/harness/sides.py has them say it)."""

    webhook: Webhook | None = None

    async def of(self, _connection: Connection) -> Webhook | None:
        return self.webhook


@dataclass
class Scene:
    """A connection and its watch, at a time of its own (milliseconds)."""

    database: Database
    outbox: Outbox
    connections: Connections
    deliveries: Deliveries
    vault: Vault
    identifier: str
    now: int = 1_800_000_000_000
    sides: "Sides | Switch" = field(default_factory=Switch)
    denials: dict[str, Denial] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    """What the app calls with."""

    async def call(self, *, says: str = "") -> None:
        """Take a call in and work it off, with a note of what it says."""
        await self.deliveries.take_in(self.identifier, f"{self.now}", self.headers, self.body)
        (taken,) = await self.deliveries.waiting(limit=9)
        await self.database.write(self.deliveries.done(taken.seq, says))
        note = sa.update(connections_table).values(last_delivery=self.now, state="active")
        await self.database.write(Change(note))

    async def look(self, *, hours: int = 1) -> None:
        """Look once an hour, for so many hours, each time as if just started."""
        for _ in range(hours):
            self.now += HOUR
            await self.watch().look()

    def watch(self) -> Watch:
        async def audience(_room: RoomId) -> Audience:
            return Audience("Ateliers", (ANA, BEN))

        async def room_of(user_id: UserId) -> RoomId:
            return RoomId(f"!of-{user_id[1:]}")

        return Watch(
            apps=apps(),
            database=self.database,
            connections=self.connections,
            deliveries=self.deliveries,
            pulls=Pulls(database=self.database),
            sides=self.sides,
            denials=lambda: self.denials,
            letters=Letters(
                outbox=self.outbox,
                requests=RequestStore(database=self.database),
                room_of=room_of,
                default_language=Language.FR,
            ),
            audience=audience,
            public_url="https://reseau.example.org",
            at_once=asyncio.Event(),
            clock=lambda: self.now / 1000,
        )

    async def letters(self) -> list[tuple[str, str]]:
        """Return the room and the text of each letter, oldest first."""
        rows = await self.outbox.waiting(limit=99)
        return [(row.room_id, msgspec.json.decode(row.content)["body"]) for row in rows]


@asynccontextmanager
async def open_scene(url: str, app: str = "gitlab", **given: object) -> AsyncIterator[Scene]:
    database, vault = await Database.open(url), Vault([_KEY])
    try:
        await migrate(database)
        connections = Connections(database=database, vault=vault)
        identifier = await connections.add(apps()[app], _ROOM, ANA, **given)
        scene: list[Scene] = []
        deliveries = Deliveries(database=database, clock=lambda: scene[0].now / 1000)
        scene.append(
            Scene(database, Outbox(database=database), connections, deliveries, vault, identifier)
        )
        yield scene[0]
    finally:
        await database.close()
