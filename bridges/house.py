"""The bridges as a whole, built on the trays of the ground floor."""

from collections.abc import Mapping
from dataclasses import dataclass

from appservice.database import Database
from appservice.floor import Trays
from appservice.languages import Phrases
from appservice.trouble import Report
from appservice.vault import Vault
from bridges.acting.accounts import Accounts
from bridges.acting.echoes import Echoes
from bridges.acting.house import Acting, Reach, build_acting
from bridges.acting.pages import Pages
from bridges.acting.tray import ActionTray
from bridges.base import App
from bridges.casebook import Casebook
from bridges.catching import CatchingUp
from bridges.connection import Connections
from bridges.deliveries import Deliveries
from bridges.discovery import apps
from bridges.forgetting import DeleteFile, Forgetting
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
from bridges.reader import Reader
from bridges.rooms import Rooms
from bridges.self_check import SelfCheck
from bridges.sides import Sides
from bridges.tally import Tally


@dataclass(frozen=True)
class Bridges:
    """The parts that others need to know."""

    apps: Mapping[str, App]
    connections: Connections
    deliveries: Deliveries
    pipeline: Pipeline
    ingress: Ingress
    self_check: SelfCheck
    casebook: Casebook
    acting: Acting
    pulling: Pulling
    puller: Puller
    rooms: Rooms
    mapper: Mapper
    catching: CatchingUp
    tally: Tally
    sides: Sides
    forgetting: Forgetting
    letterbox: Letterbox | None = None
    """Where letters come in, if they do."""


@dataclass(frozen=True)
class _Books:
    """What is kept of connections, of what they told and of what is wanted at their sources."""

    database: Database
    connections: Connections
    deliveries: Deliveries
    casebook: Casebook
    accounts: Accounts
    tray: ActionTray


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
    delete_file: DeleteFile | None = None,
) -> Bridges:
    """Return the bridges; pipeline, carrier and puller are still to be started.

    *words* is the organization's language; *letters* is how letters come in, if they do; *delete_file*
    lets go of what was uploaded, where an administrator lent us the right.
    """
    door, mapper, tally = Door(), Mapper(), Tally()
    books = _books(trays.database, vault, tally)
    reader = Reader(apps=apps(), report=report, mapper=mapper, tally=tally)
    pipeline = _pipeline(trays, books, door, rooms, reader, pace)
    acting = build_acting(
        trays,
        reach,
        apps=apps(),
        connections=books.connections,
        casebook=books.casebook,
        accounts=books.accounts,
        tray=books.tray,
        words=words,
        answered=pipeline.answered,
    )
    pulling, puller = _pulling(trays, reach, books, pipeline, report)
    ingress = _ingress(books, pipeline, door, tally, public_url)
    return Bridges(
        apps=apps(),
        connections=books.connections,
        deliveries=books.deliveries,
        pipeline=pipeline,
        ingress=ingress,
        self_check=SelfCheck(vault=vault),
        casebook=books.casebook,
        acting=acting,
        pulling=pulling,
        puller=puller,
        rooms=rooms,
        mapper=mapper,
        catching=_catching(books, acting, pipeline),
        tally=tally,
        sides=_sides(books, acting, ingress),
        forgetting=_forgetting(trays, books, mapper, pipeline, delete_file),
        letterbox=_letterbox(letters, trays, books, report, pipeline),
    )


def _books(database: Database, vault: Vault, tally: Tally) -> _Books:
    return _Books(
        database=database,
        connections=Connections(database=database, vault=vault),
        deliveries=Deliveries(database=database, tally=tally),
        casebook=Casebook(database=database),
        accounts=Accounts(database=database, vault=vault),
        tray=ActionTray(database=database),
    )


def _pipeline(
    trays: Trays,
    books: _Books,
    door: Door,
    rooms: Rooms,
    reader: Reader,
    pace: Pace,
) -> Pipeline:
    return Pipeline(
        apps=apps(),
        database=books.database,
        connections=books.connections,
        deliveries=books.deliveries,
        casebook=books.casebook,
        outbox=trays.outbox,
        door=door,
        bot=trays.bot.user_id,
        rooms=rooms,
        reader=reader,
        echoes=Echoes(tray=books.tray, accounts=books.accounts),
        pages=Pages(accounts=books.accounts),
        pace=pace,
    )


def _ingress(
    books: _Books, pipeline: Pipeline, door: Door, tally: Tally, public_url: str
) -> Ingress:
    return Ingress(
        apps=apps(),
        connections=books.connections,
        deliveries=books.deliveries,
        public_url=public_url,
        door=door,
        tally=tally,
        wake=pipeline.wake,
    )


def _pulling(
    trays: Trays, reach: Reach, books: _Books, pipeline: Pipeline, report: Report
) -> tuple[Pulling, Puller]:
    return build_pulling(
        trays,
        reach.caller,
        apps=apps(),
        connections=books.connections,
        deliveries=books.deliveries,
        wake=pipeline.wake,
        report=report,
    )


def _catching(books: _Books, acting: Acting, pipeline: Pipeline) -> CatchingUp:
    return CatchingUp(
        apps=apps(),
        database=books.database,
        connections=books.connections,
        deliveries=books.deliveries,
        accounts=books.accounts,
        caller=acting.reach.caller,
        wake=pipeline.wake,
        denied=pipeline.for_owners.set,
    )


def _sides(books: _Books, acting: Acting, ingress: Ingress) -> Sides:
    return Sides(
        apps=apps(),
        deliveries=books.deliveries,
        accounts=books.accounts,
        caller=acting.reach.caller,
        address_of=ingress.address_of,
    )


def _forgetting(
    trays: Trays,
    books: _Books,
    mapper: Mapper,
    pipeline: Pipeline,
    delete_file: DeleteFile | None,
) -> Forgetting:
    return Forgetting(
        apps=apps(),
        database=books.database,
        connections=books.connections,
        deliveries=books.deliveries,
        casebook=books.casebook,
        tray=books.tray,
        outbox=trays.outbox,
        bot=trays.bot,
        mapper=mapper,
        pipeline=pipeline,
        delete_file=delete_file,
    )


def _letterbox(
    letters: LetterSettings | None,
    trays: Trays,
    books: _Books,
    report: Report,
    pipeline: Pipeline,
) -> Letterbox | None:
    if letters is None:
        return None

    def unpacking(cloakroom: Cloakroom) -> Unpacking:
        return Unpacking(
            cloakroom=cloakroom,
            apps=apps(),
            connections=books.connections,
            deliveries=books.deliveries,
            casebook=books.casebook,
            outbox=trays.outbox,
            bot=trays.bot,
        )

    return build_letterbox(
        letters,
        database=books.database,
        connections=books.connections,
        deliveries=books.deliveries,
        report=report,
        wake=pipeline.wake,
        unpacking=unpacking,
    )
