"""A browser without scripts, as plain HTTP: it signs in, reads pages, and sends their forms."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from typing import Self

import aiohttp

from tests.harness.person import Person

_HIDDEN = re.compile(r'name="(csrf|nonce)" value="([^"]*)"')
_CHANGING = re.compile(r'(name="(?:csrf|nonce)" value=")[^"]*')


@dataclass(frozen=True)
class Answer:
    """A page."""

    status: int
    text: str
    url: str

    @property
    def hidden(self) -> dict[str, str]:
        """Return the hidden fields that each form of the page carries."""
        return {name: unescape(value) for name, value in _HIDDEN.findall(self.text)}

    @property
    def steady(self) -> str:
        """Return the page without what differs at each request."""
        return _CHANGING.sub(r"\1", self.text)


class Reader:
    """One visitor."""

    def __init__(self, url: str) -> None:
        self.url = url
        jar = aiohttp.CookieJar(unsafe=True)
        headers = {"Accept-Language": "fr"}
        self._session = aiohttp.ClientSession(cookie_jar=jar, headers=headers)

    @classmethod
    async def signed_in(cls, url: str, person: Person) -> Self:
        reader = cls(url)
        given = {"user": person.user_id, "password": person.password}
        answer = await reader.send("/login", "/login", **given)
        assert answer.status == 200, answer.text
        assert answer.url == f"{url}/", answer.text
        return reader

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        async with self._session.get(self.url + path, headers=headers) as answer:
            return Answer(answer.status, await answer.text(), str(answer.url))

    @asynccontextmanager
    async def live(self, page: str = "", *, last: str = "") -> AsyncIterator[list[dict[str, str]]]:
        """Lend what the open *page* is told, as it comes, for as long as the block lasts.

        *last*: the id of the line after which it was cut off. A last line, empty, says that the
        site ended it.
        """
        told: list[dict[str, str]] = []

        async def listen(answer: aiohttp.ClientResponse) -> None:
            identifier = ""
            async for line in answer.content:
                mark, _, data = line.partition(b": ")
                identifier = data.decode().strip() if mark == b"id" else identifier
                told.extend([{"id": identifier, **json.loads(data)}] if mark == b"data" else [])
            told.append({})

        headers = {"Last-Event-ID": last} if last else {}
        async with self._session.get(
            f"{self.url}/live", params={"page": page}, headers=headers
        ) as answer:
            await answer.content.readline()
            listening = asyncio.create_task(listen(answer))
            try:
                yield told
            finally:
                listening.cancel()

    async def raw(self, path: str) -> tuple[int, bytes, str]:
        """Return status, body and type of a file."""
        async with self._session.get(self.url + path) as answer:
            return answer.status, await answer.read(), answer.content_type

    async def send(self, page: str, path: str, **fields: str) -> Answer:
        """Send a form that stands on *page* to *path*, with the page's hidden fields."""
        return await self.post(path, **{**(await self.get(page)).hidden, **fields})

    async def post(self, path: str, **fields: str) -> Answer:
        """Send fields just as they are."""
        async with self._session.post(self.url + path, data=fields) as answer:
            return Answer(answer.status, await answer.text(), str(answer.url))

    async def send_file(
        self, page: str, path: str, name: str, content: bytes, **fields: str
    ) -> Answer:
        """Send a form as `send` does, with a file as a browser would."""
        form = aiohttp.FormData(quote_fields=False)
        for key, value in {**(await self.get(page)).hidden, **fields}.items():
            form.add_field(key, value, content_type="text/plain")
        form.add_field("file", content, filename=name, content_type="image/png")
        async with self._session.post(self.url + path, data=form) as answer:
            return Answer(answer.status, await answer.text(), str(answer.url))

    async def submit(self, path: str, **fields: str) -> tuple[int, str]:
        """Send fields; return the status and where it leads, without going there."""
        request = self._session.post(self.url + path, data=fields, allow_redirects=False)
        async with request as answer:
            return answer.status, answer.headers.get("Location", "")

    async def close(self) -> None:
        await self._session.close()
