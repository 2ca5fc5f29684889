"""The bridges on a running ground floor, with their door open."""

import io
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from appservice.administration import Administration
from appservice.background import Background
from appservice.floor import Trays
from appservice.ids import RoomId, UserId
from appservice.languages import Language, Phrases, phrases
from appservice.outgoing import Outgoing
from appservice.outgoing_settings import OutgoingSettings
from appservice.registration import Registration
from appservice.trouble import Trouble
from appservice.vault import Vault
from bridges.acting.house import Reach
from bridges.forgetting import DeleteFile
from bridges.house import Bridges, build_bridges
from bridges.letterbox.settings import LetterSettings
from bridges.pipeline import Pace
from bridges.rooms import Rooms
from parvis.demo.synapse import free_port
from tests.harness.floor import Floor, open_floor
from tests.harness.wait import until


@dataclass
class Hooks:
    """Connections can be made, and called as an app would."""

    floor: Floor
    bridges: Bridges
    url: str
    reports: list[tuple[Trouble, str]]

    async def connect(self, app: str, room_id: str, *, scheme: str = "") -> tuple[str, str]:
        """Return the address and the secret of a new connection."""
        connections = self.bridges.connections
        identifier = await connections.add(
            self.bridges.apps[app], RoomId(room_id), UserId("@ana:parvis.test"), scheme=scheme
        )
        return f"{self.url}/hooks/{identifier}", await connections.show_secret(identifier)

    async def quiet(self) -> None:
        """Wait until nothing is on its way."""

        async def empty() -> bool:
            waiting = await self.bridges.deliveries.waiting(limit=1)
            rows = await self.floor.trays.outbox.waiting(limit=1)
            return not waiting and not rows

        await until(empty, "nothing on its way", within=30)


def _deleting(trays: Trays, admin_token: str) -> DeleteFile | None:
    lent = Administration(trays.homeserver, token=admin_token)
    return lent.delete_file if admin_token else None


async def in_french(_room_id: RoomId) -> Phrases:
    """Speak French in every room."""
    return phrases(Language.FR)


@asynccontextmanager
async def open_hooks(  # noqa: PLR0913 - what stories want otherwise
    database_url: str,
    homeserver_url: str,
    registration: Registration,
    *,
    key: str = "",
    digest_above: int = 200,
    edit_gap: float = 0.2,
    shared_rooms: Collection[str] = (),
    owners: Collection[str] = (),
    letters: LetterSettings | None = None,
    admin_token: str = "",
) -> AsyncIterator[Hooks]:
    port = free_port()
    built: list[Bridges] = []
    outgoing = Outgoing(OutgoingSettings(private_hosts=("127.0.0.1",)))
    reports: list[tuple[Trouble, str]] = []

    async def shared(room_id: RoomId) -> bool:
        return room_id in shared_rooms

    async def may_manage(user_id: UserId, room_id: RoomId) -> bool:
        del room_id
        return user_id in owners

    def build(trays):
        built.append(
            build_bridges(
                trays,
                vault=Vault([key or Vault.new_key()]),
                words=phrases(Language.FR),
                public_url=f"http://127.0.0.1:{port}",
                report=lambda trouble, line: reports.append((trouble, line)),
                rooms=Rooms(in_french, shared),
                reach=Reach(outgoing, may_manage, f"http://127.0.0.1:{port}", pause=0.05),
                pace=Pace(edit_gap, digest_above, digest_gap=0.2, quiet_every=0.2),
                letters=letters,
                delete_file=_deleting(trays, admin_token),
            )
        )
        return [built[0].pipeline, built[0].acting.ear]

    async with open_floor(database_url, homeserver_url, registration, build=build) as floor:
        app = web.Application()
        app.add_routes(built[0].ingress.routes())
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        built[0].pipeline.start()
        background = Background()
        background.start("acting", built[0].acting.carrier.carry_for_ever)
        background.start("forgetting", built[0].forgetting.finish_for_ever)
        built[0].puller.start()
        try:
            async with built[0].letterbox.open() if letters else nullcontext():
                yield Hooks(floor, built[0], f"http://127.0.0.1:{port}", reports)
        finally:
            await runner.cleanup()
            await background.close()
            await built[0].puller.close()
            await built[0].pipeline.close()
            await outgoing.close()


async def post(url: str, body: bytes, headers) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=io.BytesIO(body), headers=headers) as answer,
    ):
        return answer.status
