"""`parvis demo`: a homeserver, Parvis and a sample organization, from one command."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import click

from appservice.ids import RoomId
from appservice.languages import phrases
from bridges.announcing import connect
from bridges.base import App as BridgeApp
from feed.contracts import DemoPerson
from parvis.demo.build import Builder, Built, register_keeper, register_people
from parvis.demo.deliveries import deliver, sample_deliveries
from parvis.demo.federation import homeservers
from parvis.demo.installation import PARTNER_SERVER_NAME, SERVER_NAME, Installation, Ports
from parvis.demo.organization import (
    Organization,
    SamplePerson,
    only_shared,
    sample_organization,
    sample_partner,
    with_partner,
)
from parvis.demo.synapse import Synapse, end_left_over
from parvis.demo.table import table
from parvis.folder import locked
from parvis.terminal import terminal_language
from parvis.web import PageOptions
from parvis.wiring import App, open_app

HOMESERVER_FOLDERS = ("synapse", "partner")
_CARD_CALLS = 20
_SETTLE_WITHIN = 60.0
_BETWEEN_LOOKS = 0.1


@dataclass(frozen=True)
class DemoOptions:
    """What the command line asks for."""

    folder: Path
    ports: Ports
    ready_file: Path | None = None
    samples: bool = True
    partner: bool = False


@dataclass(frozen=True)
class Source:
    """A connection of the demo, for the ready file."""

    app: str
    group: str
    url: str
    secret: str


async def run_demo(options: DemoOptions) -> None:
    """Start everything, build what is missing, tell where it is, and stay until a signal."""
    stop = asyncio.Event()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
    organization = sample_organization()
    if options.partner:
        organization = with_partner(organization, sample_partner(PARTNER_SERVER_NAME))
    if options.ready_file:
        options.ready_file.unlink(missing_ok=True)
    async with AsyncExitStack() as stack:
        stack.enter_context(locked(options.folder))
        for name in HOMESERVER_FOLDERS:
            await end_left_over(options.folder.absolute() / name)
        installation = Installation(
            options.folder,
            ports=options.ports,
            organization=organization.name,
            admin=organization.admin.localpart,
        )
        config = installation.write_files()
        settings = [installation.homeserver()]
        if options.partner:
            settings.append(installation.partner_homeserver())
        click.echo("Starting the homeserver…", err=True)
        synapses = await stack.enter_async_context(homeservers(*settings))
        await _register(synapses, installation, organization)
        people = _people(organization, installation)
        app = await stack.enter_async_context(open_app(config, options=PageOptions(demo=people)))
        built, sources = await _built(options, organization, installation, app)
        facts = _facts(organization, installation, built, sources)
        if options.ready_file:
            _write_ready_file(options.ready_file, facts)
        words = phrases(terminal_language())
        for line in table(organization, installation, options.folder, words):
            click.echo(line)
        await stop.wait()
        click.echo("Stopping…", err=True)


async def _register(
    synapses: Sequence[Synapse], installation: Installation, organization: Organization
) -> None:
    """Make the accounts that are missing, each on its own homeserver."""
    remembered = installation.remembered
    if not remembered.built:
        ours = (organization.admin, *organization.people)
        await register_people(synapses[0], installation, ours)
        await register_keeper(synapses[0], installation)
    if organization.partner and not remembered.partner_built:
        await register_people(synapses[1], installation, organization.partner_people)


def _missing(organization: Organization, installation: Installation) -> Organization | None:
    """Return the part of *organization* that is still to be built."""
    if not installation.remembered.built:
        return organization
    if organization.partner and not installation.remembered.partner_built:
        return only_shared(organization, organization.partner)
    return None


async def _built(
    options: DemoOptions, organization: Organization, installation: Installation, app: App
) -> tuple[Sequence[Built], Sequence[Source]]:
    """Build the organization unless it stands; return its groups and connections."""
    part = _missing(organization, installation)
    with _progress(part, samples=options.samples) as step:
        builder = Builder(organization=organization, installation=installation, app=app, step=step)
        try:
            await app.machinery.greeted.wait()
            if part:
                await builder.build(part, samples=options.samples)
            built = await builder.groups()
            sources = await _sources(organization, app, built)
            if part and part.connections and options.samples:
                await _deliver(app, sources, step)
                await _settle(app)
            installation.remembered.built = True
            installation.remembered.partner_built |= bool(organization.partner)
            installation.save()
        finally:
            await builder.close()
    return built, sources


async def _sources(
    organization: Organization, app: App, built: Sequence[Built]
) -> Sequence[Source]:
    """Make the connections that are missing; return all with their secrets."""
    rooms = {one.sample.slug: one.group.posts_id for one in built}
    sources = []
    for slug, group in organization.connections:
        if slug in app.bridges.apps:
            known = await _connection(app, app.bridges.apps[slug], rooms[group])
            sources.append(Source(slug, group, *known))
    return sources


async def _connection(app: App, bridge: BridgeApp, room_id: RoomId) -> tuple[str, str]:
    connections = app.bridges.connections
    known = [one for one in await connections.in_room(room_id) if one.app == bridge.slug]
    connection = (
        known[0]
        if known
        else await connect(
            connections,
            app.trays.outbox,
            app=bridge,
            room_id=room_id,
            creator=app.trays.bot.user_id,
        )
    )
    url = f"{app.config.hooks_url}/hooks/{connection.id}"
    return url, connections.secrets_of(connection)[0]


async def _deliver(app: App, sources: Sequence[Source], step: Callable[[str], None]) -> None:
    by_app = {source.app: source for source in sources}
    async with aiohttp.ClientSession() as session:
        for delivery in sample_deliveries(datetime.now(UTC)):
            if source := by_app.get(delivery.app):
                bridge = app.bridges.apps[delivery.app]
                await deliver(session, delivery, app=bridge, url=source.url, secret=source.secret)
                step("cards")


async def _settle(app: App) -> None:
    """Wait until the cards are in their rooms; what is late follows at the next start."""
    try:
        async with asyncio.timeout(_SETTLE_WITHIN):
            while await app.bridges.deliveries.count() or await app.trays.outbox.count():  # noqa: ASYNC110
                await asyncio.sleep(_BETWEEN_LOOKS)  # The counts are in the database.
            await app.machinery.dispatch.idle()
    except TimeoutError:
        return


class _progress:  # noqa: N801 - a context manager
    """A bar on a terminal, a line for each chapter elsewhere; on stderr."""

    def __init__(self, organization: Organization | None, *, samples: bool) -> None:
        """None: all stands already, and what is looked up is no news."""
        self._done, self._total, self._chapter = 0, 0, ""
        if organization is None:
            return
        members = sum(len(group.members) + 1 for group in organization.groups)
        people = len(organization.everybody) + len(organization.partner_people)
        self._total = people + 2 * len(organization.groups) + members
        if samples:
            self._total += len(organization.posts)
            self._total += _CARD_CALLS if organization.connections else 0

    def __enter__(self) -> Callable[[str], None]:
        return self._step

    def __exit__(self, *_: object) -> None:
        if sys.stderr.isatty() and self._done:
            click.echo("", err=True)

    def _step(self, chapter: str) -> None:
        if not self._total:
            return
        self._done = min(self._done + 1, self._total)
        if sys.stderr.isatty():
            filled = 30 * self._done // self._total
            bar = "█" * filled + "░" * (30 - filled)
            click.echo(
                f"\r{bar} {100 * self._done // self._total:3} % {chapter:8}", nl=False, err=True
            )
        elif chapter != self._chapter:
            click.echo(f"Building {chapter}…", err=True)
        self._chapter = chapter


def _people(organization: Organization, installation: Installation) -> tuple[DemoPerson, ...]:
    return tuple(
        DemoPerson(
            user_id=installation.user_id(person.localpart),
            password=installation.password(person.localpart),
            name=person.name,
            role=person.role,
            look=person.look,
        )
        for person in organization.people
    )


def _facts(
    organization: Organization,
    installation: Installation,
    built: Sequence[Built],
    sources: Sequence[Source],
) -> dict[str, object]:
    def person(one: SamplePerson, server_name: str = SERVER_NAME) -> dict[str, str]:
        return {
            "user_id": f"@{one.localpart}:{server_name}",
            "password": installation.password(one.localpart),
            "name": one.name,
        }

    partner = organization.partner
    shared: dict[str, object] = {}
    if partner:
        shared["partner"] = {
            "homeserver": installation.partner_home.base_url,
            "server_name": partner.server_name,
            "people": [person(one, partner.server_name) for one in partner.people],
        }
    return {
        "web": installation.web_url,
        "homeserver": installation.home.base_url,
        "server_name": SERVER_NAME,
        "config": str(installation.config_path),
        "bot": installation.registration.bot,
        "admin": person(organization.admin),
        "pid": os.getpid(),
        "people": [person(one) for one in organization.people],
        "groups": [
            {
                "slug": one.group.slug,
                "name": one.group.name,
                "kind": one.sample.kind,
                "access": one.sample.access,
                "shared_with": list(one.sample.partners),
                "space_id": one.group.space_id,
                "posts_room_id": one.group.posts_id,
                "chat_room_id": one.group.chat_id,
            }
            for one in built
        ],
        "connections": [
            {
                "app": one.app,
                "group": one.group,
                "url": one.url,
                "secret": one.secret.rpartition(":")[2],
                "username": one.secret.rpartition(":")[0],
            }
            for one in sources
        ],
        **shared,
    }


def _write_ready_file(path: Path, facts: dict[str, object]) -> None:
    """Write it whole or not at all: who waits for it reads it at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(path)
