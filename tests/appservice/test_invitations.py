"""The bot goes where it is invited, and no room's events wait for that."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from appservice.background import Background
from appservice.commands.doorkeeper import Doorkeeper
from appservice.commands.invitations import Invitations
from appservice.commands.requests import RequestStore
from appservice.dispatch import Subscriber
from appservice.floor import Trays
from appservice.ids import RoomId
from appservice.registration import Registration
from tests.harness.floor import Ear, open_floor
from tests.harness.homeserver import HomeserverForTests
from tests.harness.wait import until


@dataclass
class Door:
    """A doorkeeper whose walks last until they may end."""

    walked: list[RoomId] = field(default_factory=list)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    def build(self, trays: Trays) -> Sequence[Subscriber]:
        requests = RequestStore(database=trays.database)
        self.invitations = Invitations(
            bot=trays.bot, database=trays.database, requests=requests, walk=self._walk
        )
        return [
            Doorkeeper(
                bot=trays.bot,
                requests=requests,
                outbox=trays.outbox,
                invitations=self.invitations,
            )
        ]

    async def _walk(self, room_id: RoomId) -> None:
        self.walked.append(room_id)
        await self.may_end.wait()

    async def has_walked(self, *rooms: str) -> bool:
        return set(rooms) <= set(self.walked)


@asynccontextmanager
async def _opened(
    url: str, homeserver: HomeserverForTests, registration: Registration, door: Door, ear: Ear
) -> AsyncIterator[None]:
    background = Background()
    async with open_floor(
        url, homeserver.url, registration, subscribers=[ear], build=door.build
    ) as floor:
        await asyncio.wait_for(floor.machinery.greeted.wait(), 20)
        background.start("invitations", door.invitations.accept_for_ever)
        yield
        await background.close()


async def test_a_slow_way_in_holds_up_nobody_and_is_gone_again_after_a_restart(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    ana, zoe = await homeserver.person(), await homeserver.person("zoe")
    bot, door, ear = registration.bot, Door(), Ear()
    async with _opened(sqlite_url, homeserver, registration, door, ear):
        room = await ana.create_room(invite=[bot], is_direct=True)
        await until(lambda: door.has_walked(room), "the bot is in, and walks")
        await ana.post(room, "meanwhile")

        async def heard() -> bool:
            return "meanwhile" in ear.bodies(RoomId(room))

        await until(heard, "the room's next event is told while the walk lasts")
        other = await zoe.create_room(invite=[bot])
        await until(lambda: door.has_walked(other), "another person's invitation has its turn")
    again = Door()
    async with _opened(sqlite_url, homeserver, registration, again, Ear()):
        await until(lambda: again.has_walked(room, other), "both are walked again")
        again.may_end.set()

        async def done() -> bool:
            return not await again.invitations._waiting()

        await until(done, "nothing waits any more")
    await ana.close()
    await zoe.close()
