"""Keeps letters with files whole, in a folder, until their files were shown.

The tray of calls holds what a letter says; files would weigh it down. A file here is on the disk before
the letter is answered, and goes once it was told or is not to be.
"""

import hashlib
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bridges.connection import page_of

_BRINGS_FILES = re.compile(rb"(?i)content-disposition:\s*attachment|name\*?\d*\*?\s*=")
_SWEPT_AFTER = 3600.0
"""Seconds after which nobody writes a file any more."""
_NAME = re.compile(r"([\w-]{1,100})\.(letter:[0-9a-f]{64})\Z")


@dataclass(frozen=True)
class Ticket:
    """One letter that waits: its connection's page, its own id, and for how long it waits (seconds)."""

    page: str
    letter: str
    age: float


class Cloakroom:
    """The folder. What is in it was committed as the disk has it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, connection: str, letter: str, raw: bytes) -> bool:
        """Keep a letter if it brings files, and tell whether it does; raise OSError if it cannot be."""
        if not _BRINGS_FILES.search(raw):
            return False
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(page_of(connection), letter)
        fresh = path.with_suffix(f".{hashlib.sha256(os.urandom(16)).hexdigest()[:8]}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
        self._sync()
        return True

    def waiting(self) -> Sequence[Ticket]:
        """Return what is kept, oldest first; what a crash left half written is swept away."""
        found = []
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            age = max(0.0, time.time() - path.stat().st_mtime)
            if named := _NAME.match(path.name):
                found.append(Ticket(named[1], named[2], age))
            elif age > _SWEPT_AFTER:
                path.unlink(missing_ok=True)
        return sorted(found, key=lambda ticket: -ticket.age)

    def letter(self, ticket: Ticket) -> bytes:
        """Return a letter as it came."""
        return self._path(ticket.page, ticket.letter).read_bytes()

    def let_go(self, ticket: Ticket) -> None:
        """Keep a letter no longer."""
        self._path(ticket.page, ticket.letter).unlink(missing_ok=True)

    def _path(self, page: str, letter: str) -> Path:
        return self._folder / f"{page}.{letter}"

    def _sync(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
