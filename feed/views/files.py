"""Files: our own under their hash, people's through a proxy that checks who may see them."""

import asyncio
import mimetypes
from contextlib import AsyncExitStack
from weakref import WeakValueDictionary

from aiohttp import ClientError, ClientResponse, web

from appservice.errors import HomeserverError
from appservice.homeserver import Transport, segment
from feed.site import Site
from feed.thumbnails import THUMBNAILS, Thumbnail

_SHOWN = {
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "video/mp4",
    "video/webm",
    "audio/mpeg",
    "audio/ogg",
    "audio/mp4",
}
_CHUNK = 64 * 1024
_AT_ONCE, _OF_ONE = 32, 6
"""Files under way, of all and of one person: fewer than our connections to the homeserver."""
_NO_THUMBNAIL = {400, 404, 413, 415}
"""With these a homeserver says that it makes no small picture of this one."""
_STALLED = 20.0
"""Seconds after which a browser that takes nothing any more is left."""


class FileViews:
    """Handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._own_turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def routes(self) -> list[web.RouteDef]:
        """Return what is served where."""
        return [
            web.get("/static/{hash}/{name}", self.static),
            web.get("/media/{server}/{media}", self.media),
        ]

    async def static(self, request: web.Request) -> web.Response:
        """Serve one of our files; its address changes when it does."""
        name = request.match_info["name"]
        if name not in self._site.static:
            raise web.HTTPNotFound
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return web.Response(
            body=self._site.static[name][1],
            content_type=kind,
            charset="utf-8" if kind.startswith("text/") else None,
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )

    async def media(self, request: web.Request) -> web.StreamResponse:
        """Pass a picture or file on to who may see a message that shows it, small if so asked."""
        viewer = self._site.viewer(request)
        server, media = request.match_info["server"], request.match_info["media"]
        if not await self._site.store.may_see_media(viewer, f"/media/{server}/{media}"):
            raise web.HTTPNotFound
        account = await self._site.sessions.account(viewer.session)
        small = THUMBNAILS.get(request.query.get("width", ""))
        own = self._own_turns.setdefault(viewer.user_id, asyncio.Semaphore(_OF_ONE))
        async with own, self._turns, AsyncExitStack() as opened:
            name = f"{segment(server)}/{segment(media)}"
            source = await _source(opened, account.transport, name, small)
            kind = source.content_type if source.content_type in _SHOWN else ""
            answer = web.StreamResponse(
                headers={
                    "Content-Type": kind or "application/octet-stream",
                    "Content-Disposition": "inline" if kind else "attachment",
                    "Content-Security-Policy": "sandbox; default-src 'none'",
                    "X-Content-Type-Options": "nosniff",
                    "Cache-Control": "private, max-age=86400",
                }
            )
            answer.content_length = source.content_length
            try:
                await answer.prepare(request)
                async for chunk in source.content.iter_chunked(_CHUNK):
                    async with asyncio.timeout(_STALLED):
                        await answer.write(chunk)
            except (ClientError, OSError, TimeoutError):
                # Half a file is out: nothing but the end of the connection can say so.
                if request.transport is not None:
                    request.transport.abort()
        return answer


async def _source(
    opened: AsyncExitStack, transport: Transport, name: str, small: Thumbnail | None
) -> ClientResponse:
    """Open a picture as *small* as asked, or as it is where the homeserver makes no small one."""
    media = "/_matrix/client/v1/media"
    if small:
        try:
            return await opened.enter_async_context(
                transport.open("GET", f"{media}/thumbnail/{name}", query=small.query)
            )
        except HomeserverError as error:
            if error.status not in _NO_THUMBNAIL:
                raise
    return await opened.enter_async_context(transport.open("GET", f"{media}/download/{name}"))
