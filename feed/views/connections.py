"""The page that leads a group's owner through connecting an app."""

from aiohttp import web

from feed.site import Site
from feed.visits import field


class ConnectionViews:
    """Handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Return what is served where."""
        return [
            web.get("/connections/{page}", self.connection),
            web.post("/connections/{page}", self.take_secret),
            web.post("/connections/{page}/secret", self.show_secret),
        ]

    async def connection(self, request: web.Request) -> web.Response:
        """Show the steps, the address and, once, the secret of a connection."""
        return await self._sheet(request, reveal=_is_looked_at(request))

    async def show_secret(self, request: web.Request) -> web.Response:
        """Show the secret, once, to whom the page came without it."""
        return await self._sheet(request, reveal=True)

    async def take_secret(self, request: web.Request) -> web.Response:
        """Keep the secret that an app signs with."""
        viewer, form = self._site.viewer(request), await request.post()
        page, secret = request.match_info["page"], field(form, "secret", longest=500)
        if not secret or not await self._site.sheets.take_secret(page, viewer, secret):
            raise web.HTTPNotFound
        return self._site.see_other(request, f"/connections/{page}?kept=1")

    async def _sheet(self, request: web.Request, *, reveal: bool) -> web.Response:
        viewer, page = self._site.viewer(request), request.match_info["page"]
        sheet = await self._site.sheets.sheet(page, viewer, reveal=reveal)
        if sheet is None:
            raise web.HTTPNotFound
        return await self._site.page(
            request,
            "connection.html",
            sheet=sheet,
            address=f"/connections/{page}",
            kept="kept" in request.query,
        )


def _is_looked_at(request: web.Request) -> bool:
    """Tell whether a person waits for the page: what browsers load ahead must not use it up.

    Source: https://www.w3.org/TR/fetch-metadata/ and the header Sec-Purpose of the Fetch standard.
    """
    ahead = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return not ahead and request.headers.get("Sec-Fetch-Dest", "document") == "document"
