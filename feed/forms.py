"""Forms as they come in: refused if forged, read within bounds, with at most one file on disk.

A form with a file is ``multipart/form-data`` and its first part must be the form's token. It is
looked at before anything behind it is kept. The token does not stand in the address, which proxies
write into their logs, nor in a header, which only scripts can send.
"""

import asyncio
import dataclasses
import hashlib
import hmac
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

from aiohttp import BodyPartReader, web

from feed.uploads import SentFile, Uploads
from feed.visits import Visit, field

FORMS_WITH_FILE = frozenset({"/compose", "/posts/{event_id}/comments"})
"""The routes that take one; all others refuse multipart."""
GIVEN = ("nonce", "group", "title", "text", "labels", "lang", "description", "about", "picture")
"""What people fill in when they write, and the hidden fields that say what it is about."""
_CHUNK = 64 * 1024
_LONGEST_FIELDS = 1024 * 1024
_MOST_PARTS = 30
_THROWN_AWAY = 256 * 1024 * 1024
"""Bytes of a refused file that are read on: browsers show an answer only once they have sent all."""
_NO_FORM = (ValueError, LookupError, RuntimeError)
"""Raised by aiohttp for no form at all, or one in no encoding that there is."""
_PATIENCE = 15 * 60
"""Seconds a form may take to arrive."""


@dataclass(frozen=True)
class Form:
    """What was sent. *named_file*: a file came with it, whether it was kept or not."""

    fields: Mapping[str, str]
    file: SentFile | None = None
    named_file: bool = False

    @property
    def is_writing(self) -> bool:
        """Tell whether somebody's words or file would be lost with it."""
        words = (self.fields.get(name, "") for name in ("text", "title", "labels", "description"))
        return self.named_file or any(word.strip() for word in words)

    def close(self) -> None:
        """Give the file's disk space back."""
        if self.file:
            self.file.content.close()


def given_again(fields: Mapping[str, str]) -> Mapping[str, str]:
    """Return what a form that comes back is filled with; templates may ask for any of its names."""
    return {name: field(fields, name) for name in GIVEN}


def form_of(request: web.Request) -> Form:
    """Return the form that the guard took; one without fields if there was none to read."""
    form = request.get("form")
    return form if isinstance(form, Form) else Form({})


class Forms:
    """Takes the forms of one site."""

    def __init__(self, *, key: bytes, public_url: str, uploads: Uploads) -> None:
        self._key = key
        self._own = urlsplit(public_url).netloc
        self._uploads = uploads

    def token(self, visit: Visit) -> str:
        """Return what a form of this visit must carry."""
        return hmac.new(self._key, visit.cookie.encode(), hashlib.sha256).hexdigest()

    async def take(self, request: web.Request, visit: Visit, *, with_file: bool) -> None:
        """Read the form, for `form_of`; refuse one of another site, another visit, or too large.

        What is refused for its token or its size can still be shown to its writer again.
        """
        self._check_origin(request)
        if request.content_type != "multipart/form-data":
            sent = await _posted(request)
            fields = {name: value for name, value in sent.items() if isinstance(value, str)}
            request["form"] = Form(fields)
            is_ours = self._is_ours(fields.get("csrf", ""), visit)
        elif with_file:
            is_ours = await self._take_with_file(request, visit)
        else:
            raise web.HTTPBadRequest
        if not is_ours:
            raise web.HTTPForbidden

    async def _take_with_file(self, request: web.Request, visit: Visit) -> bool:
        """Read field by field, the token first; tell whether it is ours."""
        reading, is_ours = _Reading(), False
        try:
            async with asyncio.timeout(_PATIENCE):
                async for part in await request.multipart():
                    if not isinstance(part, BodyPartReader) or reading.parts == _MOST_PARTS:
                        raise web.HTTPBadRequest
                    reading.parts += 1
                    if part.filename:
                        if is_ours and visit.viewer:
                            await self._uploads.learn_largest(visit.viewer)
                        largest = self._uploads.largest if is_ours and visit.viewer else 0
                        await reading.take_file(part, largest=largest)
                    else:
                        first = not reading.fields
                        await reading.take_field(part)
                        if first:
                            is_ours = self._is_ours(reading.fields.get("csrf", ""), visit)
        except (*_NO_FORM, ConnectionError, TimeoutError) as error:
            raise web.HTTPBadRequest from error
        finally:
            request["form"] = reading.form()
        if is_ours and visit.viewer and reading.is_too_large:
            raise web.HTTPRequestEntityTooLarge(self._uploads.largest, reading.file_size)
        return is_ours

    def _check_origin(self, request: web.Request) -> None:
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        origin = request.headers.get("Origin", "")
        own = {self._own, request.host}
        foreign = origin != "" and urlsplit(origin).netloc not in own
        if site not in {"same-origin", "none"} or foreign:
            raise web.HTTPForbidden

    def _is_ours(self, given: str, visit: Visit) -> bool:
        return hmac.compare_digest(given.encode(errors="replace"), self.token(visit).encode())


async def _posted(request: web.Request) -> Mapping[str, object]:
    try:
        return await request.post()
    except _NO_FORM as error:
        raise web.HTTPBadRequest from error


@dataclass
class _Reading:
    """What of a multipart form has come so far."""

    fields: dict[str, str] = dataclasses.field(default_factory=dict)
    file: IO[bytes] | None = None
    file_name: str = ""
    file_size: int = 0
    parts: int = 0
    is_too_large: bool = False
    _length: int = 0

    def form(self) -> Form:
        """Return what can be kept: never half a file."""
        sent = None
        if self.file is not None and not self.is_too_large:
            sent = SentFile(self.file_name, self.file_size, self.file)
        elif self.file is not None:
            self.file.close()
        return Form(self.fields, sent, named_file=bool(self.file_name))

    async def take_field(self, part: BodyPartReader) -> None:
        """Read a text; all texts together have the bounds of a form without file."""
        raw = bytearray()
        while chunk := await part.read_chunk(_CHUNK):
            raw += chunk
            self._length += len(chunk)
            if self._length > _LONGEST_FIELDS:
                raise web.HTTPRequestEntityTooLarge(_LONGEST_FIELDS, self._length)
        self.fields[part.name or ""] = raw.decode(errors="replace")

    async def take_file(self, part: BodyPartReader, *, largest: int) -> None:
        """Write the file to disk as it comes; throw away what is beyond *largest*."""
        if self.file_name:
            raise web.HTTPBadRequest
        self.file_name = part.filename or ""
        # It lives as long as the form; the guard closes it.
        self.file = tempfile.TemporaryFile()  # noqa: SIM115
        while chunk := await part.read_chunk(_CHUNK):
            self.file_size += len(chunk)
            self.is_too_large = self.file_size > largest
            if self.file_size > largest + _THROWN_AWAY:
                raise web.HTTPRequestEntityTooLarge(largest, self.file_size)
            if not self.is_too_large:
                await asyncio.to_thread(self.file.write, chunk)
        self.file.flush()
