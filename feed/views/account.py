"""One's own settings."""

from aiohttp import web

from feed.site import Site
from feed.visits import field, own_address


class AccountViews:
    """Handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Return what is served where."""
        return [web.get("/you", self.settings_form), web.post("/you", self.settings)]

    async def settings_form(self, request: web.Request) -> web.Response:
        """Show language, theme and what waits to be sent."""
        self._site.viewer(request)
        return await self._site.page(request, "you.html")

    async def settings(self, request: web.Request) -> web.Response:
        """Keep language and theme in the browser."""
        form = await request.post()
        answer = self._site.see_other(request, own_address(field(form, "back"), otherwise="/you"))
        for name, allowed in (("language", {"fr", "en"}), ("theme", {"", "light", "dark"})):
            value = form.get(name)
            if isinstance(value, str) and value in allowed:
                self._site.set_cookie(answer, name, value)
        return answer
