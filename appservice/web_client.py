"""Calls to a service that the config names: no redirect is followed, no answer grows without bound.

The address is an admin's word, so private hosts are meant. What strangers may set must not be called
from here: nothing looks at where a name leads.
"""

import asyncio
from collections.abc import Mapping
from typing import Self, TypeAlias

import aiohttp

from appservice.errors import ParvisError
from appservice.payload import NotJson, Payload

_WITHIN = 30.0
_LARGEST = 32 * 1024 * 1024

Query: TypeAlias = Mapping[str, str | int]


class WebError(ParvisError):
    """A service refused a call with HTTP *status*, or gave no usable answer (0)."""

    def __init__(self, status: int, text: str, answer: Payload | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.answer = answer or Payload()


class WebClient:
    """Calls below *base_url*; each `async with` has connections of its own."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # No environment proxies: secrets must not travel where the admin did not send them.
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_WITHIN),
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._session:
            await self._session.close()

    async def form(self, path: str, fields: Mapping[str, str]) -> Payload:
        """Return the object that answers a form."""
        return _object(await self._call("POST", path, fields=fields))

    async def list(self, path: str, *, query: Query, token: str) -> tuple[Payload, ...]:
        """Return the list of objects that answers a GET with a bearer token."""
        raw = await self._call("GET", path, query=query, token=token)
        # The answer is a bare list, which Payload reads only inside an object.
        return _object(b'{"list":' + raw + b"}").items("list")

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        fields: Mapping[str, str] | None = None,
        token: str = "",
    ) -> bytes:
        assert self._session is not None  # noqa: S101 - it is used inside its `async with`
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with self._session.request(
                method,
                self._base + path,
                params=query,
                data=fields,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                raw = await _read(answer)
        except (aiohttp.ClientError, TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            raise WebError(0, f"{self._base} does not answer: {_reason(error)}") from error
        if answer.status >= 300:  # noqa: PLR2004 - anything but a 2xx, redirects too
            raise WebError(answer.status, f"{self._base}: HTTP {answer.status}", _refusal(raw))
        return raw


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    chunks, size = [], 0
    async for chunk in answer.content.iter_chunked(64 * 1024):
        size += len(chunk)
        if size > _LARGEST:
            raise WebError(0, f"an answer has more than {_LARGEST} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def _object(raw: bytes) -> Payload:
    try:
        return Payload.parse(raw)
    except NotJson as error:
        raise WebError(0, "the answer is not JSON") from error


def _refusal(raw: bytes) -> Payload:
    try:
        return Payload.parse(raw)
    except NotJson:
        return Payload()


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
