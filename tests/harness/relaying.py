"""An outbox and the relay that empties it, before a homeserver that a test plays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from appservice.bot import bot_account
from appservice.database import Database
from appservice.homeserver import Homeserver
from appservice.ids import RoomId, UserId
from appservice.migrations import migrate
from appservice.outbox import Outbox
from appservice.relay import Relay
from tests.harness.wait import until

BOT = UserId("@parvis:parvis.test")


@dataclass
class Relaying:
    """The relay is still to be started."""

    outbox: Outbox
    relay: Relay

    async def all_sent(self) -> None:
        async def so() -> bool:
            return not await self.outbox.waiting(limit=1)

        await until(so, "all is sent", within=20)


@asynccontextmanager
async def open_relay(
    database_url: str, homeserver_url: str, *, outbox_of: type[Outbox] = Outbox
) -> AsyncIterator[Relaying]:
    database, server = await Database.open(database_url), Homeserver(base_url=homeserver_url)
    await migrate(database)
    outbox = outbox_of(database=database)

    async def walk(_room: RoomId) -> None:
        raise AssertionError("nothing here is old")

    relay = Relay(
        outbox=outbox,
        bot=bot_account(server, user_id=BOT, as_token="x"),
        people=None,
        instance="i",
        walk=walk,
        report=lambda *_: None,
    )
    try:
        yield Relaying(outbox, relay)
    finally:
        await relay.close()
        await server.close()
        await database.close()
