"""Builds the sample organization, so that a build which was cut off goes on where it stood.

People write through a second registration that may back-date; its transaction ids come from what is
written, so that Synapse makes nothing twice.
"""

import asyncio
import hashlib
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from appservice.account import Account
from appservice.formatting import Formatting
from appservice.homeserver import Homeserver, Identity, segment
from appservice.ids import DeviceId, EventId, RoomId
from appservice.languages import Language
from feed.messages import comment_content, post_content, reaction_content
from parvis.demo.avatars import avatar
from parvis.demo.installation import KEEPER, Installation
from parvis.demo.organization import Organization, SampleGroup, SamplePost
from parvis.demo.synapse import Synapse
from parvis.wiring import App
from spaces.model import Access, Declaration, Group, Posting
from spaces.naming import secret_slug_of

_DEVICE = DeviceId("DEMO")
_NAMESPACE = uuid.UUID("5f7c1a3e-8f1b-4a52-9a43-0d6b5c1e2f77")
_AT_ONCE = 6
_MINUTE_MS = 60_000

Step = Callable[[str], None]
"""Learns of each thing done, by the name of its chapter."""


@dataclass(frozen=True)
class Built:
    """What the ready file tells of a group."""

    sample: SampleGroup
    group: Group


class Builder:
    """Makes people, groups, posts and connections."""

    def __init__(
        self, *, organization: Organization, installation: Installation, app: App, step: Step
    ) -> None:
        self._organization = organization
        self._installation = installation
        self._app = app
        self._step = step
        self._homeserver = Homeserver(base_url=app.config.homeserver.url)
        self._formatting = Formatting()
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def close(self) -> None:
        """End connections and the renderer."""
        await self._homeserver.close()
        await self._formatting.close()

    async def build(self, *, samples: bool) -> None:
        """Make everything; with *samples* also posts."""
        await self._together(self._introduce(one.localpart) for one in self._everybody())
        built = await self.groups()
        for one in built:
            await self._fill(one)
        if samples:
            now = datetime.now(ZoneInfo("Europe/Paris"))
            rooms = {one.sample.slug or one.sample.name: one.group.posts_id for one in built}
            await self._together(
                self._write(post, rooms[post.group], now) for post in self._organization.posts
            )

    async def groups(self) -> list[Built]:
        """Make the groups, or find them."""
        built = []
        for sample in self._organization.groups:
            group = await self._app.spaces.reconciler.ensure(self._declaration(sample))
            self._step("groups")
            built.append(Built(sample, group))
        return built

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
            charter=sample.charter,
            landmark=sample.kind in {"general", "place"},
            owners=tuple(owners),
            posting=Posting.EVERYONE,
        )

    def _secret_slug(self, name: str) -> str:
        """Return a slug that nobody guesses, the same at each start."""
        passwords = self._installation.remembered.passwords
        if name not in passwords:
            passwords[name] = secret_slug_of(name)
            self._installation.save()
        return passwords[name]

    def _everybody(self) -> Iterable[Any]:
        return (self._organization.admin, *self._organization.people)

    async def _introduce(self, localpart: str) -> None:
        """Give a person a device, a picture, and a place in the organization."""
        user_id = self._installation.user_id(localpart)
        bare = self._homeserver.as_account(
            Identity(user_id, _DEVICE, self._installation.remembered.importer_token)
        )
        device = f"/devices/{segment(_DEVICE)}"
        await bare.call("PUT", device, {"display_name": "Demo"}, query={"user_id": user_id})
        account = self._account(localpart)
        if not (await account.profile(user_id)).avatar:
            picture = await account.upload(avatar(localpart), mimetype="image/png", name="face.png")
            await account.set_profile(avatar=picture)
        await account.join(await self._app.spaces.reconciler.root())
        self._step("people")

    async def _fill(self, built: Built) -> None:
        """Bring a group's people in."""
        localparts = list(built.sample.members)
        if built.sample.access != "secret":
            localparts.append(self._organization.admin.localpart)
        await self._together(self._bring_in(localpart, built) for localpart in localparts)

    async def _bring_in(self, localpart: str, built: Built) -> None:
        account = self._account(localpart)
        if built.sample.access != "open":
            await self._app.spaces.members.invite(built.group, account.user_id)
        for room_id in built.group.rooms:
            await account.join(room_id)
        self._step("members")

    async def _write(self, post: SamplePost, room_id: RoomId, now: datetime) -> None:
        at = _moment(post, now)
        html = await self._formatting.render(post.text)
        language = Language.EN if post.english else Language.FR
        content = post_content(post.title, post.text, html, labels=post.labels, language=language)
        root = await self._send(post.by, room_id, "m.room.message", content, at)
        self._step("posts")
        newest = root
        for number, (by, text) in enumerate(post.comments, start=1):
            html = await self._formatting.render(text)
            comment = comment_content(text, html, root=root, answered=newest, language=Language.FR)
            moment = min(at + number * 17 * _MINUTE_MS, _ms(now))
            newest = await self._send(by, room_id, "m.room.message", comment, moment)
        for key, people in post.reactions.items():
            for number, by in enumerate(people, start=1):
                moment = min(at + number * 9 * _MINUTE_MS, _ms(now))
                await self._send(by, room_id, "m.reaction", reaction_content(root, key), moment)

    async def _send(
        self, by: str, room_id: RoomId, kind: str, content: Mapping[str, Any], at: int
    ) -> EventId:
        said = repr((by, room_id, kind, sorted(content.items(), key=str)))
        txn_id = "demo-" + hashlib.sha256(said.encode()).hexdigest()[:32]
        return await self._account(by).send(room_id, kind, content, txn_id=txn_id, ts=at)

    def _account(self, localpart: str) -> Account:
        identity = Identity(
            self._installation.user_id(localpart),
            _DEVICE,
            self._installation.remembered.importer_token,
            masquerade=True,
        )
        return Account(self._homeserver.as_account(identity))

    async def _together(self, works: Iterable[Awaitable[None]]) -> None:
        async def one(work: Awaitable[None]) -> None:
            async with self._slots:
                await work

        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(one(work))


async def register_people(
    synapse: Synapse, installation: Installation, organization: Organization
) -> None:
    """Make the accounts, among them the one that nobody uses daily."""
    for person in (organization.admin, *organization.people):
        password = installation.password(person.localpart)
        await synapse.register_user(person.localpart, password, name=person.name)
    await synapse.register_user(KEEPER, installation.password(KEEPER), name="Gardien")


def _moment(post: SamplePost, now: datetime) -> int:
    hour, minute = (int(part) for part in post.clock.split(":"))
    day = (now - timedelta(days=post.days)).replace(
        hour=hour, minute=minute, second=0, microsecond=0
    )
    return _ms(day)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
