"""People's files on their way to the homeserver, in their own name and never whole in memory."""

import asyncio
import time
from dataclasses import dataclass
from typing import IO

from appservice.errors import HomeserverError
from feed.filetypes import HEAD, file_name, type_of
from feed.messages import Attachment
from feed.model import Viewer
from feed.pictures import size_of
from feed.sessions import Sessions

_AN_HOUR = 3600.0
_WITHIN = 5.0


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
        """Store *file* at the homeserver with the viewer's token; return what a message says of it."""
        head = await asyncio.to_thread(_head, file.content)
        kind, name = type_of(head), file_name(file.name, otherwise="file")
        account = await self._sessions.account(viewer.session)
        uri = await account.upload(file.content, mimetype=kind, name=name)
        return Attachment(uri=uri, name=name, mimetype=kind, size=file.size, pixels=size_of(head))


def _head(content: IO[bytes]) -> bytes:
    content.seek(0)
    head = content.read(HEAD)
    content.seek(0)
    return head
