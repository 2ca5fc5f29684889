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
        ]

    async def connection(self, request: web.Request) -> web.Response:
        """Show the steps, the address and, once, the secret of a connection."""
        viewer = self._site.viewer(request)
        sheet = await self._site.sheets.sheet(request.match_info["page"], viewer)
        if sheet is None:
            raise web.HTTPNotFound
        kept = "kept" in request.query
        return await self._site.page(request, "connection.html", sheet=sheet, kept=kept)

    async def take_secret(self, request: web.Request) -> web.Response:
        """Keep the secret that an app signs with."""
        viewer, form = self._site.viewer(request), await request.post()
        page, secret = request.match_info["page"], field(form, "secret", longest=500)
        if not secret or not await self._site.sheets.take_secret(page, viewer, secret):
            raise web.HTTPNotFound
        return self._site.see_other(request, f"/connections/{page}?kept=1")
