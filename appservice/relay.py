"""Sends the outbox's rows: order kept within a lane, lanes beside each other.

    waiting rows --> lanes (identity, room) --> resolve `pending` --> PUT with the row's txn id
       200            sent
       429            the lane sleeps as long as it is told
       5xx, no answer the lane waits, longer each time, with the same txn id
       401            a person's row becomes a draft; the bot's waits and the log says so
       other 4xx      a person's row becomes a draft, the bot's is dead and reported

A txn id is unique across senders and installations: Synapse's cache key leaves the masqueraded
account out (matrix.md 1.6). Its mapping is forgotten after 24 hours, so an older doubtful row is
only repeated after the room was walked for our own echo.
"""

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import msgspec
import structlog

from appservice.account import Account
from appservice.errors import HomeserverError, RateLimited, TokenUnknown, Unreachable
from appservice.events import TXN_FIELD, RoomEvent
from appservice.ids import EventId, RoomId, UserId
from appservice.outbox import Outbox
from appservice.outbox_rows import BOT, Action, Echo, OutboxRow, RowState, pending
from appservice.sent_rows import SentRows
from appservice.trouble import Report, Trouble

_AT_ONCE = 8
_BATCH = 400
_LONGEST_WAIT = 300.0
_TXN_MEMORY_MS = 23 * 3600 * 1000
_PENDING = pending("")
_ROW_ID = re.compile(r"[0-9]{1,18}\Z")

REPORT = "report:"
"""Begins the keys of rows that tell admins of troubles; of these none is told, or there is no end."""

log = structlog.get_logger(__name__)


Watch: TypeAlias = Callable[[str, float, str], None]
"""Is told how a call ended ("sent", or the error's name), its seconds and the row's key."""


class Identities(Protocol):
    """Finds the account that a row's identity names."""

    async def account(self, identity: str) -> Account:
        """Return the account, or raise TokenUnknown if its session has ended."""


class _NotYet(Exception):
    """The row refers to one that is not sent."""


class _Never(Exception):
    """The row refers to one that will never be sent."""


@dataclass
class _Lane:
    """One identity in one room, and how long it has to wait."""

    task: asyncio.Task[None] | None = None
    failures: int = 0
    open_at: float = 0.0
    hurry: asyncio.Event = field(default_factory=asyncio.Event)
    noting: asyncio.Task[None] | None = None
    """Notes what the last row became, while the next is sent."""


class Relay:
    """The task that empties the outbox. start() and close() frame its life."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        bot: Account,
        people: Identities,
        instance: str,
        walk: Callable[[RoomId], Awaitable[None]],
        report: Report,
        watch: Watch = lambda _outcome, _seconds, _key: None,
    ) -> None:
        """*instance* makes txn ids unique; *walk* reads a room's timeline for our own echoes.

        *report* is told what the homeserver refused the bot; *watch*, how each call ended.
        """
        self._outbox = outbox
        self._bot = bot
        self._people = people
        self._instance = instance
        self._walk = walk
        self._report = report
        self._watch = watch
        self._lanes: dict[tuple[str, RoomId], _Lane] = {}
        self._sent = SentRows(outbox)
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send."""
        self._task = asyncio.create_task(self._send_for_ever(), name="relay")

    async def close(self) -> None:
        """Stop; calls under way are given up and repeated with the same txn id next time."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task]
        tasks += [self._task] if self._task else []
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    def hurry(self) -> None:
        """Have lanes that failed try again at once: the homeserver is back."""
        for lane in self._lanes.values():
            if lane.failures:
                lane.open_at = 0.0
                lane.hurry.set()

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Settle rows whose echo came back (a Subscriber of dispatch)."""
        echoes = [echo for event in events if (echo := self._echo(event))]
        news = [one for one in echoes if not await self._sent.has_noted(one.row_id, one.event_id)]
        if news:
            await self._outbox.settle_by_echo(news)

    def _echo(self, event: RoomEvent) -> Echo | None:
        # Anybody can write anything there, for example a number that no database holds.
        instance, _, row_id = event.content.text(TXN_FIELD).rpartition("-")
        if instance != self._instance or not _ROW_ID.match(row_id):
            return None
        owner = UserId("") if event.sender == self._bot.user_id else event.sender
        return Echo(int(row_id), event.room_id, owner, event.event_id)

    def _txn_id(self, row: OutboxRow) -> str:
        return f"{self._instance}-{row.id}"

    async def _send_for_ever(self) -> None:
        while True:
            self._outbox.wake.clear()
            try:
                await self._fill_lanes()
            except Exception:
                log.exception("outbox cannot be read")
                await asyncio.sleep(1)
                continue
            await self._outbox.wake.wait()

    async def _fill_lanes(self) -> None:
        """Set each lane going in which something waits and nothing is done yet."""
        for key in await self._outbox.lanes():
            lane = self._lanes.setdefault(key, _Lane())
            if lane.task is None:
                lane.task = asyncio.create_task(self._run_lane(key, lane), name="lane")

    async def _run_lane(self, key: tuple[str, RoomId], lane: _Lane) -> None:
        """Send the lane's rows until none waits."""
        try:
            while rows := await self._outbox.waiting_in_lane(*key, limit=_BATCH):
                try:
                    await self._send_rows(lane, rows)
                finally:
                    await _noted(lane)  # Before it is read again what waits.
        except Exception:
            log.exception("lane stopped", room=key[1])
            await asyncio.sleep(1)
        finally:
            del self._lanes[key]
            self._outbox.wake.set()

    async def _send_rows(self, lane: _Lane, rows: Sequence[OutboxRow]) -> None:
        """Send *rows* in order, until one has to wait."""
        for row in rows:
            await self._wait_for_turn(lane)
            async with self._slots:
                if not await self._send_row(lane, row):
                    return

    async def _wait_for_turn(self, lane: _Lane) -> None:
        due = lane.open_at - asyncio.get_running_loop().time()
        if due > 0:
            lane.hurry.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(lane.hurry.wait(), due)

    async def _send_row(self, lane: _Lane, row: OutboxRow) -> bool:
        """Try one row; True lets the lane go on to the next."""
        try:
            event_id = await self._carry_out_watched(row)
        except _NotYet:
            await self._hold(lane, row, 1.0, "waits for another row")
            return False
        except _Never:
            if await self._outbox.is_stale(row):
                return False  # It was taken back meanwhile, and is read anew.
            await self._refuse(row, "refers to what was never sent")
            return True
        except RateLimited as limit:
            await self._hold(lane, row, limit.retry_after, str(limit), counts=False)
            return False
        except TokenUnknown as error:
            return await self._token_lost(lane, row, error)
        except Unreachable as error:
            await self._hold(lane, row, _backoff(lane.failures), str(error))
            return False
        except HomeserverError as error:
            await self._refuse(row, str(error))
            return True
        lane.failures = 0
        await _noted(lane)
        lane.noting = self._sent.note(row.id, event_id)
        return True

    async def _carry_out_watched(self, row: OutboxRow) -> EventId:
        started = time.monotonic()
        try:
            event_id = await self._carry_out(row)
        except HomeserverError as error:
            self._watch(type(error).__name__, time.monotonic() - started, row.key)
            raise
        self._watch("sent", time.monotonic() - started, row.key)
        return event_id

    async def _carry_out(self, row: OutboxRow) -> EventId:
        account = self._bot if row.identity == BOT else await self._people.account(row.identity)
        target = await self._resolve(row.target)
        content = await self._resolved_content(row)
        if time.time() * 1000 - row.created > _TXN_MEMORY_MS:
            await self._walk(row.room_id)
            if event_id := await self._outbox.event_of(row.key):
                return event_id
        if row.action is Action.REDACT:
            reason = str(content.get("reason", ""))
            return await account.redact(
                row.room_id, target, txn_id=self._txn_id(row), reason=reason
            )
        if row.action is Action.STATE:
            return await account.send_state(
                row.room_id, row.event_type, content, state_key=row.state_key, ts=row.ts
            )
        content[TXN_FIELD] = self._txn_id(row)
        return await account.send(
            row.room_id, row.event_type, content, txn_id=self._txn_id(row), ts=row.ts
        )

    async def _resolved_content(self, row: OutboxRow) -> dict[str, Any]:
        content: dict[str, Any] = msgspec.json.decode(row.content)
        relates = content.get("m.relates_to")
        if isinstance(relates, dict):
            for holder in (relates, relates.get("m.in_reply_to")):
                if isinstance(holder, dict) and "event_id" in holder:
                    holder["event_id"] = await self._resolve(EventId(holder["event_id"]))
        return content

    async def _resolve(self, event_id: EventId) -> EventId:
        if not event_id.startswith(_PENDING):
            return event_id
        row = await self._outbox.row(event_id.removeprefix(_PENDING))
        if row is None or row.state in {RowState.DEAD, RowState.DRAFT}:
            raise _Never
        became = row.event_id or self._sent.event_of(row.id)
        if became is None:
            raise _NotYet
        return became

    async def _token_lost(self, lane: _Lane, row: OutboxRow, error: TokenUnknown) -> bool:
        if row.identity == BOT:
            log.error("the homeserver does not know the as_token; run `parvis check`")
            await self._hold(lane, row, _backoff(lane.failures), str(error))
            return False
        await self._refuse(row, "signed out")
        return True

    async def _refuse(self, row: OutboxRow, why: str) -> None:
        state = RowState.DEAD if row.identity == BOT else RowState.DRAFT
        # Not its key: that may hold the address of a connection, which is a secret.
        log.warning("not sent", row=row.id, room=row.room_id, why=why, state=state)
        await self._outbox.mark_refused(row.id, state, why)
        if state is RowState.DEAD and not row.key.startswith(REPORT):
            self._report(Trouble.SEND, f"row {row.id} in {row.room_id}: {why}")

    async def _hold(
        self, lane: _Lane, row: OutboxRow, seconds: float, why: str, *, counts: bool = True
    ) -> None:
        lane.failures += counts
        lane.open_at = asyncio.get_running_loop().time() + seconds
        log.info("lane waits", room=row.room_id, seconds=round(seconds, 2), why=why)


async def _noted(lane: _Lane) -> None:
    """Wait until it is noted what the last row of a lane became."""
    if lane.noting:
        noting, lane.noting = lane.noting, None
        await noting


def _backoff(failures: int) -> float:
    """Return the seconds to wait: doubling from a quarter, capped, spread by half."""
    longest = min(0.25 * 2.0 ** min(failures, 20), _LONGEST_WAIT)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing
