"""What the homeserver calls: /_matrix/app/v1/. Check the token, commit, answer, and only then work.

Answers within milliseconds, for every well-formed push: Synapse has one transaction in flight and
an error blocks all behind it, up to 512 seconds at a time (matrix.md 1.5).
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog
from aiohttp import web

from appservice.inbox import Inbox
from appservice.payload import NotJson, Payload

# 100 events of 64 KiB and their stripped state; a refusal for size would block the queue for ever.
LARGEST_PUSH = 64 * 1024 * 1024

log = structlog.get_logger(__name__)

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Transactions:
    """The handlers of the Application Service API (spec v1.19, "Pushing events")."""

    def __init__(self, *, hs_token: str, inbox: Inbox, wake: Callable[[], None]) -> None:
        self._hs_token = hs_token.encode()
        self._inbox = inbox
        self._wake = wake
        self._refuse_next = False
        self.refused = asyncio.Event()
        """Set when a push was refused, for whoever asks the homeserver to try again."""

    def refuse_one(self) -> None:
        """Answer the next push that carries events with 503, once.

        A push that Synapse lost in a crash is only sent again when it recovers from a failure
        (engineering.md 0.4), so one is provoked at each start.
        """
        self._refuse_next = True

    def routes(self) -> list[web.RouteDef]:
        """Return the routes; whatever else is asked below /_matrix is M_UNRECOGNIZED."""
        base = "/_matrix/app/v1"
        return [
            web.put(base + "/transactions/{txn_id:.+}", self._checked(self._take_in)),
            web.post(base + "/ping", self._checked(self._answer_ping)),
            web.get(base + "/users/{user_id:.+}", self._checked(self._not_ours)),
            web.get(base + "/rooms/{alias:.+}", self._checked(self._not_ours)),
            web.get(base + "/thirdparty/{kind}/{rest:.*}", self._checked(self._nothing_known)),
            web.route("*", "/_matrix/{rest:.*}", _unrecognized),
        ]

    def _checked(self, handler: _Handler) -> _Handler:
        async def check(request: web.Request) -> web.StreamResponse:
            header = request.headers.get("Authorization", "").removeprefix("Bearer ")
            given = [text for text in (header, request.query.get("access_token", "")) if text]
            right = [
                hmac.compare_digest(text.encode(errors="replace"), self._hs_token) for text in given
            ]
            if not right or not all(right):
                return _error(403, "M_FORBIDDEN", "bad hs_token")
            return await handler(request)

        return check

    async def _take_in(self, request: web.Request) -> web.StreamResponse:
        try:
            events = _events_in(await request.read())
        except NotJson as error:
            return _error(400, "M_NOT_JSON", str(error))
        if events and self._refuse_next:
            self._refuse_next = False
            self.refused.set()
            return _error(503, "M_UNKNOWN", "try again, so that what got stuck is sent too")
        await self._inbox.store(events)
        if events:
            self._wake()
        return web.json_response({})

    async def _answer_ping(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({})

    async def _not_ours(self, _request: web.Request) -> web.StreamResponse:
        return _error(404, "M_NOT_FOUND", "nothing is made on demand")

    async def _nothing_known(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response([])


class _Push(msgspec.Struct):
    events: msgspec.Raw = msgspec.Raw(b"[]")


def _events_in(body: bytes) -> Sequence[bytes]:
    """Return the events as they came, not unpacked; whatever is none is left out.

    Raises NotJson. One event that the quick reader refuses must not cost the others.
    """
    try:
        raw = msgspec.json.decode(body, type=_Push).events
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return [event.json() for event in Payload.parse(body).items("events")]
    try:
        every = msgspec.json.decode(raw, type=list[msgspec.Raw])
    except msgspec.ValidationError:
        return ()
    return [event for event in map(bytes, every) if event.startswith(b"{")]


async def _unrecognized(request: web.Request) -> web.StreamResponse:
    known = {"/_matrix/app/v1/ping"}
    status = 405 if request.path in known else 404
    return _error(status, "M_UNRECOGNIZED", "no such endpoint")


def _error(status: int, errcode: str, text: str) -> web.Response:
    return web.json_response({"errcode": errcode, "error": text}, status=status)
