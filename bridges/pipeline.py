"""From stored deliveries to outbox rows: read, merge into the case, coalesce, say.

    waiting deliveries --> reader --> held by case --> teller: merge, card or edit, steps
                                                       one commit for many cases

Deliveries of one case are worked off together, in order; a case that was edited less than
a few seconds ago waits, so that a burst becomes one edit. Each delivery is read once and then
held in memory without its body. The door goes first: the loop is given back every few deliveries.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import structlog

from appservice.database import Change, Database, by_kind
from appservice.errors import UnknownConnection
from appservice.events import MESSAGE, REDACTION, RelationKind, RoomEvent
from appservice.ids import UserId, server_of
from appservice.outbox import Outbox
from bridges.acting.echoes import Echoes
from bridges.acting.pages import Pages
from bridges.base import App
from bridges.behind import Behind
from bridges.casebook import Casebook, CaseKey, KnownCase
from bridges.connection import Connection, Connections
from bridges.deliveries import FAREWELL, Deliveries, StoredDelivery
from bridges.gathering import Gathering
from bridges.ingress import Door
from bridges.reader import Reader, Said
from bridges.resting import Resting
from bridges.rooms import Rooms
from bridges.teller import Group, Teller, settling

_UTC = ZoneInfo("UTC")
_BATCH = 100
_BATCHES = 5
_MOST_HELD = 10_000
_CASES_AT_ONCE = 50
_BEFORE_THE_DOOR = 8
"""Deliveries read before the loop is given back..."""
_DOOR_TIME, _LOOK_AT_DOOR = 0.1, 0.005
"""... and for at most so many seconds the door goes first, looked at so often..."""
_CROWD = 8
"""... while so many calls wait for their answer."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Pace:
    """How soon and how much is told."""

    edit_gap: float = 5.0
    """Seconds between two edits of a card, above 0."""
    digest_above: int = 200
    """Above so many rows waiting for a room, digests tell what comes..."""
    digest_gap: float = 30.0
    """... once in so many seconds, so that a long outage ends in a few of them."""
    zone: ZoneInfo = _UTC
    """Whose hours quiet hours are..."""
    quiet_every: float = 30.0
    """... and every so many seconds it is looked whether they are over."""


_USUAL = Pace()


class Pipeline:
    """The task that works off deliveries, and a Subscriber that learns what became of cards.

    *for_owners* is set when there is something that owners are to be told at once.
    """

    def __init__(  # noqa: PLR0913 - everything a delivery passes on its way
        self,
        *,
        apps: Mapping[str, App],
        database: Database,
        connections: Connections,
        deliveries: Deliveries,
        casebook: Casebook,
        outbox: Outbox,
        door: Door,
        bot: UserId,
        rooms: Rooms,
        reader: Reader,
        echoes: Echoes,
        pages: Pages,
        pace: Pace = _USUAL,
    ) -> None:
        """*door*: how crowded it is."""
        self._apps = apps
        self._database = database
        self._connections = connections
        self._deliveries = deliveries
        self._casebook = casebook
        self._door = door
        self._bot = bot
        self._edit_gap = pace.edit_gap
        self._echoes, self._pages = echoes, pages
        self._reader = reader
        self._resting = Resting(
            connections=connections,
            deliveries=deliveries,
            zone=pace.zone,
            every=pace.quiet_every,
        )
        self._teller = Teller(
            database=database,
            connections=connections,
            deliveries=deliveries,
            casebook=casebook,
            outbox=outbox,
            reader=reader,
            rooms=rooms,
            give_way=self._give_way,
            digest_above=pace.digest_above,
            server=server_of(bot),
        )
        self._behind = Behind(
            casebook=casebook, teller=self._teller, place=self._place, gap=pace.edit_gap
        )
        self._gathering = Gathering(self._teller.crowded, gap=pace.digest_gap)
        self.for_owners, self._wake = asyncio.Event(), asyncio.Event()
        self._read_to = 0
        self._is_stale = False
        self._held: dict[CaseKey, Group] = {}
        self._due: dict[CaseKey, float] = {}
        """When a case may be edited again, in seconds since 1970."""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what waits from before."""
        self._wake.set()
        self._task = asyncio.create_task(self._work_for_ever(), name="pipeline")

    def wake(self) -> None:
        """Tell that a delivery was taken in."""
        self._wake.set()

    def look_again(self) -> None:
        """Tell that calls wait which had been put aside: their numbers are old."""
        self._is_stale = True
        self.wake()

    @property
    def quiet(self) -> asyncio.Lock:
        """Return what is held while something is told, and by whom nothing is to be told meanwhile."""
        return self._teller.telling

    def answered(self) -> None:
        """Tell that a source answered: what was held back for that may be told."""
        self._due.clear()
        self.wake()

    async def close(self) -> None:
        """Stop; what is not committed is done again at the next start."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._reader.close()

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Learn which event a card became, and be silent about a case whose card was redacted."""
        roots = {mark: event.event_id for event in events if (mark := self._root_of(event))}
        redacted = [event.redacts for event in events if event.type == REDACTION and event.redacts]
        # What a walk brings back may have lost its mark with its words.
        redacted += [one.event_id for one in events if one.redacted and one.sender == self._bot]
        if roots:
            await self._casebook.note_roots(roots)
            if await self._casebook.continued(roots):
                await self._teller.link(roots, self._place)
        if redacted:
            await self._casebook.mute(redacted)

    def _root_of(self, event: RoomEvent) -> str:
        """Return the mark of the card that *event* is the root of, or an empty text."""
        if event.type != MESSAGE or event.sender != self._bot:
            return ""
        relation = event.relation
        if relation and relation.kind is RelationKind.REPLACE:
            return ""
        return event.content.text("org.parvis.root")

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
        self._is_stale = False
        self._held.clear()
        self._due.clear()

    async def _work_off(self) -> float:
        """Work off what may be worked off now; return the seconds until more may be, or 0."""
        while True:
            if await self._resting.wake() or self._is_stale:
                self._begin_anew()
            new = await self._read_new()
            ready = [key for key in self._held if self._due.get(key, 0.0) <= time.time()]
            if not ready and not new:
                break
            for start in range(0, len(ready), _CASES_AT_ONCE):
                await self._tell_together(ready[start : start + _CASES_AT_ONCE])
        pauses = [max(self._due[key] - time.time(), 0.01) for key in self._held]
        if until_next := await self._behind.catch_up():
            pauses.append(until_next)
        if (until_look := self._resting.pause()) is not None:
            pauses.append(until_look)
        return min(pauses, default=0.0)

    async def _give_way(self) -> None:
        """Let the loop do what waits; while calls crowd at the door, most of its time is theirs."""
        await asyncio.sleep(0)
        until = time.monotonic() + _DOOR_TIME
        while self._door.inside >= _CROWD and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_AT_DOOR)  # An event at each call would cost the door.

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
        settled, farewell = list[Change](), False
        for number, delivery in enumerate(batch):
            if number % _BEFORE_THE_DOOR == 0:
                await self._give_way()
            read = await self._reader.read(delivery, connections[delivery.connection])
            if isinstance(read, Said) and self._resting.holds(read):
                settled.append(self._deliveries.rests(delivery.seq))
                settled.append(self._connections.called(delivery.connection))
            elif isinstance(read, Said):
                # What has no case stands alone.
                key = (delivery.connection, read.case_id or f"\0{delivery.seq}")
                self._held.setdefault(key, []).append(read)
            else:
                farewell |= read.why == FAREWELL
                settled.append(settling(read, self._deliveries))
                settled.append(self._connections.called(delivery.connection))
        if settled:
            await self._database.write(*by_kind(settled))
        if farewell:
            self.for_owners.set()

    async def _connection(self, identifier: str) -> Connection | None:
        try:
            return await self._connections.get(identifier)
        except UnknownConnection:
            return None

    async def _place(self, identifier: str) -> tuple[Connection, App] | None:
        connection = await self._connection(identifier)
        app = self._apps.get(connection.app) if connection else None
        return (connection, app) if connection and app else None

    # Telling

    async def _tell_together(self, keys: Sequence[CaseKey]) -> None:
        """Say what is held of some cases in one commit, but for those that were edited just now."""
        known = await self._casebook.known([key for key in keys if self._held[key][0].case_id])
        may = [key for key in keys if not self._must_wait(key, known.get(key))]
        may = await self._due_in_their_rooms(may)
        sifted = await self._echoes.sift({key: self._held[key] for key in may})
        self._due.update(sifted.held)
        may = [key for key in may if key not in sifted.held]
        if not may:
            return
        led = await self._pages.led({key: sifted.groups[key] for key in may})
        await self._teller.tell(led, known)
        for key in may:
            del self._held[key]
            self._due.pop(key, None)

    async def _due_in_their_rooms(self, keys: Sequence[CaseKey]) -> list[CaseKey]:
        """Return those of *keys* that may be told; where memory is full, all of them."""
        if sum(map(len, self._held.values())) >= _MOST_HELD:
            return list(keys)
        rooms = {key: self._held[key][0].connection.room_id for key in keys}
        waits = await self._gathering.waits(set(rooms.values()))
        self._due.update({key: waits[room] for key, room in rooms.items() if room in waits})
        return [key for key, room_id in rooms.items() if room_id not in waits]

    def _must_wait(self, key: CaseKey, known: KnownCase | None) -> bool:
        due = known.edited / 1000 + self._edit_gap if known else 0.0
        if due <= time.time():
            return False
        self._due[key] = due
        return True
