"""Takes letters in: the same tray as webhook calls, by either entrance, each letter once.

letter --lightened--> {"letter": …, "return_path": …, "authserv": …, "own": […]} --> COMMIT
"""

import hashlib
import re
import time
from collections.abc import Awaitable, Callable
from itertools import islice

import msgspec
from prometheus_client import Counter

from bridges.connection import Connection
from bridges.deliveries import Deliveries
from bridges.letterbox.settings import LetterSettings

_RUN = re.compile(rb"(?m)^--")
_MOST_RUNS = 400
_LARGEST_RUN, _LEAST_RUN = 128 * 1024, 1024
_LONGEST_HEAD = 16 * 1024
_FILE_BEGINS = re.compile(rb"(?is)(?=.*?\r?\n\r?\n)(?=.*?name\*?[\d*]*\s*=|.*?\sattachment)")
"""Headers that end soon, and name a file."""
_MOST_KEPT = 1024 * 1024
_ID = re.compile(rb"(?im)^message-id:\s*(<[^<>\r\n]{1,900}>)")
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")

letters = Counter("parvis_letters_total", "Letters by outcome", ["way", "outcome"])


class Intake:
    """Commits letters for connections."""

    def __init__(
        self,
        *,
        deliveries: Deliveries,
        settings: LetterSettings,
        wake: Callable[[], None],
        keep: Callable[[str, str, bytes], Awaitable[None]] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """*wake* tells the pipeline that there is work; *keep* keeps a letter whole, for its files."""
        self._keep = keep
        self._deliveries = deliveries
        self._settings = settings
        self._wake = wake
        self._clock = clock

    async def take_in(self, connection: Connection, raw: bytes, *, return_path: str | None) -> None:
        """Commit a letter; one that came before changes nothing. Returns after the disk has it.

        *return_path* is where the envelope says that it is from; None where nobody told us.
        """
        body = {
            "letter": lightened(raw).decode("latin-1"),
            "return_path": return_path,
            "authserv": self._settings.authserv_id,
            "own": self._settings.domains,
            "received": int(self._clock() * 1000),
        }
        identifier = letter_id(raw)
        if self._keep:
            await self._keep(connection.id, identifier, raw)
        await self._deliveries.take_in(connection.id, identifier, {}, msgspec.json.encode(body))
        self._wake()


def letter_id(raw: bytes) -> str:
    """Return what is the same whenever this letter comes again, by whatever way.

    Servers on the way add headers, so the Message-ID and the body count; a second letter under the
    same Message-ID is another. Without one, all counts.
    """
    end = _END_OF_HEADERS.search(raw)
    head = raw[: end.start()] if end else raw
    if not (found := _ID.search(head)):
        return f"letter:{hashlib.sha256(raw).hexdigest()}"
    body = raw[end.end() :] if end else b""
    told = found[1] + b"\0" + body.replace(b"\r\n", b"\n").rstrip(b"\n")
    return f"letter:{hashlib.sha256(told).hexdigest()}"


def lightened(raw: bytes, *, files: int = 0) -> bytes:
    """Return *raw* with what is too large for a post cut out, as `bridges.email` reads it.

    Files are named in a post, not shown, so their beginning and their size are enough. Only lines
    that begin with ``--`` can part one file from the next; nothing is understood before it is
    committed. With *files*, those of so many bytes on the wire stay whole.
    """
    starts = [0, *islice((found.start() for found in _RUN.finditer(raw)), _MOST_RUNS)]
    kept, room = [], _MOST_KEPT
    for start, end in zip(starts, [*starts[1:], len(raw)], strict=True):
        most = min(_LARGEST_RUN, max(room, _LEAST_RUN))
        run = raw[start:end]
        if len(run) <= files and _FILE_BEGINS.match(run, 0, _LONGEST_HEAD):
            kept.append(run)
            continue
        if len(run) > most + 100:
            cut = run.rfind(b"\n", 0, most) + 1 or most
            run = run[:cut] + b"[parvis left out %d bytes]\r\n" % (len(run) - cut)
        kept.append(run)
        room -= len(run)
    return b"".join(kept)
