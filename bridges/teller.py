"""Commits what deliveries say: cases, ledger, outbox rows and the deliveries' end in one unit.

groups by case --> withheld? --> merge, compose --> crowded room? lines of a digest : rows
one commit for all of them
"""

import asyncio
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import replace
from typing import TypeAlias

import structlog
from msgspec import UNSET
from prometheus_client import Counter
from sqlalchemy.exc import OperationalError

from appservice.database import Change, Database, by_kind
from appservice.ids import RoomId
from appservice.languages import Phrases
from appservice.outbox import Outbox
from appservice.outbox_rows import Outgoing
from bridges.base import App
from bridges.casebook import Casebook, CaseKey, Continued, KnownCase
from bridges.connection import Connection, Connections
from bridges.deliveries import FORGOTTEN, WITHHELD, Deliveries
from bridges.filters import (
    CONFIDENTIAL,
    confidential_now,
    known_labels,
    labels_now,
    says_who_may_read,
    trimmed,
    trimmed_case,
    withheld,
)
from bridges.options import Mode
from bridges.reader import Reader, Said, Silent
from bridges.readings import Secrecy
from bridges.renewing import former_row
from bridges.rooms import Rooms
from bridges.telling import Line, Telling, card_rows, digest_rows, is_news, look_of, tell

log = structlog.get_logger(__name__)

kept_back = Counter("parvis_withheld_total", "Calls not told, by reason", ["app", "reason"])

Group: TypeAlias = list[Said]
PlaceOf: TypeAlias = Callable[[str], Awaitable[tuple[Connection, App] | None]]
"""Returns a connection and its app by its id, or None if either is no more."""
_GIVE_WAY_EVERY = 8
"""Cases composed (some 2 ms) before the loop is given back."""


class Teller:
    """Says what is held of cases."""

    def __init__(  # noqa: PLR0913 - everything that is committed together
        self,
        *,
        database: Database,
        connections: Connections,
        deliveries: Deliveries,
        casebook: Casebook,
        outbox: Outbox,
        reader: Reader,
        rooms: Rooms,
        give_way: Callable[[], Awaitable[None]],
        digest_above: int,
        server: str,
    ) -> None:
        """*server* is ours. *give_way* lets the loop do what waits. Above *digest_above* rows waiting for
        a room, digests must do.
        """
        self._database = database
        self._connections = connections
        self._deliveries = deliveries
        self._casebook = casebook
        self._outbox = outbox
        self._reader = reader
        self._rooms = rooms
        self._give_way = give_way
        self._digest_above = digest_above
        self._server = server
        self.telling = asyncio.Lock()
        """Held while something is told."""

    async def tell(
        self, groups: Mapping[CaseKey, Group], known: Mapping[CaseKey, KnownCase]
    ) -> None:
        """Say what *groups* hold. What cannot be said is put aside, so that it blocks no other."""
        async with self.telling:
            try:
                await self._tell_at_once(groups, known)
            except (OSError, OperationalError):
                raise  # The database is away or full: no fault of the deliveries.
            except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to one of them
                log.info(
                    "cases failed together, going one by one", cases=len(groups), error=repr(error)
                )
                await self._tell_apart(groups)
        self._outbox.wake.set()

    async def catch_up(self, cases: Mapping[CaseKey, tuple[Connection, App] | None]) -> None:
        """Show in cards what digests said meanwhile, where the rooms are no longer crowded.

        A case whose connection is gone, or whose card was deleted, has none to bring up to date.
        """
        async with self.telling:
            await self._catch_up(cases)

    async def _catch_up(self, cases: Mapping[CaseKey, tuple[Connection, App] | None]) -> None:
        known = await self._casebook.known(list(cases))
        rooms = {place[0].room_id for place in cases.values() if place}
        waiting = await self._waiting(rooms)
        changes: list[Change] = []
        for key, case in known.items():
            place = cases[key]
            if place and (place[0].fault or waiting[place[0].room_id] >= self._digest_above):
                continue
            allowed = _trimmed(case, place[0]) if place else case
            rows: list[Outgoing] = []
            keeps_up = place is None or place[0].options.mode is Mode.CARD
            if place and keeps_up and not case.muted:
                words = await self._rooms.words(place[0].room_id)
                rows = card_rows(*place, key[1], allowed, allowed.case, words)
            look = look_of(allowed.case) if keeps_up else case.shown
            changes.append(self._casebook.put(*key, allowed.case, case, look))
            if rows:
                waiting[rows[0].room_id] += len(rows)
                changes.append(self._outbox.change(*rows))
        if changes:
            await self._database.write(*by_kind(changes))
            self._outbox.wake.set()

    async def link(self, marks: Collection[str], place_of: PlaceOf) -> None:
        """Let former cards of the cases whose cards have one of *marks* say where they go on now."""
        async with self.telling:  # A case that is forgotten meanwhile has no former card.
            cases = await self._casebook.continued(marks)
            await self._link([(one, await place_of(one.connection)) for one in cases])

    async def _link(self, cases: Iterable[tuple[Continued, tuple[Connection, App] | None]]) -> None:
        changes: list[Change] = []
        for case, place in cases:
            changes.append(self._casebook.linked(case))
            if place:
                words = await self._rooms.words(place[0].room_id)
                row = former_row(case, *place, words, via=self._server)
                changes.append(self._outbox.change(row))
        if changes:
            await self._database.write(*by_kind(changes))
            self._outbox.wake.set()

    async def _tell_at_once(
        self, groups: Mapping[CaseKey, Group], known: Mapping[CaseKey, KnownCase]
    ) -> None:
        told = await self._casebook.told(
            ((said.connection.id, said.case_id), item.key)
            for group in groups.values()
            for said in group
            for item in said.reading.activities
        )
        rooms = {group[0].connection.room_id for group in groups.values()}
        waiting, shared = await self._waiting(rooms), await self._shared_among(rooms, groups)
        words = {room_id: await self._rooms.words(room_id) for room_id in rooms}
        forgotten = await self._casebook.forgotten(groups)
        changes: list[Change] = []
        digests: dict[str, list[tuple[Said, Line]]] = {}
        for number, (key, group) in enumerate(groups.items()):
            if number % _GIVE_WAY_EVERY == 0:
                await self._give_way()
            first, before = group[0], known.get(key)
            room_id = first.connection.room_id
            heard, settled = self._sift(
                group, before, shared=room_id in shared, forgotten=key in forgotten
            )
            before = _trimmed(before, first.connection) if before else None
            changes += settled
            if not heard:
                continue
            crowded = waiting[room_id] >= self._digest_above or heard[0].lumped
            past = told.get((first.connection.id, first.case_id), frozenset())
            said_in = words[room_id]
            telling = tell(heard, before, past, said_in, crowded=crowded, via=self._server)
            waiting[room_id] += len(telling.rows)
            listed = digests.setdefault(first.connection.id, [])
            listed.extend((first, line) for line in telling.lines)
            if telling.lines and first.case_id:
                changes.append(self._casebook.digested(key, listed[0][0].seq))
            changes += self._changes(heard, telling, before)
        changes += self._digest_changes(digests.values(), words)
        await self._database.write(*by_kind(changes))

    async def _tell_apart(self, groups: Mapping[CaseKey, Group]) -> None:
        """Tell each delivery alone; what cannot be said is put aside, so that it blocks no other."""
        for key, group in groups.items():
            for said in group:
                try:
                    known = await self._casebook.known([key] if said.case_id else [])
                    await self._tell_at_once({key: [said]}, known)
                except (OSError, OperationalError):
                    raise
                except Exception as error:
                    short = said.connection.short
                    log.exception("a delivery cannot be told", connection=short)
                    silent = self._reader.put_aside(said.seq, short, repr(error))
                    await self._database.write(settling(silent, self._deliveries))

    async def crowded(self, rooms: Collection[RoomId]) -> Collection[RoomId]:
        """Return those of *rooms* for which so many rows wait that digests must do."""
        waiting = await self._waiting(rooms)
        return {room_id for room_id in rooms if waiting[room_id] >= self._digest_above}

    async def _waiting(self, rooms: Collection[RoomId]) -> dict[RoomId, int]:
        return dict(await self._outbox.count_waiting_by_room(rooms))

    async def _shared_among(
        self, rooms: Collection[RoomId], groups: Mapping[CaseKey, Group]
    ) -> Collection[RoomId]:
        """Return the rooms that other servers read, if something here is not for them."""
        every = (said for group in groups.values() for said in group)
        if not any(said.reading.secrecy is Secrecy.INTERNAL for said in every):
            return ()
        return {room_id for room_id in rooms if await self._rooms.shared(room_id)}

    def _sift(
        self, group: Group, known: KnownCase | None, *, shared: bool, forgotten: bool
    ) -> tuple[Group, list[Change]]:
        """Return what may be told, as far as it may, and the changes that settle the rest."""
        heard: Group = []
        settled: list[Change] = []
        options = group[0].connection.options
        labels = known_labels(known.case if known else None, options)
        hidden = known is not None and known.case.hidden is not UNSET
        for said in group:
            why = FORGOTTEN if forgotten else ""
            why = why or withheld(said.reading, said.app, options, labels=labels, shared=shared)
            if not why and hidden and not says_who_may_read(said.reading):
                why = CONFIDENTIAL
            if not why:
                heard.append(replace(said, reading=trimmed(said.reading, options)))
                labels = labels_now(labels, said.reading.card)
                continue
            kept_back.labels(said.app.slug, why).inc()
            self._reader.tally.ignore(said.connection.id, why)
            bare = confidential_now(said.reading, known) if why == CONFIDENTIAL else None
            if bare:
                hidden = True
                heard.append(replace(said, reading=bare, kept_back=why))
            else:
                settled.append(self._deliveries.done(said.seq, f"{WITHHELD}{why}", empty=True))
                settled.append(self._connections.called(said.connection.id))
        return heard, settled

    def _changes(self, group: Group, telling: Telling, known: KnownCase | None) -> list[Change]:
        """Return everything that is committed with what is said."""
        connection, case_id = group[0].connection, group[0].case_id
        # A body holds what the room may not.
        empty = connection.options.fields is not None
        changes = [
            self._deliveries.done(said.seq, f"{WITHHELD}{said.kept_back}", empty=True)
            if said.kept_back
            else self._deliveries.done(said.seq, empty=empty)
            for said in group
        ]
        changes.append(self._connections.called(connection.id))
        if telling.rows:
            changes.append(self._outbox.change(*telling.rows))
        if case_id:
            at = max(said.received for said in group)
            changes.append(
                self._casebook.put(
                    connection.id,
                    case_id,
                    telling.case,
                    known,
                    telling.shown,
                    behind=telling.behind,
                    heard=at if is_news(telling, group[0].app) else 0,
                    announced=at if telling.announced else 0,
                )
            )
            if known and telling.renewed:
                changes.append(self._casebook.renewal(connection.id, case_id, known))
        if telling.new:
            changes.append(self._casebook.ledger(connection.id, case_id, telling.new))
        return changes

    def _digest_changes(
        self, digests: Iterable[Sequence[tuple[Said, Line]]], words: Mapping[RoomId, Phrases]
    ) -> Iterator[Change]:
        for parts in digests:
            if parts:
                first, lines = parts[0][0], [line for _, line in parts]
                said_in = words[first.connection.room_id]
                rows = digest_rows(first.connection, first.app, lines, said_in, first.seq)
                yield self._outbox.change(*rows)


def settling(silent: Silent, deliveries: Deliveries) -> Change:
    """Return the change that ends a delivery which says nothing."""
    if silent.parked:
        return deliveries.parked(silent.seq, silent.why)
    return deliveries.done(silent.seq, silent.why)


def _trimmed(known: KnownCase, connection: Connection) -> KnownCase:
    """Return what is known without what the connection does not allow any more."""
    return replace(known, case=trimmed_case(known.case, connection.options))
