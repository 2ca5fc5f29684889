"""Builds the sample organization, so that a build which was cut off goes on where it stood."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from appservice.formatting import Formatting
from appservice.ids import RoomId
from parvis.demo.importer import Importer
from parvis.demo.installation import Installation
from parvis.demo.organization import Organization, SampleGroup, SamplePerson, SamplePost
from parvis.demo.scribe import Scribe
from parvis.wiring import App
from spaces.charter import Charter
from spaces.model import Declaration, Group, with_roles
from spaces.naming import secret_slug_of
from spaces.vocabulary import Access, Posting, Role

_NAMESPACE = uuid.UUID("5f7c1a3e-8f1b-4a52-9a43-0d6b5c1e2f77")
_AT_ONCE = 6

Step = Callable[[str], None]
"""Learns of each thing done, by the name of its chapter."""


@dataclass(frozen=True)
class Built:
    """What the ready file tells of a group."""

    sample: SampleGroup
    group: Group


class Builder:
    """Makes people, groups and posts."""

    def __init__(
        self, *, organization: Organization, installation: Installation, app: App, step: Step
    ) -> None:
        self._organization = organization
        self._installation = installation
        self._app = app
        self._step = step
        self._home = Importer(installation.home)
        self._abroad = Importer(installation.partner_home)
        self._foreign = frozenset(one.localpart for one in organization.partner_people)
        self._formatting = Formatting()
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def close(self) -> None:
        """End connections and the renderer."""
        await self._home.close()
        await self._abroad.close()
        await self._formatting.close()

    async def build(self, part: Organization, *, samples: bool) -> None:
        """Make *part* of the organization; with *samples* also posts."""
        await self._together(self._introduce(one) for one in part.everybody)
        built = [await self._made(sample) for sample in part.groups]
        for one in built:
            await self._fill(one)
        if samples:
            now = datetime.now(ZoneInfo("Europe/Paris"))
            scribe = Scribe(importer_of=self._importer, formatting=self._formatting, now=now)
            rooms = {one.sample.slug or one.sample.name: one.group.posts_id for one in built}
            await self._together(
                self._write(scribe, post, rooms[post.group]) for post in part.posts
            )

    async def groups(self) -> list[Built]:
        """Find the organization's groups; what is gone is made again."""
        return [await self._found(sample) for sample in self._organization.groups]

    async def _found(self, sample: SampleGroup) -> Built:
        declared = self._declaration(sample)
        known = await self._app.spaces.groups.by_uuid(declared.uuid)
        return Built(sample, known) if known else await self._made(sample)

    async def _made(self, sample: SampleGroup) -> Built:
        group = await self._app.spaces.reconciler.ensure(self._declaration(sample))
        self._step("groups")
        return Built(sample, group)

    def _declaration(self, sample: SampleGroup) -> Declaration:
        owners = [self._installation.user_id(owner) for owner in sample.owners]
        access = Access(sample.access)
        if access is not Access.SECRET:
            owners.append(self._installation.user_id(self._organization.admin.localpart))
        identifier = uuid.uuid5(_NAMESPACE, sample.name)
        return Declaration(
            uuid=str(identifier),
            slug=sample.slug or self._secret_slug(sample.name),
            name=sample.name,
            kind=sample.kind,
            access=access,
            charter=Charter(**sample.charter),
            landmark=sample.kind in {"general", "place"},
            roles=with_roles(dict.fromkeys(owners, Role.OWNER)),
            posting=Posting.EVERYONE,
            partners=sample.partners,
        )

    def _secret_slug(self, name: str) -> str:
        """Return a slug that nobody guesses, the same at each start."""
        passwords = self._installation.remembered.passwords
        if name not in passwords:
            passwords[name] = secret_slug_of(name)
            self._installation.save()
        return passwords[name]

    async def _introduce(self, person: SamplePerson) -> None:
        """Give a person a device, a picture, and, if they are ours, a place in the organization."""
        importer = self._importer(person.localpart)
        await importer.introduce(person.localpart)
        if importer is self._home:
            root = await self._app.spaces.reconciler.root()
            await importer.account(person.localpart).join(root)
        self._step("people")

    async def _fill(self, built: Built) -> None:
        """Bring a group's people in."""
        localparts = list(built.sample.members)
        if built.sample.access != "secret":
            localparts.append(self._organization.admin.localpart)
        await self._together(self._bring_in(localpart, built) for localpart in localparts)
        if built.sample.partners:
            # One after the other: the homeservers have just met.
            for person in self._organization.partner_people:
                await self._bring_in(person.localpart, built)

    async def _bring_in(self, localpart: str, built: Built) -> None:
        importer = self._importer(localpart)
        account, foreign = importer.account(localpart), importer is self._abroad
        if foreign or built.sample.access != "open":
            await self._app.spaces.members.invite(built.group, account.user_id)
        via = [self._home.server_name] if foreign else []
        for room_id in built.group.rooms:
            await account.join(room_id, via=via)
        self._step("members")

    async def _write(self, scribe: Scribe, post: SamplePost, room_id: RoomId) -> None:
        await scribe.write(post, room_id)
        self._step("posts")

    def _importer(self, localpart: str) -> Importer:
        return self._abroad if localpart in self._foreign else self._home

    async def _together(self, works: Iterable[Awaitable[None]]) -> None:
        async def one(work: Awaitable[None]) -> None:
            async with self._slots:
                await work

        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(one(work))
