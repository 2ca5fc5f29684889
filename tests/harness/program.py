"""`parvis run` as a process of its own, that can be killed."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from appservice import bot
from appservice.floor import FloorSettings, Trays, open_trays
from appservice.ids import RoomId, UserId
from appservice.registration import Registration
from appservice.vault import Vault
from bridges.connection import Connections
from bridges.discovery import apps
from parvis.demo.synapse import free_port
from tests.harness.homeserver import HomeserverForTests
from tests.harness.nursery import Child, Nursery
from tests.harness.wait import until


@dataclass
class Program:
    """One installation in a folder. Its addresses stay over restarts."""

    folder: Path
    homeserver: HomeserverForTests
    registration: Registration
    database_url: str
    web_port: int
    metrics_port: int
    nursery: Nursery | None = None
    """Where it is started; without one, each start is the plain command."""
    process: asyncio.subprocess.Process | Child | None = None

    @classmethod
    def prepare(
        cls,
        folder: Path,
        homeserver: HomeserverForTests,
        *,
        database_url: str = "",
        admin: str = "",
        nursery: Nursery | None = None,
        more: str = "",
    ) -> "Program":
        """Write the config of an installation of its own; *more* are further sections of it."""
        folder.mkdir(exist_ok=True)
        registration = homeserver.take_registration()
        url = database_url or f"sqlite:///{folder}/data/parvis.db"
        program = cls(folder, homeserver, registration, url, free_port(), free_port(), nursery)
        (folder / "config.yaml").write_text(program._config(admin) + more)
        return program

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    async def make_room_and_connection(self) -> tuple[RoomId, str, str]:
        """Return a room of the bot with a GitHub connection: room, address, secret."""
        async with self.trays() as (trays, connections):
            room = await trays.bot.create_room({})
            identifier = await connections.add(apps()["github"], room, UserId("@ana:parvis.test"))
            secret = await connections.show_secret(identifier)
        return room, f"{self.url}/hooks/{identifier}", secret

    @asynccontextmanager
    async def trays(self) -> AsyncIterator[tuple[Trays, Connections]]:
        """Lend its trays and connections before it runs, with its bot registered."""
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        key = data / "secrets.key"
        if not key.exists():
            key.write_text(Vault.new_key())
        settings = FloorSettings(self.database_url, self.homeserver.url, self.registration)
        async with open_trays(settings) as trays:
            await bot.register(
                trays.homeserver,
                user_id=self.registration.bot,
                as_token=self.registration.as_token,
                name="Parvis",
            )
            yield trays, Connections(database=trays.database, vault=Vault([key.read_text()]))

    async def start(self) -> None:
        self.process = await self.command("run")
        await until(self.is_ready, f"parvis is ready; see {self.log()}", within=60)

    async def command(self, *words: str) -> asyncio.subprocess.Process | Child:
        """Start `parvis` with this installation's config; what it prints goes to the log."""
        arguments = [*words, "-c", str(self.folder / "config.yaml")]
        if self.nursery:
            return await self.nursery.start(arguments, self._log)
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "parvis", *arguments, stdout=log, stderr=log
            )

    async def says(self, *words: str) -> tuple[int, str, str]:
        """Return how a command ends, what it says, and what it says beside that."""
        assert self.nursery
        paths = [self.folder / name for name in ("said.out", "said.err")]
        for path in paths:
            path.write_text("")
        child = await self.nursery.start([*words, "-c", str(self.folder / "config.yaml")], *paths)
        code = await asyncio.wait_for(child.wait(), 60)
        return code, paths[0].read_text(), paths[1].read_text()

    async def is_ready(self) -> bool:
        assert self.process and self.process.returncode is None, self.log()
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{self.url}/readyz") as answer,
            ):
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def has_sent_all(self) -> bool:
        """Tell whether the figures say that nothing waits in the outbox."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.metrics_port}/metrics") as answer,
        ):
            return 'parvis_outbox_rows{state="waiting"} 0.0' in await answer.text()

    async def kill(self) -> None:
        assert self.process
        self.process.kill()
        await self.process.wait()

    async def end(self) -> None:
        """Leave nothing running, however a story went."""
        if self.process and self.process.returncode is None:
            await self.kill()

    async def stop(self) -> int:
        """End it as an admin would; return its exit code."""
        assert self.process
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 15)

    def log(self) -> str:
        return self._log.read_text()[-4000:] if self._log.exists() else ""

    @property
    def _log(self) -> Path:
        return self.folder / "parvis.log"

    def _config(self, admin: str) -> str:
        registration = self.registration
        listen = registration.url.removeprefix("http://")
        return f"""
homeserver: {{url: "{self.homeserver.url}", server_name: "{registration.server_name}"}}
appservice:
  id: {registration.id}
  bot_localpart: {registration.bot_localpart}
  as_token: "{registration.as_token}"
  hs_token: "{registration.hs_token}"
  listen: "{listen}"
organization: {{name: "Maison {registration.id}", language: fr}}
admins: [{f'"{admin}"' if admin else ""}]
web: {{public_url: "{self.url}", listen: "127.0.0.1:{self.web_port}"}}
hooks: {{listen: "127.0.0.1:{self.web_port}"}}
metrics: {{listen: "127.0.0.1:{self.metrics_port}"}}
data_folder: "{self.folder}/data"
database: {{url: "{self.database_url}"}}
"""
