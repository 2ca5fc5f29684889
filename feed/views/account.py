"""One's own settings."""

from aiohttp import web

from feed.forms import form_of
from feed.site import Site
from feed.visits import field, own_address

OTHERS = "others"


class AccountViews:
    """Handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Return what is served where."""
        return [
            web.get("/you", self.settings_form),
            web.post("/you", self.settings),
            web.post("/you/sessions", self.end_sessions),
        ]

    async def settings_form(self, request: web.Request) -> web.Response:
        """Show language, theme, what waits to be sent, and where one is signed in."""
        viewer = self._site.viewer(request)
        sessions = await self._site.sessions.of_person(viewer.user_id)
        return await self._site.page(request, "you.html", sessions=sessions)

    async def end_sessions(self, request: web.Request) -> web.Response:
        """End another session of one's own, or all others."""
        viewer, which = self._site.viewer(request), field(form_of(request).fields, "which")
        for one in await self._site.sessions.of_person(viewer.user_id):
            if one.id != viewer.session and which in {one.id, OTHERS}:
                await self._site.sessions.sign_out(one.id)
                self._site.feed.live.end(one.id)
        return self._site.see_other(request, "/you")

    async def settings(self, request: web.Request) -> web.Response:
        """Keep language and theme in the browser."""
        form = await request.post()
        answer = self._site.see_other(request, own_address(field(form, "back"), otherwise="/you"))
        for name, allowed in (("language", {"fr", "en"}), ("theme", {"", "light", "dark"})):
            value = form.get(name)
            if isinstance(value, str) and value in allowed:
                self._site.set_cookie(answer, name, value)
        return answer
