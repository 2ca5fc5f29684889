"""The business apps of the demo: their connections, and the calls that they make."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from appservice.ids import RoomId
from bridges.announcing import connect
from bridges.auth import new_secret
from bridges.base import App as BridgeApp
from bridges.schemes import scheme_of
from parvis.demo.build import Built
from parvis.demo.deliveries import deliver, sample_deliveries
from parvis.demo.organization import Organization
from parvis.wiring import App

_SETTLE_WITHIN = 60.0
_BETWEEN_LOOKS = 0.1


@dataclass(frozen=True)
class Source:
    """A connection of the demo, for the ready file."""

    app: str
    group: str
    url: str
    secret: str


async def connections_of(
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
    if secret := connections.secrets_of(connection)[0]:
        return url, secret
    # Its app makes the secret; here nobody stands at its side but us.
    secret = new_secret(scheme_of(bridge, connection.scheme))
    await connections.take_secret(connection.id, secret)
    return url, secret


async def deliver_samples(app: App, sources: Sequence[Source], step: Callable[[str], None]) -> None:
    """Have the apps call, one call after the other."""
    by_app = {source.app: source for source in sources}
    async with aiohttp.ClientSession() as session:
        for delivery in sample_deliveries(datetime.now(UTC)):
            if source := by_app.get(delivery.app):
                bridge = app.bridges.apps[delivery.app]
                await deliver(session, delivery, app=bridge, url=source.url, secret=source.secret)
                step("cards")


async def settle(app: App) -> None:
    """Wait until all is in its room, cards above all; what is late follows at the next start."""
    try:
        async with asyncio.timeout(_SETTLE_WITHIN):
            while await app.bridges.deliveries.count() or await app.trays.outbox.count():  # noqa: ASYNC110
                await asyncio.sleep(_BETWEEN_LOOKS)  # The counts are in the database.
            await app.machinery.dispatch.idle()
    except TimeoutError:
        return
