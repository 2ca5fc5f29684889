"""Reads one mailbox for ever: what is new in it is taken in, then marked as read.

    IDLE --> letters from the bookmark on --> COMMIT each --> COMMIT bookmark --> mark

Killed in between, a letter is read again, and known again. Nothing is ever deleted.
"""

import asyncio
import re
from collections.abc import Collection

import structlog
from sqlalchemy.exc import SQLAlchemyError

from appservice.errors import ConfigError
from appservice.trouble import Report, Trouble
from bridges.connection import ConnectionState
from bridges.letterbox.addresses import Addresses
from bridges.letterbox.intake import Intake, letters
from bridges.letterbox.line import Line, MailboxAway, MailboxRefused, open_line
from bridges.letterbox.settings import MailboxSettings
from bridges.letterbox.store import Bookmark

_SOON, _LOOK_AGAIN = 2.0, 15 * 60.0
"""Seconds: some servers forget to tell of what comes just before the waiting begins, and letters come
in company; so one looks again soon after something came, then more and more rarely. What waited for
a paused connection is looked at again then, too."""
_PAUSE, _LONGEST_PAUSE = 1.0, 300.0
_RECIPIENTS = re.compile(
    rb"(?im)^(?:delivered-to|x-original-to|envelope-to|x-envelope-to|to|cc|resent-to):"
    rb"((?:[^\r\n]|\r?\n[ \t]){0,20000})"
)
_RETURN_PATH = re.compile(rb"(?im)^return-path:\s*<([^<>\r\n]{0,320})>")
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")

log = structlog.get_logger(__name__)


class MailboxReader:
    """The task that reads."""

    def __init__(
        self,
        *,
        settings: MailboxSettings,
        bookmark: Bookmark,
        addresses: Addresses,
        intake: Intake,
        report: Report,
        largest: int,
    ) -> None:
        """*largest* is the bytes of a letter that is taken."""
        self._settings = settings
        self._bookmark = bookmark
        self._addresses = addresses
        self._intake = intake
        self._report = report
        self._largest = largest
        self._pause = _PAUSE
        self._was_refused = False
        self._held: set[int] = set()
        """Letters to connections that are paused."""

    async def read_for_ever(self) -> None:
        """Read, and begin again after whatever breaks, after longer and longer pauses."""
        while True:
            try:
                async with open_line(self._settings) as line:
                    await self._read(line)
            except MailboxRefused as error:
                self._tell_refused(str(error))
                self._pause = _LONGEST_PAUSE
            except (MailboxAway, SQLAlchemyError, OSError, ConfigError) as error:
                log.warning("the mailbox cannot be read", error=str(error) or repr(error))
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    def _tell_refused(self, why: str) -> None:
        if not self._was_refused:
            self._was_refused = True
            self._report(Trouble.MAILBOX, f"{self._settings.host} refuses: {why}")

    async def _read(self, line: Line) -> None:
        """Take in what is missing, then what comes, until the line breaks."""
        self._held = set(await line.unseen())
        patience = _SOON
        while True:
            came = await self._catch_up(line)
            self._pause, self._was_refused = _PAUSE, False
            patience = _SOON if came else min(patience * 2, _LOOK_AGAIN)
            await line.wait(patience)

    async def _catch_up(self, line: Line) -> bool:
        """Take in what is held back and what is new until a search finds nothing; tell of the new."""
        await self._take_all(line, self._held, held=True)
        first = begin = await self._bookmark.next_uid(line.validity)
        while new := await line.since(begin):
            await self._take_all(line, new)
            begin = new[-1] + 1
        return begin > first

    async def _take_all(self, line: Line, uids: Collection[int], *, held: bool = False) -> None:
        for uid in sorted(uids):
            done = await self._take_in(line, uid)
            if not held:
                await self._bookmark.put(line.validity, uid + 1)
            self._held.discard(uid)
            if done:
                await line.mark(uid)
            else:
                self._held.add(uid)

    async def _take_in(self, line: Line, uid: int) -> bool:
        """Commit a letter; tell whether it is done with."""
        size = await line.size(uid)
        if size is None or size > self._largest:
            letters.labels("imap", "gone" if size is None else "too large").inc()
            log.warning("a letter in the mailbox is not taken in", uid=uid, bytes=size)
            return True
        raw = await line.letter(uid)
        head = _head(raw)
        done = True
        for token in self._addresses.tokens_in(_recipients(head)):
            connection = await self._addresses.find(token)
            if connection is None:
                letters.labels("imap", "unknown").inc()
            elif connection.state is ConnectionState.PAUSED:
                done = False
            else:
                await self._intake.take_in(connection, raw, return_path=_return_path(head))
                letters.labels("imap", "taken").inc()
        return done


def _head(raw: bytes) -> bytes:
    end = _END_OF_HEADERS.search(raw)
    return raw[: end.start()] if end else raw


def _recipients(head: bytes) -> str:
    """Return what the headers say of whom the letter was brought to."""
    return " ".join(found.decode("latin-1") for found in _RECIPIENTS.findall(head))


def _return_path(head: bytes) -> str | None:
    found = _RETURN_PATH.search(head)
    return found[1].decode("latin-1") if found else None
