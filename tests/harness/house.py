"""A whole Parvis in this process, on the session's Synapse, with groups and people."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from appservice.ids import RoomId
from appservice.registration import Registration
from feed.sessions import BELIEVED
from parvis.config import Config, parse
from parvis.control import ask
from parvis.demo.synapse import free_port
from parvis.web import AS_USUAL, PageOptions
from parvis.wiring import App, open_app
from spaces.charter import Charter
from spaces.model import Declaration, Group
from spaces.naming import slug_of
from spaces.vocabulary import Access, Role
from tests.harness.homeserver import HomeserverForTests
from tests.harness.person import Person
from tests.harness.wait import until


@dataclass
class House:
    """One organization."""

    app: App
    homeserver: HomeserverForTests
    people: list[Person] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.app.config.web.public_url

    async def person(self, name: str) -> Person:
        """Make an account that is in the organization."""
        person = await self.homeserver.person(name)
        self.people.append(person)
        await person.join(await self.app.spaces.reconciler.root())
        return person

    async def group(
        self,
        name: str,
        members: Sequence[Person],
        *,
        access: Access = Access.OPEN,
        kind: str = "topic",
        partners: tuple[str, ...] = (),
        chat: bool = False,
    ) -> Group:
        """Make a group whose *members* are in it; the first is its owner. Like most groups it has no
        chat room by itself.
        """
        slug = self.homeserver.fresh(slug_of(name, taken=set()))
        declared = Declaration(
            uuid=str(uuid.uuid4()),
            slug=slug,
            name=name,
            kind=kind,
            access=access,
            charter=Charter(purpose=f"Pour parler de {name}."),
            roles=((members[0].user_id, Role.OWNER),),
            partners=partners,
            chat=chat,
        )
        group = await self.app.spaces.reconciler.ensure(declared)
        for person in members:
            if access is not Access.OPEN:
                await self.app.spaces.members.invite(group, person.user_id)
            for room_id in group.rooms:
                await person.join(room_id)
        for person in members:
            for room_id in group.rooms:
                await self.knows(person, room_id)
        return group

    async def knows(self, person: Person, room_id: RoomId, *, joined: bool = True) -> None:
        """Wait until the feed knows that a person is in a room, or out of it."""

        async def known() -> bool:
            rooms = await self.app.feed.store.joined(person.user_id)
            return (room_id in rooms) is joined

        await until(known, f"the feed knows {person.user_id} in {room_id}")

    async def forgets(self, event_id: str) -> None:
        """Wait until the feed knows that a message is gone."""

        async def gone() -> bool:
            return await self.app.feed.store.knows(event_id, gone=True)

        await until(gone, f"the feed knows that {event_id} is gone")

    async def shows(self, event_id: str) -> None:
        """Wait until the feed knows a message."""

        async def known() -> bool:
            return await self.app.feed.store.knows(event_id)

        await until(known, f"the feed knows {event_id}")

    async def job(self, name: str, given: str = "") -> str:
        """Have it do what `parvis` NAME asks of a running program; return what is told."""
        said: list[str] = []

        class Listening:
            def tell(self, line: str) -> None:
                said.append(line)

            def progress(self, done: int, total: int) -> None:
                pass

        await ask(self.app.config.folder, name, Listening(), given=given)
        return "\n".join(said)


@asynccontextmanager
async def open_house(  # noqa: PLR0913 - each is for another story
    folder: Path,
    homeserver: HomeserverForTests,
    *,
    database_url: str = "",
    admin: str | Sequence[str] = "",
    more: str = "",
    settings: str = "",
    registration: Registration | None = None,
    now: int | None = None,
    believed: float = BELIEVED,
) -> AsyncIterator[House]:
    """Open a Parvis of its own; people's clients are closed with it.

    *registration*: that of an earlier one, to open the same again. *more* goes into the settings of the homeserver, *settings* are sections of their own. *now*: where the clock of its pages stands still, in milliseconds since 1970. *believed*: for how
    many seconds a session stands without asking the homeserver.
    """
    config = _config(
        folder,
        homeserver,
        registration or homeserver.take_registration(),
        database_url=database_url,
        admins=[admin] if isinstance(admin, str) else admin,
        more=more,
        settings=settings,
    )
    clock = AS_USUAL.clock if now is None else lambda: now
    options = PageOptions(clock=clock, believed=believed)
    async with open_app(config, options=options) as app:
        await asyncio.wait_for(app.machinery.greeted.wait(), 20)
        house = House(app, homeserver)
        try:
            yield house
        finally:
            for person in house.people:
                await person.close()


def _config(
    folder: Path,
    homeserver: HomeserverForTests,
    registration: Registration,
    *,
    database_url: str,
    admins: Sequence[str],
    more: str,
    settings: str,
) -> Config:
    port = free_port()
    return parse(
        f"""
homeserver: {{url: "{homeserver.url}", server_name: "{homeserver.server_name}"{more}}}
appservice:
  id: {registration.id}
  bot_localpart: {registration.bot_localpart}
  as_token: "{registration.as_token}"
  hs_token: "{registration.hs_token}"
  listen: "{registration.url.removeprefix("http://")}"
organization: {{name: "Maison {registration.id}", language: fr}}
admins: [{", ".join(f'"{admin}"' for admin in admins if admin)}]
web: {{public_url: "http://127.0.0.1:{port}", listen: "127.0.0.1:{port}", largest_file_mb: 1}}
hooks: {{listen: "127.0.0.1:{port}"}}
metrics: {{listen: "127.0.0.1:{free_port()}"}}
data_folder: "{folder}/data"
database: {{url: "{database_url}"}}
{settings}
""",
        folder=folder,
    )
