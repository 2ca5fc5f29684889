"""The bridges as a whole, built on the trays of the ground floor."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from appservice.floor import Trays
from appservice.ids import RoomId
from appservice.languages import Phrases
from appservice.trouble import Report
from appservice.vault import Vault
from bridges.base import App
from bridges.casebook import Casebook
from bridges.connection import Connections
from bridges.deliveries import Deliveries
from bridges.discovery import apps
from bridges.ingress import Door, Ingress
from bridges.pipeline import Pipeline


@dataclass(frozen=True)
class Bridges:
    """The parts that others need to know."""

    apps: Mapping[str, App]
    connections: Connections
    deliveries: Deliveries
    pipeline: Pipeline
    ingress: Ingress
    shared: Callable[[RoomId], Awaitable[bool]]
    """Tells whether other servers read a room."""


def build_bridges(
    trays: Trays,
    *,
    vault: Vault,
    words: Phrases,
    public_url: str,
    report: Report,
    shared: Callable[[RoomId], Awaitable[bool]],
    edit_gap: float = 5.0,
    digest_above: int = 200,
) -> Bridges:
    """Return the bridges; the pipeline is still to be started.

    *shared* tells whether other servers read a room.
    """
    connections = Connections(database=trays.database, vault=vault)
    deliveries = Deliveries(database=trays.database)
    door = Door()
    pipeline = Pipeline(
        apps=apps(),
        database=trays.database,
        connections=connections,
        deliveries=deliveries,
        casebook=Casebook(database=trays.database),
        outbox=trays.outbox,
        door=door,
        bot=trays.bot.user_id,
        words=words,
        report=report,
        shared=shared,
        edit_gap=edit_gap,
        digest_above=digest_above,
    )
    ingress = Ingress(
        apps=apps(),
        connections=connections,
        deliveries=deliveries,
        public_url=public_url,
        door=door,
        wake=pipeline.wake,
    )
    return Bridges(apps(), connections, deliveries, pipeline, ingress, shared)
