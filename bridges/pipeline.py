"""From stored deliveries to outbox rows: read, merge into the case, coalesce, say.

    waiting deliveries --> app.read --> grouped by case --> merge --> card or edit, steps
                                                              one commit: case, ledger, outbox rows,
                                                              deliveries done

Deliveries of one case are worked off together, in order; a case that was edited less than
`edit_gap` seconds ago waits, so that a burst becomes one edit.
"""

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog
from prometheus_client import Counter
from sqlalchemy.exc import OperationalError

from appservice.database import Change, Database
from appservice.errors import PayloadRejected, UnknownConnection
from appservice.events import MESSAGE, REDACTION, RelationKind, RoomEvent
from appservice.ids import UserId
from appservice.languages import Phrases
from appservice.outbox import Outbox, Outgoing
from appservice.payload import NotJson
from appservice.trouble import Report, Trouble
from bridges import cards
from bridges.base import Activity, App, Ignored, Importance, Reading
from bridges.casebook import Casebook, KnownCase, root_mark
from bridges.cases import Case, encode, merge, without_times
from bridges.connection import Connection, Connections
from bridges.deliveries import Deliveries, StoredDelivery
from bridges.ingress import parse_delivery

_BATCH = 500
_DIGEST_BYTES = 10_000
_BACKDATED_MS = 3600 * 1000

log = structlog.get_logger(__name__)

readings = Counter("parvis_readings_total", "What deliveries said", ["app", "outcome"])


@dataclass(frozen=True)
class _Said:
    """A delivery with what its app read in it."""

    delivery: StoredDelivery
    connection: Connection
    app: App
    reading: Reading


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
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what waits from before."""
        self._wake.set()
        self._task = asyncio.create_task(self._work_for_ever(), name="pipeline")

    def wake(self) -> None:
        """Tell that a delivery was taken in."""
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
                pause = 1.0
            if pause:
                asyncio.get_running_loop().call_later(pause, self._wake.set)

    async def _work_off(self) -> float:
        """Work off what may be worked off now; return the seconds until more may be, or 0."""
        pause, after = 0.0, 0
        while waiting := await self._deliveries.waiting(limit=_BATCH, after=after):
            after = waiting[-1].seq
            said = [item for delivery in waiting if (item := await self._read(delivery))]
            for group in _by_case(said):
                pause = max(pause, await self._tell_or_park(group))
        return pause

    async def _tell_or_park(self, group: Sequence[_Said]) -> float:
        """Say what *group* tells; what cannot be said is put aside, so that it blocks no other."""
        try:
            return await self._tell(group)
        except (OSError, OperationalError):
            raise  # The database is away or full: no fault of the deliveries.
        except Exception as error:
            if len(group) > 1:
                return max([await self._tell_or_park([item]) for item in group])
            log.exception("a delivery cannot be told", connection=group[0].connection.short)
            await self._settle_aside(group[0].delivery, repr(error))
            return 0.0

    async def _read(self, delivery: StoredDelivery) -> _Said | None:
        """Return what the delivery says, or settle it and return None."""
        try:
            connection = await self._connections.get(delivery.connection)
            app = self._apps[connection.app]
            parsed = parse_delivery(delivery.headers, delivery.body)
            reading = Ignored("ping") if app.is_ping(parsed) else app.read(parsed)
        except (UnknownConnection, KeyError, NotJson, PayloadRejected) as error:
            await self._settle_aside(delivery, f"{type(error).__name__}: {error}")
            return None
        except Exception as error:
            log.exception("app cannot read a delivery", connection=connection.short)
            await self._settle_aside(delivery, repr(error))
            return None
        if isinstance(reading, Ignored):
            readings.labels(app.slug, "ignored").inc()
            done = self._deliveries.done(delivery.seq, reading.reason)
            await self._database.write(done, self._connections.called(connection.id))
            return None
        readings.labels(app.slug, "read").inc()
        return _Said(delivery, connection, app, reading)

    async def _settle_aside(self, delivery: StoredDelivery, why: str) -> None:
        readings.labels("?", "parked").inc()
        await self._database.write(self._deliveries.parked(delivery.seq, why))
        self._report(Trouble.DELIVERY, f"call {delivery.seq} of {delivery.connection}: {why}")

    async def _tell(self, group: Sequence[_Said]) -> float:
        """Say in the room what *group*, all of one case, tells; return seconds to wait, or 0."""
        first = group[0]
        case_id = first.reading.card.case if first.reading.card else ""
        known = await self._casebook.get(first.connection.id, case_id)
        if known and known.edited / 1000 + self._edit_gap > time.time():
            return known.edited / 1000 + self._edit_gap - time.time() + 0.01
        new, case = await self._take_together(group, known)
        crowded = await self._outbox.count_waiting(first.connection.room_id) >= self._digest_above
        rows = (
            self._digest(group, new, case)
            if crowded
            else [*self._posts(group, new), *self._card(group, new, known, case)]
        )
        changes: list[Change] = []
        if known and known.muted:
            rows = []
        if rows:
            changes.append(self._outbox.change(*rows))
        if case_id:
            shown = known.shown if crowded and known else _hash(case) if not crowded else ""
            changes.append(self._casebook.put(first.connection.id, case_id, case, known, shown))
        if new:
            changes.append(self._casebook.ledger(first.connection.id, case_id, new))
        changes += [self._deliveries.done(item.delivery.seq) for item in group]
        changes.append(self._connections.called(first.connection.id))
        await self._database.write(*changes)
        self._outbox.wake.set()
        return 0.0

    async def _take_together(
        self, group: Sequence[_Said], known: KnownCase | None
    ) -> tuple[list[Activity], Case]:
        """Return what happened that was not told before, and the case with all of it merged."""
        case = known.case if known else Case()
        first = group[0]
        case_id = first.reading.card.case if first.reading.card else ""
        keys = {item.key for said in group for item in said.reading.activities}
        told = set(await self._casebook.told(first.connection.id, case_id, keys))
        new: list[Activity] = []
        for said in group:
            fresh = [item for item in said.reading.activities if item.key not in told]
            told |= {item.key for item in fresh}
            new += fresh
            if said.reading.card:
                repeats = bool(said.reading.activities) and not fresh
                case = merge(
                    case, said.reading.card, received=said.delivery.received, repeats=repeats
                )
        return new, case

    def _posts(self, group: Sequence[_Said], new: Sequence[Activity]) -> list[Outgoing]:
        """Return a post for each thing that happened to no case."""
        titles = {
            item.key: said.reading.title
            for said in group
            if said.reading.card is None
            for item in said.reading.activities
        }
        first = group[0]
        return [
            Outgoing(
                key=f"post:{first.connection.id}:{item.key}",
                room_id=first.connection.room_id,
                content=cards.post_content(
                    item,
                    titles[item.key],
                    self._words,
                    app=first.app.slug,
                    app_name=first.app.name,
                ),
                ts=_backdated(item.at),
            )
            for item in new
            if item.key in titles
        ]

    def _card(
        self, group: Sequence[_Said], new: Sequence[Activity], known: KnownCase | None, case: Case
    ) -> list[Outgoing]:
        """Return the card or its edit, and the steps that are told in its thread."""
        first = group[0]
        if first.reading.card is None:
            return []
        connection, room_id = first.connection.id, first.connection.room_id
        case_id = first.reading.card.case
        root = f"card:{connection}:{case_id}"
        content = cards.card_content(
            app=first.app.slug,
            app_name=first.app.name,
            connection=first.connection.short,
            case_id=case_id,
            case=case,
            words=self._words,
        )
        content["org.parvis.root"] = root_mark(root)
        rows = []
        if known is None or not known.shown:
            rows.append(Outgoing(root, room_id, content, ts=_backdated(case.begun)))
        elif known.shown != _hash(case):
            key = f"edit:{connection}:{case_id}:{known.edits + 1}"
            rows.append(Outgoing(key, room_id, cards.edit_of(root, content)))
        ordered = sorted(new, key=lambda item: item.at or 0)
        for item in ordered:
            if item.importance is not Importance.QUIET:
                step = cards.step_content(item, root, self._words, app=first.app.slug)
                key = f"step:{connection}:{case_id}:{item.key}"
                rows.append(Outgoing(key, room_id, step, ts=_backdated(item.at)))
        return rows

    def _digest(
        self, group: Sequence[_Said], new: Sequence[Activity], case: Case
    ) -> list[Outgoing]:
        """Return posts that list what happened, as many as its length needs."""
        first = group[0]
        name = cards.one_line(case.title.value)
        lines = [
            (
                " — ".join(part for part in (name, cards.sentence(item, self._words)) if part),
                item.url,
            )
            for item in new
        ]
        rows: list[Outgoing] = []
        while lines:
            taken, size = 0, 0
            while taken < len(lines) and size < _DIGEST_BYTES:
                size += len(str(lines[taken]).encode())
                taken += 1
            content = cards.digest_content(lines[:taken], self._words, app=first.app.slug)
            key = f"digest:{first.connection.id}:{first.delivery.seq}:{len(rows)}"
            rows.append(Outgoing(key, first.connection.room_id, content))
            lines = lines[taken:]
        return rows


def _by_case(said: Sequence[_Said]) -> list[list[_Said]]:
    """Group by connection and case, keeping the order; what has no case stands alone."""
    groups: dict[tuple[str, str], list[_Said]] = {}
    for item in said:
        card = item.reading.card
        key = (item.connection.id, card.case if card else f"\0{item.delivery.seq}")
        groups.setdefault(key, []).append(item)
    return list(groups.values())


def _hash(case: Case) -> str:
    """Return what changes when the card looks different."""
    return hashlib.sha256(encode(without_times(case))).hexdigest()


def _backdated(at: int | None) -> int | None:
    """Return the time to send with, for what is older than an hour at its source."""
    return at if at and at < time.time() * 1000 - _BACKDATED_MS else None
