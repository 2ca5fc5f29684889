"""Forgets a case that should never have been told: in its room, in our tables, and for the time to come.

    command --> mark, case and ledger deleted, redactions of all that was said      one commit
    then, also after a crash: its files --> deleted, where we may
                              what else the bot said in its threads --> redacted
                              stored calls about it --> emptied

The mark alone stays: what comes later is counted, and not told. With it stays that of the request: cut
off before it was answered it is made again, and nobody knows the case any more.
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from appservice.account import Account
from appservice.database import Change, Database, insert_new
from appservice.errors import (
    Forbidden,
    HomeserverError,
    NotFound,
    PayloadRejected,
    RateLimited,
    UnknownConnection,
    Unreachable,
)
from appservice.ids import EventId
from appservice.outbox import Outbox
from appservice.outbox_rows import OutboxRow, RowState
from appservice.payload import NotJson, Payload
from appservice.taking_back import new_name, redaction, taking_back, unsent_below
from bridges.acting.tray import ActionTray
from bridges.base import App
from bridges.casebook import Casebook, CaseKey
from bridges.connection import Connection, Connections
from bridges.deliveries import Deliveries, StoredDelivery
from bridges.mapping.failures import MappingFailed
from bridges.mapping.mapper import Mapper
from bridges.pipeline import Pipeline
from bridges.reader import mapped
from bridges.readings import Ignored
from bridges.row_keys import digest_key, may_have_thread, root_key, root_mark
from bridges.store import forgotten_table, storable_id

DeleteFile: TypeAlias = Callable[[str], Awaitable[None]]
"""Deletes an uploaded file, by its address (``mxc://…``), from the homeserver; raises HomeserverError."""

_CALLS_AT_ONCE = 20
_SOON, _LATE = 2.0, 300.0

log = structlog.get_logger(__name__)


class Forgetting:
    """Forgets cases; the task that does the rest is still to be started."""

    def __init__(  # noqa: PLR0913 - everything that may know of a case
        self,
        *,
        apps: Mapping[str, App],
        database: Database,
        connections: Connections,
        deliveries: Deliveries,
        casebook: Casebook,
        tray: ActionTray,
        outbox: Outbox,
        bot: Account,
        mapper: Mapper,
        pipeline: Pipeline,
        delete_file: DeleteFile | None = None,
    ) -> None:
        """Without *delete_file* uploaded files stay on the homeserver's disk, with nothing that leads there."""
        self._apps = apps
        self._database = database
        self._connections = connections
        self._deliveries = deliveries
        self._casebook = casebook
        self._tray = tray
        self._outbox = outbox
        self._bot = bot
        self._mapper = mapper
        self._pipeline = pipeline
        self._delete_file = delete_file
        self._wake = asyncio.Event()
        self._emptied: set[str] = set()
        """The marks of unfinished cases whose calls are let go of; calls that come later are not kept."""

    async def done_before(self, asked: str) -> int | None:
        """Return how many messages request *asked* took back, None if it has forgotten nothing."""
        rows = await self._database.read(_by_request, {"of": _request_mark(asked)})
        return rows[0].messages if rows else None

    async def forget(self, case: CaseKey, *, asked: str) -> int:
        """Forget a case for good, and return how many messages are taken back; *asked* names the
        request for all time.

        It is decided when this returns; all of it is done soon, whatever happens meanwhile.
        """
        async with self._pipeline.quiet:  # What is being told now would be told behind our back.
            rows = await self._outbox.rows(await self._said(case))
            below = await unsent_below(self._database, rows)
            rows = [*rows, *await self._outbox.rows(sorted(set(below) - {row.key for row in rows}))]
            changes, redactions = taking_back(rows)
            mark = {
                "mark": root_mark(root_key(*case)),
                "connection": case[0],
                "case_id": case[1],
                "roots": msgspec.json.encode(
                    [new_name(row) for row in rows if may_have_thread(row.key)]
                ).decode(),
                "files": msgspec.json.encode(
                    [uri for row in rows if (uri := _file_of(_content_of(row)))]
                ).decode(),
                "asked": _request_mark(asked),
                "messages": len(redactions),
            }
            await self._database.write(
                Change(_begin, (mark,)),
                *self._casebook.forgetting(case),
                self._tray.forgetting(case),
                *changes,
            )
        self._outbox.wake.set()
        self._wake.set()
        return len(redactions)

    async def finish_for_ever(self) -> None:
        """Do the rest of what was forgotten, now and whenever something is; soon again what cannot
        be done yet.
        """
        pause = _SOON
        while True:
            self._wake.clear()
            try:
                left = await self._finish_all()
            except (SQLAlchemyError, OSError) as error:
                log.info("a case cannot be forgotten wholly now", error=str(error))
                left = True
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause if left else None)
            pause = min(2 * pause, _LATE) if left and not self._wake.is_set() else _SOON

    async def _finish_all(self) -> bool:
        """Finish what can be; tell whether something is left."""
        left, unfinished = False, await self._database.read(_unfinished)
        await self._empty_calls(row for row in unfinished if row.mark not in self._emptied)
        self._emptied = {row.mark for row in unfinished}
        for row in unfinished:
            try:
                done = await self._finish(row)
            except HomeserverError as error:
                log.info("a case cannot be forgotten wholly now", error=str(error))
                done = False
            left |= not done
        return left

    async def _finish(self, row: sa.Row[Any]) -> bool:
        """Take back what is left of one case in its room; tell whether all is done."""
        await self._delete_files(msgspec.json.decode(row.files, type=list[str]))
        roots = await self._outbox.rows(msgspec.json.decode(row.roots, type=list[str]))
        for root in roots:
            with suppress(Forbidden, NotFound):  # We are not in that room any more.
                await self._redact_thread(root)
        if any(root.state is RowState.WAITING for root in roots):
            return False  # What it will become is not known yet.
        await self._database.write(Change(_end, ({"which": row.mark},)))
        return True

    async def _said(self, case: CaseKey) -> Sequence[str]:
        """Return the outbox keys of all that was said about a case."""
        keys = list(await self._casebook.said(case))
        for digest in await self._casebook.digests(case):
            number = 0
            while await self._outbox.row(key := digest_key(case[0], digest, number)):
                keys.append(key)
                number += 1
        return keys

    async def _redact_thread(self, root: OutboxRow) -> None:
        """Take back what the bot said below a card beside its steps: files of letters, answers."""
        if root.event_id is None:
            return
        start = ""
        while True:
            page = await self._bot.thread(root.room_id, root.event_id, start=start)
            ours = [one for one in page.events if one.sender == self._bot.user_id]
            standing = [one for one in ours if not one.redacted]
            # An event that is redacted does not say any more what its file was.
            await self._delete_files(filter(None, (_file_of(one.content) for one in standing)))
            if standing:
                every = (redaction(root.room_id, EventId(one.event_id)) for one in standing)
                await self._outbox.enqueue(*every)
            if not page.end:
                return
            start = page.end

    async def _delete_files(self, uris: Iterable[str]) -> None:
        if self._delete_file is None:
            return
        for uri in uris:
            try:
                await self._delete_file(uri)
            except (Unreachable, RateLimited):
                raise
            except HomeserverError as error:
                # The right that was lent is none, or none any more: what is said must go all the same.
                log.warning("the homeserver deletes no file for us", error=str(error))
                return

    async def _empty_calls(self, rows: Iterable[sa.Row[Any]]) -> None:
        """Let go of the bodies of stored calls about cases; of one that waits nothing is told.

        The calls of a connection are read once, for all of its cases.
        """
        cases: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            cases[row.connection].add(row.case_id)
        for identifier, wanted in cases.items():
            with suppress(UnknownConnection):
                connection = await self._connections.get(identifier)
                if app := self._apps.get(connection.app):
                    await self._empty_calls_of(connection, app, wanted)

    async def _empty_calls_of(
        self, connection: Connection, app: App, wanted: Collection[str]
    ) -> None:
        kept = await self._deliveries.kept(connection.id)
        for start in range(0, len(kept), _CALLS_AT_ONCE):
            calls = await self._deliveries.those(kept[start : start + _CALLS_AT_ONCE])
            about = [one for one in calls if await self._case_of(one, connection, app) in wanted]
            if about:
                await self._database.write(
                    *(change for one in about for change in self._deliveries.forgotten(one.seq))
                )

    async def _case_of(self, call: StoredDelivery, connection: Connection, app: App) -> str:
        """Return which case a call is about, as it is stored; empty for none."""
        try:
            reading = await mapped(
                self._mapper, app, connection.options.mapping, call.headers, call.body
            )
        except (MappingFailed, NotJson, PayloadRejected):
            return ""
        except Exception as error:  # noqa: BLE001 - an app's fault; its call was put aside already
            log.info("a stored call cannot be read", call=call.seq, error=repr(error))
            return ""
        card = None if isinstance(reading, Ignored) else reading.card
        return storable_id(card.case) if card else ""


def _content_of(row: OutboxRow) -> Payload:
    return Payload.parse(row.content or b"{}")


def _file_of(content: Payload) -> str:
    """Return the address of the file that a message shows, or an empty text."""
    uri = content.text("url")
    return uri if uri.startswith("mxc://") else ""


def _request_mark(asked: str) -> str:
    return hashlib.sha256(f"forget:{asked}".encode()).hexdigest()[:32]


_begin = insert_new(forgotten_table)
_by_request = sa.select(forgotten_table.c.messages).where(
    forgotten_table.c.asked == sa.bindparam("of")
)
_unfinished = sa.select(forgotten_table).where(forgotten_table.c.case_id != "")
_end = (
    sa.update(forgotten_table)
    .where(forgotten_table.c.mark == sa.bindparam("which"))
    .values(case_id="", connection="", roots="[]", files="[]")
)
