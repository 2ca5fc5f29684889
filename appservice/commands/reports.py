"""Tells admins in their direct conversation what had to be put aside.

    note(trouble) --> counted; after a moment, if this hour has no line yet --> one row per admin
                                                                                in one commit

The row's key names the trouble, the hour and the admin, so neither a restart nor a second burst says
more than a line an hour of one kind; what is not said now is counted into the next line. A report
that fails is in the log only.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from appservice.commands.requests import RequestStore
from appservice.errors import HomeserverError, RateLimited, Unreachable
from appservice.ids import RoomId, UserId
from appservice.languages import N_, Language, phrases
from appservice.outbox import Outbox
from appservice.outbox_rows import Outgoing
from appservice.relay import REPORT
from appservice.trouble import Trouble

_HOUR = 3600
_AGAIN = 60.0
_WORDS: Mapping[Trouble, tuple[str, str]] = {
    Trouble.EVENT: (
        N_("I could not take in {n} event and put it aside; everything else goes on."),
        N_("I could not take in {n} events and put them aside; everything else goes on."),
    ),
    Trouble.DELIVERY: (
        N_("I could not read {n} call of an app and put it aside; everything else goes on."),
        N_("I could not read {n} calls of apps and put them aside; everything else goes on."),
    ),
    Trouble.SOURCE: (
        N_("{n} source that feeds a group is gone and is asked no more."),
        N_("{n} sources that feed groups are gone and are asked no more."),
    ),
    Trouble.SEND: (
        N_("The message server refused {n} message of mine for good."),
        N_("The message server refused {n} messages of mine for good."),
    ),
    Trouble.MAILBOX: (
        N_(
            "The mailbox for letters refused me {n} time: correct `incoming_mail`, then start me "
            "again. `parvis check` tries it."
        ),
        N_(
            "The mailbox for letters refused me {n} times: correct `incoming_mail`, then start me "
            "again. `parvis check` tries it."
        ),
    ),
    Trouble.TOMBSTONE: (
        N_("Somebody closed {n} room of a group without me; I opened it again."),
        N_("Somebody closed {n} rooms of groups without me; I opened them again."),
    ),
}
_MORE = N_("The log says which and why; `status` shows how many there are in all.")

log = structlog.get_logger(__name__)


class Reports:
    """Counts troubles, and the task that tells of them. start() and close() frame its life."""

    def __init__(
        self,
        *,
        admins: Sequence[UserId],
        outbox: Outbox,
        requests: RequestStore,
        room_of: Callable[[UserId], Awaitable[RoomId]],
        default_language: Language,
        gather: float = 2.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """*room_of* finds an admin's direct room; a burst is gathered for *gather* seconds."""
        self._admins = tuple(admins)
        self._outbox = outbox
        self._requests = requests
        self._room_of = room_of
        self._default_language = default_language
        self._gather = gather
        self._clock = clock
        self._counts: Counter[Trouble] = Counter()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tell."""
        self._task = asyncio.create_task(self._tell_for_ever(), name="reports")

    async def close(self) -> None:
        """Stop; what was counted and not told stays in the log and in `status`."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def note(self, trouble: Trouble, line: str) -> None:
        """Count one trouble (a Report)."""
        log.error("put aside", kind=trouble.value, what=line)
        self._counts[trouble] += 1
        self._wake.set()

    async def _tell_for_ever(self) -> None:
        pause: float | None = None
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)
                await asyncio.sleep(self._gather)
            self._wake.clear()
            try:
                pause = await self._tell_what_is_due()
            except (HomeserverError, SQLAlchemyError, OSError) as error:
                log.warning("admins cannot be told now", error=str(error))
                pause = _AGAIN

    async def _tell_what_is_due(self) -> float | None:
        """Tell each kind whose hour has come; return the seconds until the next, if one waits."""
        waits = []
        for trouble, number in list(self._counts.items()):
            wait = await self._seconds_until_due(trouble)
            if wait > 0:
                waits.append(wait)
                continue
            await self._tell(trouble, number)
            self._counts[trouble] -= number
            if not self._counts[trouble]:
                del self._counts[trouble]
        return min(waits, default=None)

    async def _seconds_until_due(self, trouble: Trouble) -> float:
        """Return how long ago's hour still lasts, as the rows say, which outlive a restart."""
        now = self._clock()
        for admin in self._admins:
            for hour in (now // _HOUR, now // _HOUR - 1):
                row = await self._outbox.row(_key(trouble, hour, admin))
                if row and (left := row.created / 1000 + _HOUR - now) > 0:
                    return left
        return 0

    async def _tell(self, trouble: Trouble, number: int) -> None:
        rows = []
        for admin in self._admins:
            try:
                room_id = await self._room_of(admin)
            except (Unreachable, RateLimited):
                raise
            except HomeserverError as error:
                log.warning("an admin cannot be told", admin=admin, error=str(error))
                continue
            words = phrases(await self._requests.language_of(admin) or self._default_language)
            text = f"{words.plural(*_WORDS[trouble], number)} {words(_MORE)}"
            rows.append(
                Outgoing(
                    key=_key(trouble, self._clock() // _HOUR, admin),
                    room_id=room_id,
                    content={"msgtype": "m.notice", "body": text, "m.mentions": {}},
                )
            )
        if rows:
            await self._outbox.enqueue(*rows)


def _key(trouble: Trouble, hour: float, admin: UserId) -> str:
    return f"{REPORT}{trouble.value}:{int(hour)}:{admin}"
