"""Carries wishes out: those of one connection in order, connections side by side.

due row --> sending (committed) --> calls --> sent | refused | later | doubt
doubt --> the source lists its newest comments --> ours among them? sent : waiting again
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import assert_never

import structlog

from appservice.errors import UnknownConnection
from appservice.languages import N_, Phrases
from appservice.outbox import Outbox
from bridges.acting.accounts import Accounts
from bridges.acting.calling import Caller, Doubt, End, Later, carry_out
from bridges.acting.echoes import is_same
from bridges.acting.telling import failure, perhaps, success
from bridges.acting.tray import ActionTray, ActState, Kind, Row
from bridges.actions import (
    Account,
    Act,
    Actions,
    Done,
    Missed,
    Refusal,
    Remarks,
    Task,
    Webhook,
    Who,
)
from bridges.base import App
from bridges.casebook import Casebook
from bridges.connection import Connection, Connections, ConnectionState

_LONGEST_PAUSE = 300.0
_SKEW_MS = 120_000
"""By how much the clock of a source may be behind ours."""
_ONCE = (Kind.COMMENT, Kind.CREATE)
_NO_ACCOUNT = Refusal(N_("No account is set up there."))
_TOO_LATE = Refusal(N_("It did not answer for a day."))

log = structlog.get_logger(__name__)


class Carrier:
    """The task that empties the tray."""

    def __init__(  # noqa: PLR0913 - everything that is asked and told on the way
        self,
        *,
        apps: Mapping[str, App],
        connections: Connections,
        accounts: Accounts,
        casebook: Casebook,
        tray: ActionTray,
        outbox: Outbox,
        caller: Caller,
        words: Phrases,
        pages_url: str,
        answered: Callable[[], None],
        pause: float = 2.0,
    ) -> None:
        """*answered* is told when a source answered; *pause*: seconds before the first repetition."""
        self._apps = apps
        self._connections = connections
        self._accounts = accounts
        self._casebook = casebook
        self._tray = tray
        self._outbox = outbox
        self._caller = caller
        self._words = words
        self._pages_url = pages_url.rstrip("/")
        self._answered = answered
        self._pause = pause
        self._wake = asyncio.Event()
        self._lanes: dict[str, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Tell that something lies in the tray."""
        self._wake.set()

    async def carry_for_ever(self) -> None:
        """Carry out what lies in the tray; begin with what was under way when we ended."""
        await self._tray.doubt()
        try:
            while True:
                self._wake.clear()
                pause = await self._start_lanes()
                try:
                    await asyncio.wait_for(self._wake.wait(), pause)
                except TimeoutError:
                    continue
        finally:
            for task in self._lanes.values():
                task.cancel()
            await asyncio.gather(*self._lanes.values(), return_exceptions=True)
            self._lanes.clear()

    async def _start_lanes(self) -> float | None:
        """Begin with the first row of each connection, if it is due; return how long to wait."""
        now, pauses = int(time.time() * 1000), list[float]()
        for row in await self._tray.first():
            lane = row.wanted.connection
            if lane in self._lanes:
                continue
            if row.due > now:
                pauses.append((row.due - now) / 1000 + 0.01)
                continue
            task = asyncio.create_task(self._work(row), name="acting")
            self._lanes[lane] = task
            task.add_done_callback(lambda _, lane=lane: self._ended(lane))  # type: ignore[misc]
        return min(pauses, default=None)

    def _ended(self, lane: str) -> None:
        del self._lanes[lane]
        self._wake.set()

    async def _work(self, row: Row) -> None:
        try:
            await self._carry(row)
        except Exception:
            log.exception("a wish cannot be carried out", kind=row.wanted.kind)
            await self._tray.put_off(row.wanted.key, ActState.DOUBT, due=self._due(row, 0))
        finally:
            self._answered()

    async def _carry(self, row: Row) -> None:
        place = await self._place(row)
        if isinstance(place, Refusal):
            await self._refuse(row, place, "")
            return
        connection, app, account = place
        task = await self._task(row, connection, account)
        if row.state is ActState.DOUBT:
            await self._clear_up(row, app, task)
        elif await self._tray.hand(row.wanted.key):
            await self._end(row, app, await self._done(row, app, task))

    async def _done(self, row: Row, app: App, task: Task) -> End:
        assert app.actions  # noqa: S101 - _place looked
        act = _act(app.actions, row.wanted.kind)
        if act is None:
            return Refusal(N_("{app} lets nobody do that to a comment."), {"app": app.name})
        if row.wanted.kind in {Kind.EDIT, Kind.DELETE} and not task.remote:
            return Done()  # There is nothing of it at the source.
        return await carry_out(self._caller, task.account, act(task))

    async def _clear_up(self, row: Row, app: App, task: Task) -> None:
        """Find out whether the source has it: what only sets a value is simply done again."""
        wanted = row.wanted
        if wanted.kind not in _ONCE:
            await self._tray.put_off(wanted.key, ActState.WAITING, due=0)
            return
        if wanted.kind is Kind.CREATE:
            await self._perhaps(row, app)
            return
        assert app.actions  # noqa: S101 - _place looked
        listed = await carry_out(self._caller, task.account, app.actions.comments(task))
        if not isinstance(listed, Remarks):
            if isinstance(listed, Refusal) or time.time() * 1000 > row.until:
                await self._perhaps(row, app)
            else:
                await self._later(row, ActState.DOUBT, listed)
            return
        known = await self._tray.known_remotes((wanted.connection, wanted.case_id))
        ours = (
            one
            for one in listed.those
            if one.id not in known
            and is_same(one.text, row)
            and (one.at is None or one.at >= row.begun - _SKEW_MS)
        )
        found = next(ours, None)
        if found:
            await self._succeed(row, Done(found.id))
        else:
            await self._tray.put_off(wanted.key, ActState.WAITING, due=0)

    async def _end(self, row: Row, app: App, end: End) -> None:
        if await self._tray.row(row.wanted.key) is None:
            return  # Its case was forgotten meanwhile: nothing more is said of it.
        match end:
            case Done():
                await self._succeed(row, end)
            case Refusal():
                await self._refuse(row, end, app.name)
            case Doubt():
                await self._later(row, ActState.DOUBT, end)
            case Later() if time.time() * 1000 > row.until:
                await self._refuse(row, _TOO_LATE, app.name)
            case Later():
                await self._later(row, ActState.WAITING, end)
            case Who() | Remarks() | Missed() | Webhook():
                raise TypeError(f"an action ended with {type(end).__name__}")
            case _:
                assert_never(end)

    async def _succeed(self, row: Row, done: Done) -> None:
        wanted = row.wanted
        sign = success(wanted)
        told = [self._outbox.change(sign)] if sign else []
        await self._tray.settle(wanted.key, ActState.SENT, *told, remote=done.remote)
        self._outbox.wake.set()

    async def _refuse(self, row: Row, why: Refusal, app: str) -> None:
        wanted = row.wanted
        page = await self._page(wanted.connection)
        told = failure(wanted, why, app or "?", page, self._words)
        await self._tray.settle(wanted.key, ActState.REFUSED, self._outbox.change(told))
        self._outbox.wake.set()

    async def _perhaps(self, row: Row, app: App) -> None:
        told = self._outbox.change(perhaps(row.wanted, app.name, self._words))
        await self._tray.settle(row.wanted.key, ActState.PERHAPS, told)
        self._outbox.wake.set()

    async def _later(self, row: Row, state: ActState, end: End) -> None:
        seconds = end.seconds if isinstance(end, Later) else 0.0
        await self._tray.put_off(row.wanted.key, state, due=self._due(row, seconds))

    def _due(self, row: Row, seconds: float) -> int:
        usual = min(self._pause * 2 ** min(row.tries, 10), _LONGEST_PAUSE)
        return int((time.time() + max(seconds, usual)) * 1000)

    async def _place(self, row: Row) -> "tuple[Connection, App, Account] | Refusal":
        try:
            connection = await self._connections.get(row.wanted.connection)
        except UnknownConnection:
            return _NO_ACCOUNT
        app, kept = self._apps.get(connection.app), await self._accounts.of(connection.id)
        if app is None or app.actions is None or kept is None:
            return _NO_ACCOUNT
        if connection.state is ConnectionState.REMOVED:
            return Refusal(N_("The connection was removed."))
        return connection, app, kept.account

    async def _page(self, identifier: str) -> str:
        try:
            connection = await self._connections.get(identifier)
        except UnknownConnection:
            return ""
        return f"{self._pages_url}/connections/{connection.page}"

    async def _task(self, row: Row, connection: Connection, account: Account) -> Task:
        wanted = row.wanted
        key = (wanted.connection, wanted.case_id)
        known = (await self._casebook.known([key])).get(key)
        target = await self._tray.row(wanted.target) if wanted.target else None
        since = (row.begun or int(time.time() * 1000)) - _SKEW_MS
        return Task(
            account=account,
            case=wanted.case_id,
            number=known.case.number if known else "",
            url=known.case.url.value if known else "",
            words=wanted.words,
            author=wanted.author,
            mark=(target.wanted if target else wanted).mark,
            since=datetime.fromtimestamp(since / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            remote=target.remote if target else "",
            public=connection.options.public_replies,
        )


def _act(actions: Actions, kind: Kind) -> Act | None:
    return {
        Kind.COMMENT: actions.comment,
        Kind.CLOSE: actions.close,
        Kind.ASSIGN: actions.assign,
        Kind.CREATE: actions.create,
        Kind.EDIT: actions.edit,
        Kind.DELETE: actions.delete,
    }[kind]
