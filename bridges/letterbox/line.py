"""The line to a mailbox: the few words of IMAP that are needed, with errors instead of answers.

Source: RFC 9051 (IMAP4rev2), RFC 2177 (IDLE).
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import aioimaplib
from aioimaplib import IMAP4, Command, Response

from appservice.errors import ParvisError
from bridges.letterbox.settings import LineSecurity, MailboxSettings

T = TypeVar("T")

_TIMEOUT = 60.0
_SHORT = 10.0
_VALIDITY = re.compile(rb"\[UIDVALIDITY (\d{1,10})\]", re.IGNORECASE)
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,15})", re.IGNORECASE)
_BREAKS = (OSError, TimeoutError, ssl.SSLError, aioimaplib.AioImapException, EOFError)


class MailboxAway(ParvisError):
    """The mailbox cannot be used now; it may later."""


class MailboxRefused(ParvisError):
    """The mailbox does not let us in with these settings."""


class Line:
    """A mailbox that is open; whatever breaks is MailboxAway."""

    def __init__(self, client: IMAP4, lost: asyncio.Event, *, validity: int) -> None:
        self._client = client
        self._lost = lost
        self._stale = False
        """Whether letters came so late that the last search may have gone by them."""
        self.validity = validity

    async def since(self, uid: int) -> Sequence[int]:
        """Return the numbers of all letters from *uid* on, in order."""
        # ``n:*`` names the last letter also where its number is smaller.
        return [found for found in await self._search(f"UID {uid}:*") if found >= uid]

    async def unseen(self) -> Sequence[int]:
        """Return the numbers of the letters that are not marked as read, in order."""
        return await self._search("UNSEEN")

    async def size(self, uid: int) -> int | None:
        """Return the bytes of a letter; None where it is gone."""
        answer = await self._ask("fetch", str(uid), "(RFC822.SIZE)")
        found = next((m for line in answer.lines if (m := _SIZE.search(bytes(line)))), None)
        return int(found[1]) if found else None

    async def letter(self, uid: int) -> bytes:
        """Return a letter, which stays unread; empty where it is gone."""
        answer = await self._ask("fetch", str(uid), "(BODY.PEEK[])")
        return next((bytes(part) for part in answer.lines if isinstance(part, bytearray)), b"")

    async def mark(self, uid: int) -> None:
        """Mark a letter as read."""
        await self._ask("store", str(uid), "+FLAGS.SILENT", r"(\Seen)")

    async def wait(self, seconds: float) -> None:
        """Return when something happens in the mailbox since the last search, or after *seconds*.

        That search must have been the last thing that was asked: a server tells of each letter once,
        and the library passes over what is told in the answer to something else.
        """
        if self._stale:
            return
        with _breaking():
            if not self._client.has_capability("IDLE"):
                await self._sleep(min(seconds, _TIMEOUT))
                await _unless(self._lost, self._client.noop())
                return
            idle = await _unless(self._lost, self._client.idle_start(timeout=seconds))
            push = asyncio.ensure_future(self._client.wait_server_push(timeout=seconds))
            lost = asyncio.ensure_future(self._lost.wait())
            try:
                await asyncio.wait({push, lost}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (push, lost):
                    task.cancel()
                    with suppress(asyncio.CancelledError, TimeoutError):
                        await task
            if self._lost.is_set():
                raise MailboxAway("the line broke")
            self._client.idle_done()
            await _unless(self._lost, idle)

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._lost.wait(), seconds)
            raise MailboxAway("the line broke")

    async def _search(self, what: str) -> list[int]:
        with _breaking():
            # What the server tells beside the answer to a search is heard by a NOOP that waits behind it.
            both = asyncio.gather(self._client.uid_search(what, charset=None), self._client.noop())
            answer, beside = await _unless(self._lost, both)
        _expect(answer, "search")
        self._stale = any(line.endswith(b" EXISTS") for line in beside.lines)
        numbers = b" ".join(bytes(line) for line in answer.lines[:-1]).split()
        return sorted(int(number) for number in numbers if number.isdigit())

    async def _ask(self, command: str, *words: str) -> Response:
        with _breaking():
            answer = await _unless(self._lost, self._client.uid(command, *words))
        _expect(answer, command)
        return answer


@asynccontextmanager
async def open_line(settings: MailboxSettings) -> AsyncIterator[Line]:
    """Sign in and open the folder, or raise MailboxAway or MailboxRefused."""
    lost = asyncio.Event()
    with _breaking():
        client = await _connected(settings, lost)
    try:
        with _breaking():
            # The library quotes the one and not the other.
            answer = await _unless(lost, client.login(_quoted(settings.user), settings.password))
        if answer.result != "OK":
            raise MailboxRefused("user or password")
        with _breaking():
            answer = await _unless(lost, client.select(_quoted(settings.folder)))
        if answer.result != "OK":
            raise MailboxRefused("folder")
        found = next((m for line in answer.lines if (m := _VALIDITY.search(bytes(line)))), None)
        yield Line(client, lost, validity=int(found[1]) if found else 0)
    finally:
        await _hang_up(client, lost)


class _breaking:  # noqa: N801 - reads as a word
    """Translates what the library and the network raise."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, _BREAKS) and not isinstance(error, ParvisError):
            # Without its text: servers repeat what they were told.
            raise MailboxAway(type(error).__name__) from error


async def _unless(lost: asyncio.Event, command: Awaitable[T]) -> T:
    """Return what the server answers; the library itself would wait on when the line breaks."""
    broken = asyncio.create_task(lost.wait())
    asked = asyncio.ensure_future(command)
    try:
        await asyncio.wait({broken, asked}, timeout=_TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
        if not asked.done():
            raise MailboxAway("the line broke" if lost.is_set() else "no answer")
        return asked.result()
    finally:
        for task in (broken, asked):
            task.cancel()


async def _connected(settings: MailboxSettings, lost: asyncio.Event) -> IMAP4:
    secure = settings.security is not LineSecurity.NONE
    context = (
        ssl.create_default_context(cafile=settings.ca_certificates or None) if secure else None
    )
    client = IMAP4(
        host=settings.host,
        port=settings.port,
        timeout=_TIMEOUT,
        conn_lost_cb=lambda _error: lost.set(),
        ssl_context=context if settings.security is LineSecurity.TLS else None,
    )
    try:
        await _unless(lost, client.wait_hello_from_server())
        if settings.security is LineSecurity.STARTTLS and context:
            await _start_tls(client, settings.host, context, lost)
    except BaseException:
        _let_go(client)
        raise
    return client


async def _start_tls(
    client: IMAP4, host: str, context: ssl.SSLContext, lost: asyncio.Event
) -> None:
    """Encrypt the line before anything is said, which the library does not know how to."""
    protocol = client.protocol
    answer = await _unless(lost, protocol.execute(Command("STARTTLS", protocol.new_tag())))
    _expect(answer, "STARTTLS")
    if protocol.incomplete_line:
        # Half a line in the clear would be read as the beginning of what comes sealed.
        raise MailboxAway("STARTTLS was answered with more than an answer")
    loop = asyncio.get_running_loop()
    protocol.transport = await loop.start_tls(
        protocol.transport, protocol, context, server_hostname=host
    )
    # What was offered in the clear proves nothing (RFC 9051, 11.1).
    await _unless(lost, protocol.capability())


async def _hang_up(client: IMAP4, lost: asyncio.Event) -> None:
    with suppress(*_BREAKS):
        # Whoever is told to wait hears nothing else.
        if not lost.is_set() and not client.has_pending_idle():
            await asyncio.wait_for(client.logout(), _SHORT)
    _let_go(client)


def _let_go(client: IMAP4) -> None:
    if transport := client.protocol.transport:
        transport.close()
    for task in client.tasks:
        task.cancel()


def _expect(answer: Response, what: str) -> None:
    if answer.result != "OK":
        raise MailboxAway(f"{what} was refused")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
