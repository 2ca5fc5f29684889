"""The door for apps: /hooks/{connection}. Prove, commit, answer; the work comes later.

A 2xx is given only after the call is on disk; whatever goes wrong before that, the app is told to
come again. Nothing of a refused call is stored.
"""

import asyncio
import hashlib
import io
import secrets
import time
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import structlog
from aiohttp import web
from aiohttp.hdrs import CONTENT_ENCODING
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from appservice.errors import (
    BadSignature,
    ConfigError,
    DeliveryError,
    PayloadRejected,
    PayloadTooLarge,
    UnknownConnection,
)
from appservice.payload import GIANT, NotJson, Payload
from bridges.auth import Call
from bridges.base import Answer, App, Delivery
from bridges.connection import Connection, Connections, ConnectionState
from bridges.deliveries import Deliveries
from bridges.forms import json_of
from bridges.schemes import scheme_of
from bridges.tally import Tally

_SHAPE, _JSON = "content-type", "application/json"

_PATIENCE = 30.0
"""Seconds for a whole body: nobody holds a connection open by sending slowly."""

log = structlog.get_logger(__name__)

calls = Counter("parvis_deliveries_total", "Webhook calls by outcome", ["outcome"])
_accepted = calls.labels("accepted")


@dataclass
class Door:
    """How crowded it is."""

    inside: int = 0
    """Calls that wait for their answer."""


class Ingress:
    """The handlers of /hooks/."""

    def __init__(
        self,
        *,
        apps: Mapping[str, App],
        connections: Connections,
        deliveries: Deliveries,
        public_url: str,
        door: Door,
        tally: Tally,
        wake: Callable[[], None],
    ) -> None:
        """*public_url* is where apps reach us; *door* is kept up to date; *wake* tells the pipeline that there is work."""
        self._tally = tally
        self._apps = apps
        self._deciding = {slug: _deciding(app) for slug, app in apps.items()}
        self._connections = connections
        self._deliveries = deliveries
        self._public_url = public_url.rstrip("/")
        self._door = door
        self._wake = wake

    def routes(self) -> list[web.RouteDef]:
        """Return the routes. HEAD answers 200 without looking: Trello asks before it exists."""
        path = "/hooks/{connection}"
        return [web.post(path, self._take_in), web.head(path, _answer_head)]

    def address_of(self, connection: str) -> str:
        """Return the address that is given to the app."""
        return f"{self._public_url}/hooks/{connection}"

    async def _take_in(self, request: web.Request) -> web.StreamResponse:
        self._door.inside += 1
        try:
            return await self._answer(request)
        finally:
            self._door.inside -= 1

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            answer = await self._store(request)
        except DeliveryError as error:
            calls.labels(type(error).__name__).inc()
            return web.Response(status=error.status, text=error.answer)
        except (SQLAlchemyError, OSError, ConfigError):
            log.exception("delivery cannot be stored")
            calls.labels("unstored").inc()
            return web.Response(status=503, headers={"Retry-After": "30"})
        _accepted.inc()
        self._wake()
        return web.Response(status=answer.status, text=answer.text)

    async def _store(self, request: web.Request) -> Answer:
        connection = await self._open_connection(request.match_info["connection"])
        app = self._apps[connection.app]
        try:
            identifier, kept, body = await self._proved(request, connection, app)
        except DeliveryError as error:
            self._tally.rejected[connection.id, type(error).__name__] += 1
            raise
        await self._deliveries.take_in(connection.id, identifier, kept, body)
        return app.answers.accepted

    async def _proved(
        self, request: web.Request, connection: Connection, app: App
    ) -> tuple[str, Mapping[str, str], bytes]:
        """Return the id of a call that is proved, and what is stored of it: headers and body.

        Of a giant no more is held, before it is stored, than will ever be read.
        """
        body = await _read(request, app.largest_body)
        headers = _headers_once(request, self._deciding[app.slug])
        self._prove(connection, app, Call(headers, body, self.address_of(connection.id)))
        kept = kept_headers(app, headers)
        if app.takes_plain_fields and body.lstrip()[:1] == b"{":
            kept[_SHAPE] = _JSON
        identifier, delivery = _understood(app, kept, body)
        if delivery and len(body) > GIANT:
            return identifier, {**kept, _SHAPE: _JSON}, delivery.body.json()
        return identifier, kept, body

    async def _open_connection(self, identifier: str) -> Connection:
        connection = await self._connections.at_door(identifier)
        app = self._apps.get(connection.app)
        if app is None or connection.state is ConnectionState.PAUSED:
            raise UnknownConnection("switched off")
        if connection.state is ConnectionState.REMOVED:
            raise _refused(UnknownConnection("removed"), app.answers.removed)
        return connection

    def _prove(self, connection: Connection, app: App, call: Call) -> None:
        proofs, now = self._connections.proofs_of(connection), time.time()
        proved = [
            scheme_of(app, scheme).accepts(call, secrets, now=now) for scheme, secrets in proofs
        ]
        if not any(proved):
            raise BadSignature("refused")


def parse_delivery(app: App, headers: Mapping[str, str], body: bytes) -> Delivery:
    """Return the call's object, from JSON or from a form; NotJson otherwise."""
    raw = json_of(headers.get(_SHAPE, ""), body, flat=app.takes_plain_fields)
    return Delivery(headers, Payload.parse(raw, giants_in_part=True))


def _understood(app: App, headers: Mapping[str, str], body: bytes) -> tuple[str, Delivery | None]:
    """Return the id of a call, and its object if it has one; raise DeliveryError if its app refuses
    such a body.
    """
    try:
        delivery = parse_delivery(app, headers, body)
    except NotJson as error:
        if app.answers.unreadable:
            raise _refused(DeliveryError("unreadable"), app.answers.unreadable) from error
        # A mapping may read lists too, so each of them counts where every call does.
        known = app.delivery_id(Delivery(headers, Payload())) if app.every_call_counts else ""
        return known or _another_id(app, body), None
    if objection := app.objects(delivery):
        raise _refused(DeliveryError("objected to"), objection)
    return app.delivery_id(delivery) or _another_id(app, body), delivery


def _another_id(app: App, body: bytes) -> str:
    """Return the id of a call that has none of its own."""
    if app.every_call_counts:
        return f"call:{secrets.token_urlsafe(12)}"
    return "sha256:" + hashlib.sha256(body).hexdigest()


def _refused(error: DeliveryError, answer: Answer) -> DeliveryError:
    error.status, error.answer = answer.status, answer.text
    return error


def kept_headers(app: App, headers: Mapping[str, str]) -> dict[str, str]:
    """Return what is stored of *headers*: others may hold a secret, or what a proxy added."""
    # Bytes that are no text reach us as halves of surrogate pairs, which nothing stores.
    return {
        name: headers[name].encode("utf-8", "replace").decode()
        for name in (_SHAPE, *app.headers)
        if name in headers
    }


def _deciding(app: App) -> frozenset[str]:
    """Return the headers, in lower case, of which a call may have one only."""
    proof = (name for scheme in app.schemes for name in scheme.proof)
    return frozenset((_SHAPE, *app.headers, *proof))


def _headers_once(request: web.Request, single: Collection[str]) -> dict[str, str]:
    """Return the headers by lower-case name; a doubled one proves nothing, so it is refused."""
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        lower = name.lower()
        if lower in found and lower in single:
            raise BadSignature("doubled header")
        found[lower] = value
    return found


async def _read(request: web.Request, largest: int) -> bytes:
    """Return the body as the app signed it, refusing it as soon as it grows too large.

    aiohttp unpacks a compressed body before it gives it out, so the cap holds for a bomb too.
    """
    announced = request.content_length
    if announced is not None and announced > largest:
        raise PayloadTooLarge("announced")
    packed = CONTENT_ENCODING in request.headers
    read = io.BytesIO()  # It gives out what it holds without a copy.
    try:
        if announced is not None and not packed and request.content.is_eof():
            return request.content.read_nowait()  # All of it is here: most calls are one packet.
        async with asyncio.timeout(_PATIENCE):
            async for chunk in request.content.iter_chunked(64 * 1024):
                read.write(chunk)
                if read.tell() > largest:
                    raise PayloadTooLarge("unpacked")
    except (web.HTTPException, zlib.error, TimeoutError) as error:
        raise PayloadTooLarge("unreadable") from error
    except ConnectionError as error:
        raise PayloadRejected("its caller went away") from error
    return read.getvalue()


async def _answer_head(_request: web.Request) -> web.StreamResponse:
    return web.Response()
