"""The stream of changes (server-sent events): each with the post as the open page shows it, so that
no second request is needed.

    id: 1763985600123
    data: {"kind": "comment", "room": "!…", "event": "$…", "html": "<article …"}

An empty *html* says that the page does not show the post; none, that the page must look itself.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from urllib.parse import parse_qsl

import msgspec
import structlog
from aiohttp import web

from feed.labels import carries
from feed.live import Listener
from feed.model import Change
from feed.site import Site
from feed.visits import own_address

_PULSE = 20.0
_STALLED = 20.0
"""Seconds after which a browser that takes nothing any more is left."""
_LARGEST = 48 * 1024
_OVERLAP = 3000
"""Milliseconds told again to a new page: how much longer its own request may have been on its way."""


log = structlog.get_logger(__name__)


class LiveViews:
    """Handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Return what is served where."""
        return [web.get("/live", self.live)]

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Tell the page at the address *page* what happens in the viewer's rooms."""
        viewer, live = self._site.viewer(request), self._site.feed.live
        since = _since(request, live.now())
        answer = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        with live.listening(Listener(viewer.session, viewer.user_id)) as queue:
            await answer.prepare(request)
            await answer.write(b": here\nid: %d\n\n" % since)
            changes = live.visible(queue, viewer.user_id, since=since)
            with suppress(ConnectionResetError, StopAsyncIteration, TimeoutError):
                await _stream(
                    answer,
                    self._lines(request, changes),
                    stands=lambda: self._stands(request),
                )
        return answer

    async def _lines(
        self, request: web.Request, changes: AsyncIterator[Change]
    ) -> AsyncIterator[bytes]:
        page = own_address(request.query.get("page", ""), otherwise="")
        async for change in changes:
            line = {"kind": change.kind, "room": change.room_id, "event": change.event_id}
            # Both ask the database, and each of them holds the post up.
            html, stands = await asyncio.gather(
                spared(self._slab(request, page, change), change), self._stands(request)
            )
            if not stands:
                return
            if html is not None:
                line["html"] = html
            yield b"id: %d\ndata: %s\n\n" % (change.seq, msgspec.json.encode(line))

    async def _stands(self, request: web.Request) -> bool:
        return await self._site.sessions.stands(self._site.viewer(request).session)

    async def _slab(self, request: web.Request, page: str, change: Change) -> str | None:
        """Return the post concerned as *page* shows it, empty if it does not; or None."""
        path = page.partition("?")[0]
        lists = path in {"/", "/search"} or path.startswith(("/groups/", "/people/"))
        if not change.event_id or not lists:
            return None
        post = await self._site.store.post(self._site.viewer(request), change.event_id)
        if post is None or (path.startswith("/groups/") and path != f"/groups/{post.group.slug}"):
            return ""
        if not carries(post.labels, dict(parse_qsl(page.partition("?")[2]))):
            return ""
        html = self._site.fragment(request, "slab.html", address=page, post=post)
        return html if len(html) < _LARGEST else None


async def spared(slab: Awaitable[str | None], change: Change) -> str | None:
    """Return the *slab*; where it cannot be made, None, by which the page looks itself.

    One post that we fail to show must not end what its readers are told of all others.
    """
    try:
        return await slab
    except Exception:
        log.exception("a post cannot be shown to open pages", event_id=change.event_id)
        return None


def _since(request: web.Request, now: int) -> int:
    """Return until when the page knows: as it was told last, or as old as it says that it is."""
    last = request.headers.get("Last-Event-ID", "")
    age = request.query.get("age", "")
    if last.isdecimal() and len(last) < 16:  # noqa: PLR2004 - milliseconds
        return int(last)
    if age.isdecimal() and len(age) < 16:  # noqa: PLR2004
        return now - int(age) - _OVERLAP
    return now


async def _stream(
    answer: web.StreamResponse,
    lines: AsyncIterator[bytes],
    *,
    stands: Callable[[], Awaitable[bool]],
) -> None:
    """Write each line as it comes, and where none does a pulse, as long as the session *stands*."""
    waiting: asyncio.Task[bytes] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(_next(lines))
            done, _ = await asyncio.wait({waiting}, timeout=_PULSE)
            if done:
                line, waiting = waiting.result(), None
                await _write(answer, line)
            elif await stands():
                await _write(answer, b": pulse\n\n")
            else:
                return
    finally:
        if waiting is not None:
            waiting.cancel()


async def _write(answer: web.StreamResponse, line: bytes) -> None:
    async with asyncio.timeout(_STALLED):
        await answer.write(line)


async def _next(lines: AsyncIterator[bytes]) -> bytes:
    return await anext(lines)
