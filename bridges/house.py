"""The bridges as a whole, built on the trays of the ground floor."""

from collections.abc import Mapping
from dataclasses import dataclass

from appservice.floor import Trays
from appservice.languages import Phrases
from appservice.trouble import Report
from appservice.vault import Vault
from bridges.acting.accounts import Accounts
from bridges.acting.echoes import Echoes
from bridges.acting.house import Acting, Reach, build_acting
from bridges.acting.tray import ActionTray
from bridges.base import App
from bridges.casebook import Casebook
from bridges.catching import CatchingUp
from bridges.connection import Connections
from bridges.deliveries import Deliveries
from bridges.discovery import apps
from bridges.ingress import Door, Ingress
from bridges.letterbox.cloakroom import Cloakroom
from bridges.letterbox.house import Letterbox, build_letterbox
from bridges.letterbox.settings import LetterSettings
from bridges.letterbox.unpacking import Unpacking
from bridges.mapping.mapper import Mapper
from bridges.pipeline import Pace, Pipeline
from bridges.pulling.asking import Pulling
from bridges.pulling.house import build_pulling
from bridges.pulling.puller import Puller
from bridges.rooms import Rooms


@dataclass(frozen=True)
class Bridges:
    """The parts that others need to know."""

    apps: Mapping[str, App]
    connections: Connections
    deliveries: Deliveries
    pipeline: Pipeline
    ingress: Ingress
    casebook: Casebook
    acting: Acting
    pulling: Pulling
    puller: Puller
    rooms: Rooms
    mapper: Mapper
    catching: CatchingUp
    letterbox: Letterbox | None = None
    """Where letters come in, if they do."""


def build_bridges(  # noqa: PLR0913 - all that the roof hands in
    trays: Trays,
    *,
    vault: Vault,
    words: Phrases,
    public_url: str,
    report: Report,
    rooms: Rooms,
    reach: Reach,
    pace: Pace,
    letters: LetterSettings | None = None,
) -> Bridges:
    """Return the bridges; pipeline, carrier and puller are still to be started.

    *words* is the organization's language; *letters* is how letters come in, if they do.
    """
    door, database, mapper = Door(), trays.database, Mapper()
    connections = Connections(database=database, vault=vault)
    deliveries, casebook = Deliveries(database=database), Casebook(database=database)
    accounts, tray = Accounts(database=database, vault=vault), ActionTray(database=database)
    pipeline = Pipeline(
        apps=apps(),
        database=database,
        connections=connections,
        deliveries=deliveries,
        casebook=casebook,
        outbox=trays.outbox,
        door=door,
        bot=trays.bot.user_id,
        rooms=rooms,
        report=report,
        echoes=Echoes(tray=tray, accounts=accounts),
        mapper=mapper,
        pace=pace,
    )
    ingress = _ingress(connections, deliveries, pipeline, door, public_url)
    acting = build_acting(
        trays,
        reach,
        apps=apps(),
        connections=connections,
        casebook=casebook,
        accounts=accounts,
        tray=tray,
        words=words,
        answered=pipeline.answered,
    )
    pulling, puller = _pulling(trays, reach, connections, deliveries, pipeline, report)
    letterbox = _letterbox(letters, trays, connections, deliveries, casebook, report, pipeline)
    catching = _catching(trays, connections, deliveries, acting, pipeline)
    inside = (connections, deliveries, pipeline, ingress, casebook, acting, pulling, puller)
    return Bridges(apps(), *inside, rooms, mapper, catching, letterbox)


def _ingress(
    connections: Connections,
    deliveries: Deliveries,
    pipeline: Pipeline,
    door: Door,
    public_url: str,
) -> Ingress:
    return Ingress(
        apps=apps(),
        connections=connections,
        deliveries=deliveries,
        public_url=public_url,
        door=door,
        wake=pipeline.wake,
    )


def _pulling(
    trays: Trays,
    reach: Reach,
    connections: Connections,
    deliveries: Deliveries,
    pipeline: Pipeline,
    report: Report,
) -> tuple[Pulling, Puller]:
    return build_pulling(
        trays,
        reach.caller,
        apps=apps(),
        connections=connections,
        deliveries=deliveries,
        wake=pipeline.wake,
        report=report,
    )


def _catching(
    trays: Trays,
    connections: Connections,
    deliveries: Deliveries,
    acting: Acting,
    pipeline: Pipeline,
) -> CatchingUp:
    return CatchingUp(
        apps=apps(),
        database=trays.database,
        connections=connections,
        deliveries=deliveries,
        accounts=acting.accounts,
        caller=acting.reach.caller,
        wake=pipeline.wake,
    )


def _letterbox(
    letters: LetterSettings | None,
    trays: Trays,
    connections: Connections,
    deliveries: Deliveries,
    casebook: Casebook,
    report: Report,
    pipeline: Pipeline,
) -> Letterbox | None:
    if letters is None:
        return None

    def unpacking(cloakroom: Cloakroom) -> Unpacking:
        return Unpacking(
            cloakroom=cloakroom,
            apps=apps(),
            connections=connections,
            deliveries=deliveries,
            casebook=casebook,
            outbox=trays.outbox,
            bot=trays.bot,
        )

    return build_letterbox(
        letters,
        database=trays.database,
        connections=connections,
        deliveries=deliveries,
        report=report,
        wake=pipeline.wake,
        unpacking=unpacking,
    )
