"""From stored deliveries to outbox rows: read, merge into the case, coalesce, say.

    waiting deliveries --> app.read --> held by case --> merge --> card or edit, steps
                                                         one commit for many cases: case, ledger,
                                                         outbox rows, deliveries done

Deliveries of one case are worked off together, in order; a case that was edited less than
`edit_gap` seconds ago waits, so that a burst becomes one edit. Each delivery is read once and then
held in memory without its body. The door goes first: the loop is given back every few deliveries.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias

import structlog
from prometheus_client import Counter
from sqlalchemy.exc import OperationalError

from appservice.database import Change, Database, by_kind
from appservice.errors import PayloadRejected, UnknownConnection
from appservice.events import MESSAGE, REDACTION, RelationKind, RoomEvent
from appservice.ids import UserId
from appservice.languages import Phrases
from appservice.outbox import Outbox
from appservice.payload import NotJson
from appservice.trouble import Report, Trouble
from bridges.base import App, Ignored
from bridges.casebook import Casebook, CaseKey, KnownCase
from bridges.connection import Connection, Connections
from bridges.deliveries import Deliveries, StoredDelivery
from bridges.ingress import parse_delivery
from bridges.telling import Said, Telling, tell

_BATCH = 100
_BATCHES = 5
_MOST_HELD = 10_000
_CASES_AT_ONCE = 50
_BEFORE_THE_DOOR = 8
"""Deliveries read, or cases composed (some 2 ms), before the loop is given back..."""
_DOOR_TIME = 0.02
"""... for so many seconds, when a call came less than..."""
_BURST_GAP = 0.01
"""... so many seconds ago: at 100 calls a second and more the door goes first."""

log = structlog.get_logger(__name__)

readings = Counter("parvis_readings_total", "What deliveries said", ["app", "outcome"])

_Group: TypeAlias = list[Said]


class Pipeline:
    """The task that works off deliveries, and a Subscriber that learns what became of cards."""

    def __init__(  # noqa: PLR0913 - everything a delivery passes on its way
        self,
        *,
        apps: Mapping[str, App],
        database: Database,
        connections: Connections,
        deliveries: Deliveries,
        casebook: Casebook,
        outbox: Outbox,
        bot: UserId,
        words: Phrases,
        report: Report,
        edit_gap: float = 5.0,
        digest_above: int = 200,
    ) -> None:
        self._apps = apps
        self._database = database
        self._connections = connections
        self._deliveries = deliveries
        self._casebook = casebook
        self._outbox = outbox
        self._bot = bot
        self._words = words
        self._report = report
        self._edit_gap = edit_gap
        self._digest_above = digest_above
        self._wake = asyncio.Event()
        self._called = 0.0
        self._read_to = 0
        self._held: dict[CaseKey, _Group] = {}
        self._due: dict[CaseKey, float] = {}
        """When a case may be edited again, in seconds since 1970."""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what waits from before."""
        self._wake.set()
        self._task = asyncio.create_task(self._work_for_ever(), name="pipeline")

    def wake(self) -> None:
        """Tell that a delivery was taken in."""
        self._called = asyncio.get_running_loop().time()
        self._wake.set()

    async def close(self) -> None:
        """Stop; what is not committed is done again at the next start."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Learn which event a card became, and be silent about a case whose card was redacted."""
        for event in events:
            if event.type == REDACTION and event.redacts:
                await self._casebook.mute(event.redacts)
            card = event.content.at("org.parvis.card")
            if event.type != MESSAGE or event.sender != self._bot or not card.text("case"):
                continue
            if event.relation is None or event.relation.kind is not RelationKind.REPLACE:
                await self._casebook.note_root(
                    event.content.text("org.parvis.root"), event.event_id
                )

    async def _work_for_ever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                pause = await self._work_off()
            except Exception:
                log.exception("deliveries cannot be worked off")
                self._begin_anew()
                pause = 1.0
            if pause:
                asyncio.get_running_loop().call_later(pause, self._wake.set)

    def _begin_anew(self) -> None:
        """Forget what is held: all that is not settled will be read again."""
        self._read_to = 0
        self._held.clear()
        self._due.clear()

    async def _work_off(self) -> float:
        """Work off what may be worked off now; return the seconds until more may be, or 0."""
        while True:
            new = await self._read_new()
            ready = [key for key in self._held if self._due.get(key, 0.0) <= time.time()]
            if not ready and not new:
                break
            for start in range(0, len(ready), _CASES_AT_ONCE):
                await self._tell_together(ready[start : start + _CASES_AT_ONCE])
        next_due = min((self._due[key] for key in self._held), default=0.0)
        return max(next_due - time.time(), 0.01) if self._held else 0.0

    async def _give_way(self) -> None:
        """Let the loop do what waits; while calls come in, most of its time is theirs."""
        since = asyncio.get_running_loop().time() - self._called
        await asyncio.sleep(_DOOR_TIME if since < _BURST_GAP else 0)

    # Reading

    async def _read_new(self) -> bool:
        """Read some of what came in; tell whether there may be more."""
        for _ in range(_BATCHES):
            if sum(map(len, self._held.values())) >= _MOST_HELD:
                return False
            # One writer gives the numbers, so none comes to light behind this one.
            waiting = await self._deliveries.waiting(limit=_BATCH, after=self._read_to)
            if not waiting:
                return False
            self._read_to = waiting[-1].seq
            await self._read_batch(waiting)
        return True

    async def _read_batch(self, batch: Sequence[StoredDelivery]) -> None:
        """Hold what says something, settle the rest."""
        connections = {name: await self._connection(name) for name in {d.connection for d in batch}}
        settled: list[Change] = []
        called: set[str] = set()
        for number, delivery in enumerate(batch):
            if number % _BEFORE_THE_DOOR == 0:
                await self._give_way()
            read = self._read(delivery, connections[delivery.connection])
            if isinstance(read, Said):
                # What has no case stands alone.
                key = (delivery.connection, read.case_id or f"\0{delivery.seq}")
                self._held.setdefault(key, []).append(read)
            else:
                settled.append(read)
                called.add(delivery.connection)
        if settled:
            noted = [self._connections.called(name) for name in sorted(called)]
            await self._database.write(*by_kind([*settled, *noted]))

    async def _connection(self, identifier: str) -> Connection | None:
        try:
            return await self._connections.get(identifier)
        except UnknownConnection:
            return None

    def _read(self, delivery: StoredDelivery, connection: Connection | None) -> Said | Change:
        """Return what the delivery says, or the change that settles it."""
        app = self._apps.get(connection.app) if connection else None
        if connection is None or app is None:
            return self._put_aside(delivery.seq, "nothing", "its connection is unknown")
        try:
            parsed = parse_delivery(delivery.headers, delivery.body)
            reading = Ignored("ping") if app.is_ping(parsed) else app.read(parsed)
        except (NotJson, PayloadRejected) as error:
            return self._put_aside(
                delivery.seq, connection.short, f"{type(error).__name__}: {error}"
            )
        except Exception as error:
            log.exception("app cannot read a delivery", connection=connection.short)
            return self._put_aside(delivery.seq, connection.short, repr(error))
        if isinstance(reading, Ignored):
            readings.labels(app.slug, "ignored").inc()
            return self._deliveries.done(delivery.seq, reading.reason)
        readings.labels(app.slug, "read").inc()
        return Said(delivery.seq, delivery.received, connection, app, reading)

    def _put_aside(self, seq: int, connection: str, why: str) -> Change:
        """Return the change that parks a call; *connection* is the name that betrays no address."""
        readings.labels("?", "parked").inc()
        self._report(Trouble.DELIVERY, f"call {seq} of {connection}: {why}")
        return self._deliveries.parked(seq, why)

    # Telling

    async def _tell_together(self, keys: Sequence[CaseKey]) -> None:
        """Say what is held of some cases in one commit, but for those that were edited just now."""
        known = await self._casebook.known([key for key in keys if self._held[key][0].case_id])
        may = [key for key in keys if not self._must_wait(key, known.get(key))]
        if not may:
            return
        groups = {key: self._held[key] for key in may}
        try:
            await self._tell(groups, known)
        except (OSError, OperationalError):
            raise  # The database is away or full: no fault of the deliveries.
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to one of them
            log.info("cases failed together, going one by one", cases=len(may), error=repr(error))
            await self._tell_apart(groups)
        for key in may:
            del self._held[key]
            self._due.pop(key, None)
        self._outbox.wake.set()

    def _must_wait(self, key: CaseKey, known: KnownCase | None) -> bool:
        due = known.edited / 1000 + self._edit_gap if known else 0.0
        if due <= time.time():
            return False
        self._due[key] = due
        return True

    async def _tell(
        self, groups: Mapping[CaseKey, _Group], known: Mapping[CaseKey, KnownCase]
    ) -> None:
        """Commit what *groups* say, with all that is known then."""
        told = await self._casebook.told(
            ((said.connection.id, said.case_id), item.key)
            for group in groups.values()
            for said in group
            for item in said.reading.activities
        )
        rooms = {group[0].connection.room_id for group in groups.values()}
        waiting = dict(await self._outbox.count_waiting_by_room(rooms))
        changes: list[Change] = []
        for number, (key, group) in enumerate(groups.items()):
            if number % _BEFORE_THE_DOOR == 0:
                await self._give_way()
            connection = group[0].connection
            crowded = waiting[connection.room_id] >= self._digest_above
            before = told.get((connection.id, group[0].case_id), frozenset())
            telling = tell(group, known.get(key), before, self._words, crowded=crowded)
            waiting[connection.room_id] += len(telling.rows)
            changes += self._changes(group, telling, known.get(key))
        await self._database.write(*by_kind(changes))

    async def _tell_apart(self, groups: Mapping[CaseKey, _Group]) -> None:
        """Tell each delivery alone; what cannot be said is put aside, so that it blocks no other."""
        for key, group in groups.items():
            for said in group:
                try:
                    known = await self._casebook.known([key] if said.case_id else [])
                    await self._tell({key: [said]}, known)
                except (OSError, OperationalError):
                    raise
                except Exception as error:
                    log.exception("a delivery cannot be told", connection=said.connection.short)
                    await self._database.write(
                        self._put_aside(said.seq, said.connection.short, repr(error))
                    )

    def _changes(
        self, group: Sequence[Said], telling: Telling, known: KnownCase | None
    ) -> list[Change]:
        """Return everything that is committed with what is said."""
        connection, case_id = group[0].connection.id, group[0].case_id
        changes = [self._deliveries.done(said.seq) for said in group]
        changes.append(self._connections.called(connection))
        if telling.rows:
            changes.append(self._outbox.change(*telling.rows))
        if case_id:
            changes.append(
                self._casebook.put(connection, case_id, telling.case, known, telling.shown)
            )
        if telling.new:
            changes.append(self._casebook.ledger(connection, case_id, telling.new))
        return changes
