"""Asks sources for what happened while their calls did not reach us, and takes it in like calls.

    at start, daily, after a pause --> app: how to ask --> source --> deliveries + until, one commit

The last time up to which all was taken in is kept. What came by itself meanwhile is known by its id,
so a crash anywhere asks again and doubles nothing.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa
import structlog
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from appservice.database import Change, Database, upsert
from appservice.errors import PayloadRejected
from appservice.payload import Payload
from bridges.acting.accounts import Accounts
from bridges.acting.calling import Caller, End, carry_out
from bridges.actions import Missed, Refusal
from bridges.base import App, Delivery
from bridges.connection import Connection, Connections, ConnectionState
from bridges.deliveries import Deliveries
from bridges.gaps import gap_of
from bridges.reader import MANY
from bridges.store import catch_ups_table

_DAY_MS = 24 * 3600 * 1000
_OVERLAP_MS = 10 * 60 * 1000
"""Sources list what happened some time after it did."""
_FARTHEST_MS = 7 * _DAY_MS
"""What is older is no news; the ids of calls are kept for longer than that."""
_MOST_CALLS = 60
_LUMP_ABOVE = 20
"""So many missed calls are told by digests."""

log = structlog.get_logger(__name__)

caught_up = Counter("parvis_catch_ups_total", "Sources asked for missed calls", ["app", "outcome"])


@dataclass(frozen=True)
class _Body:
    """What is taken in as one call."""

    id: str
    raw: bytes


@dataclass(frozen=True)
class Denial:
    """A source does not let an account ask for what was missed, or it was too much; *name* tells this
    from others for all time.
    """

    refusal: Refusal
    name: str


class CatchingUp:
    """Looks after connections whose app says how to ask for what was missed."""

    def __init__(  # noqa: PLR0913 - what is asked, kept and told
        self,
        *,
        apps: Mapping[str, App],
        database: Database,
        connections: Connections,
        deliveries: Deliveries,
        accounts: Accounts,
        caller: Caller,
        wake: Callable[[], None],
        denied: Callable[[], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """*wake* tells the pipeline that there is work; *denied* that there is a new denial; *clock* is
        seconds since 1970.
        """
        self._apps = {slug: app for slug, app in apps.items() if app.actions and app.actions.missed}
        self._database = database
        self._connections = connections
        self._deliveries = deliveries
        self._accounts = accounts
        self._caller = caller
        self._wake = wake
        self._clock = clock
        self._asked: dict[str, int] = {}
        """When connections were asked since we began that have been open to calls since."""
        self.denials: dict[str, Denial] = {}
        """Where that was denied at the last asking, by connection."""
        self._denied = denied

    async def look_for_ever(self, *, every: float) -> None:
        """Look now, and again *every* so many seconds."""
        while True:
            try:
                await self.look()
            except (SQLAlchemyError, OSError) as error:
                log.warning("missed calls cannot be looked for now", error=str(error))
            await asyncio.sleep(every)

    async def look(self) -> None:
        """Ask each source that is due."""
        for connection in await self._connections.all():
            if connection.app not in self._apps:
                continue
            if connection.state is not ConnectionState.ACTIVE:
                self._asked.pop(connection.id, None)
            elif self._now() - self._asked.get(connection.id, 0) >= _DAY_MS:
                await self._ask(connection, self._apps[connection.app])

    async def _ask(self, connection: Connection, app: App) -> None:
        kept = await self._accounts.of(connection.id)
        if kept is None or app.actions is None or app.actions.missed is None:
            return
        now = self._now()
        until = await self._until(connection.id)
        since = until - _OVERLAP_MS if until else kept.given
        begin = _iso(max(since, now - _FARTHEST_MS))
        gap = await gap_of(connection, kept, self._deliveries, since=begin)
        if gap is None:
            return
        first = app.actions.missed(gap)
        end = await carry_out(self._caller, kept.account, first, most=_MOST_CALLS)
        if isinstance(end, Refusal) or (isinstance(end, Missed) and not end.more):
            self._asked[connection.id] = now
        self._note_denial(connection, end, account=kept.given)
        if not isinstance(end, Missed):
            caught_up.labels(app.slug, "failed").inc()
            log.info("a source does not say what was missed", connection=connection.short, why=end)
            return
        await self._take_in(connection, app, end, now)

    def _note_denial(self, connection: Connection, end: End, *, account: int) -> None:
        """Note what the owners are to be told: once for an account, and for each time too much."""
        self.denials.pop(connection.id, None)
        if isinstance(end, Refusal) and end.denied:
            self.denials[connection.id] = Denial(end, str(account))
        elif isinstance(end, Missed) and end.left_out:
            self.denials[connection.id] = Denial(end.left_out, str(self._now()))
        if connection.id in self.denials:
            self._denied()

    async def _take_in(self, connection: Connection, app: App, missed: Missed, now: int) -> None:
        bodies = [_body(app, body) for body in missed.bodies]
        named = {one.id: one for one in bodies if one.id}
        known = await self._deliveries.known(connection.id, list(named))
        new = [one for name, one in named.items() if name not in known]
        headers = {MANY: str(len(new))} if len(new) > _LUMP_ABOVE else {}
        taken = [self._deliveries.taken(connection.id, one.id, headers, one.raw) for one in new]
        if not missed.more:
            taken.append(Change(_note, ({"connection": connection.id, "until": now},)))
        if taken:
            await self._database.write(*taken)
        caught_up.labels(app.slug, "found" if new else "nothing").inc()
        if new:
            log.info("missed calls were fetched", connection=connection.short, calls=len(new))
            self._wake()

    async def _until(self, connection: str) -> int:
        rows = await self._database.read(_until_of, {"wanted": connection})
        return int(rows[0].until) if rows else 0

    def _now(self) -> int:
        return int(self._clock() * 1000)


def forgetting(connection: str) -> Change:
    """Return the change that forgets a connection's time, for whatever ends it."""
    return Change(_forget, ({"wanted": connection},))


def _body(app: App, body: Mapping[str, object]) -> _Body:
    """Return what is stored of one; without an id nobody could tell whether it is known."""
    try:
        identifier = app.delivery_id(Delivery({}, Payload(body)))
    except PayloadRejected:
        identifier = ""
    return _Body(identifier, msgspec.json.encode(body))


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_until_of = sa.select(catch_ups_table.c.until).where(
    catch_ups_table.c.connection == sa.bindparam("wanted")
)
_note = upsert(catch_ups_table, "connection")
_forget = sa.delete(catch_ups_table).where(catch_ups_table.c.connection == sa.bindparam("wanted"))
