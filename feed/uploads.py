"""People's files on their way to the homeserver, in their own name and never whole in memory."""

import asyncio
import mmap
import tempfile
import time
from dataclasses import dataclass
from typing import IO

from appservice.errors import HomeserverError
from appservice.filetypes import HEAD, file_name, type_of
from appservice.picture_notes import BrokenPicture, without_notes
from appservice.pictures import size_of
from feed.messages import Attachment
from feed.model import Viewer
from feed.sessions import Sessions

_AN_HOUR = 3600.0
_WITHIN = 5.0
_CHUNK = 64 * 1024
_WITH_NOTES = {"image/jpeg", "image/png", "image/webp"}


@dataclass(frozen=True)
class SentFile:
    """A file as a browser sent it; *name* is a stranger's, *size* is in bytes."""

    name: str
    size: int
    content: IO[bytes]


class Uploads:
    """Hands files on; *most* is our own bound, in bytes."""

    def __init__(self, *, sessions: Sessions, most: int) -> None:
        self._sessions = sessions
        self._most = most
        self._theirs = most
        self._asked = 0.0

    @property
    def largest(self) -> int:
        """Return how many bytes a file may have, as far as is known."""
        return min(self._most, self._theirs)

    async def learn_largest(self, viewer: Viewer) -> None:
        """Ask the homeserver for its own bound, once an hour; without an answer ours stands."""
        if self._asked and time.monotonic() - self._asked < _AN_HOUR:
            return
        try:
            account = await self._sessions.account(viewer.session)
            self._theirs = await account.largest_upload(within=_WITHIN) or self._most
            self._asked = time.monotonic()
        except HomeserverError:
            return  # It will say so itself when the file is handed on.

    async def store(self, viewer: Viewer, file: SentFile) -> Attachment:
        """Store *file* at the homeserver with the viewer's token; return what a message says of it.

        A picture goes without its notes: where it was taken is nobody's business but its maker's.
        """
        head = await asyncio.to_thread(_head, file.content)
        kind, name = type_of(head), file_name(file.name, otherwise="file")
        account = await self._sessions.account(viewer.session)
        with tempfile.TemporaryFile() as clean:
            size = await asyncio.to_thread(_copy_without_notes, file.content, clean, kind)
            content = clean if size else file.content
            uri = await account.upload(content, mimetype=kind, name=name)
        pixels = size_of(head)
        return Attachment(uri=uri, name=name, mimetype=kind, size=size or file.size, pixels=pixels)


def _head(content: IO[bytes]) -> bytes:
    content.seek(0)
    head = content.read(HEAD)
    content.seek(0)
    return head


def _copy_without_notes(source: IO[bytes], target: IO[bytes], kind: str) -> int:
    """Write to *target* what stays of a picture, and return how much that is: 0 for a file that is
    to go as it is, because it is no such picture or a broken one.
    """
    if kind not in _WITH_NOTES:
        return 0
    with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as picture:
        try:
            parts = without_notes(picture, kind)
        except BrokenPicture:
            return 0
        for part in parts:
            _write(target, picture, part)
    target.flush()
    size = target.tell()
    target.seek(0)
    return size


def _write(target: IO[bytes], picture: mmap.mmap, part: bytes | range) -> None:
    if isinstance(part, bytes):
        target.write(part)
        return
    for start in part[::_CHUNK]:
        target.write(picture[start : min(start + _CHUNK, part.stop)])
