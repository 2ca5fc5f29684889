"""Calls to the homeserver: the one file that knows nio.

Homeserver holds the shared connection; `as_account` binds it to one identity. nio carries the
request; its own retries are not used (the outbox and backfill know when to repeat), and its error
values become exceptions here.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO, Any, TypeAlias
from urllib.parse import quote, urlencode

import aiohttp
import nio

from appservice.errors import (
    Forbidden,
    HomeserverError,
    NotFound,
    RateLimited,
    TokenUnknown,
    Unreachable,
)
from appservice.ids import DeviceId, UserId
from appservice.payload import NotJson, Payload
from appservice.reachability import Reachability

_CLIENT = "/_matrix/client/v3"
_TIMEOUT = 30.0
_ASK_WITHIN = 5.0

Query: TypeAlias = Mapping[str, str | int | list[str]]
Body: TypeAlias = Mapping[str, Any] | bytes | IO[bytes]
"""JSON, or bytes as they are, or a file that is read as it is sent."""


@dataclass(frozen=True)
class Identity:
    """Who a call is made as. *masquerade*: the token is the appservice's, the account is named
    in the query (matrix.md 1.2: always with the device, or Synapse answers 500).
    """

    user_id: UserId
    device_id: DeviceId
    token: str
    masquerade: bool = False


class _Client(nio.AsyncClient):
    """nio's client without state store, sharing our connection pool."""

    def __init__(self, base_url: str, identity: Identity, session: aiohttp.ClientSession) -> None:
        super().__init__(base_url, identity.user_id, identity.device_id)
        self.client_session = session


class Homeserver:
    """The homeserver at *base_url*; close() ends its connections."""

    def __init__(self, *, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self.reachability = Reachability()
        self._session: aiohttp.ClientSession | None = None

    def as_account(self, identity: Identity) -> "Transport":
        """Return the calls of one identity."""
        if self._session is None:
            # No environment proxies: a token must not travel where the admin did not send it.
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_TIMEOUT),
                connector=aiohttp.TCPConnector(limit=64),
                trust_env=False,
            )
        client = _Client(self.base_url, identity, self._session)
        return Transport(client, identity, self.reachability)

    def as_nobody(self) -> "Transport":
        """Return calls that carry no token: versions, login."""
        return self.as_account(Identity(UserId(""), DeviceId(""), ""))

    async def ask(self) -> None:
        """Make the lightest call there is, to learn whether the homeserver answers."""
        await self.as_nobody().call("GET", "/_matrix/client/versions", within=_ASK_WITHIN)

    async def close(self) -> None:
        """Close the shared connections."""
        if self._session is not None:
            await self._session.close()


class Transport:
    """Sends requests as one identity; every answer is a Payload or an exception."""

    def __init__(self, client: _Client, identity: Identity, reachability: Reachability) -> None:
        self._client = client
        self._reachability = reachability
        self.identity = identity

    async def call(
        self,
        method: str,
        path: str,
        body: Body | None = None,
        *,
        query: Query | None = None,
        content_type: str = "application/json",
        within: float = _TIMEOUT,
    ) -> Payload:
        """Return the answer to *method* *path* (below /_matrix/client/v3 unless absolute)."""
        async with self.open(
            method, path, body, query=query, content_type=content_type, within=within
        ) as answer:
            raw = await _read(answer)
        try:
            return Payload.parse(raw)
        except NotJson as error:
            raise Unreachable(f"answer is not JSON: {error}", answer.status) from error

    @asynccontextmanager
    async def open(
        self,
        method: str,
        path: str,
        body: Body | None = None,
        *,
        query: Query | None = None,
        content_type: str = "application/json",
        within: float = _TIMEOUT,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Lend a good answer whose body is still to be read (media); raise for any other."""
        data = json.dumps(body) if isinstance(body, Mapping) else body
        headers = {"Content-Type": content_type} if body is not None else {}
        if self.identity.token:
            headers["Authorization"] = f"Bearer {self.identity.token}"
        try:
            answer = await self._client.send(
                method,
                self._address(path, query),
                data,
                headers,
                timeout=aiohttp.ClientTimeout(total=within),
            )
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, OSError) as error:
            self._reachability.failed()
            raise Unreachable(type(error).__name__) from error
        if answer.status < 500:  # noqa: PLR2004 - a refusal is an answer too
            self._reachability.answered()
        else:
            self._reachability.failed()
        try:
            if answer.status >= 300:  # noqa: PLR2004 - anything but a 2xx
                raise _translate(answer, await _read(answer))
            yield answer
        finally:
            answer.release()

    def _address(self, path: str, query: Query | None) -> str:
        full = path if path.startswith("/_") else _CLIENT + path
        parameters: dict[str, str | int | list[str]] = dict(query or {})
        if self.identity.masquerade:
            parameters["user_id"] = self.identity.user_id
            parameters["device_id"] = self.identity.device_id
        return f"{full}?{urlencode(parameters, doseq=True)}" if parameters else full


def segment(text: str) -> str:
    """Return *text* fit to be one segment of a path."""
    return quote(text, safe="")


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    try:
        return await answer.read()
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unreachable(f"the answer was cut short: {type(error).__name__}") from error


def _translate(answer: aiohttp.ClientResponse, raw: bytes) -> HomeserverError:
    """Return the exception that a refusal means."""
    try:
        body = Payload.parse(raw)
    except NotJson:
        body = Payload()
    errcode, text = body.text("errcode") or "M_UNKNOWN", body.text("error")
    if answer.status == 429:  # noqa: PLR2004
        return RateLimited(_retry_after(answer, body))
    if answer.status >= 500:  # noqa: PLR2004
        return Unreachable(f"{errcode} {text}", answer.status)
    if errcode in {"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"}:
        return TokenUnknown(text, soft_logout=body.flag("soft_logout"))
    if answer.status == 404:  # noqa: PLR2004
        return NotFound(404, errcode, text)
    if answer.status == 403:  # noqa: PLR2004
        return Forbidden(403, errcode, text)
    return HomeserverError(answer.status, errcode, text)


def _retry_after(answer: aiohttp.ClientResponse, body: Payload) -> float:
    milliseconds = body.number("retry_after_ms")
    if milliseconds is not None:
        return max(milliseconds / 1000, 0.05)
    header = answer.headers.get("Retry-After", "")
    return float(header) if header.isdigit() else 1.0
