"""Signing in and out, one's own settings, joining and leaving groups."""

from urllib.parse import quote

from aiohttp import web

from appservice.errors import Forbidden, HomeserverError, RateLimited
from appservice.homeserver import segment
from appservice.languages import N_
from appservice.payload import Payload
from feed.site import Site
from feed.views.reading import find_group
from feed.visits import field, own_address, visit_of, words_of

_SSO = "/_matrix/client/v3/login/sso/redirect"


class AccountViews:
    """Handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Return what is served where."""
        return [
            web.get("/login", self.login_form),
            web.post("/login", self.login),
            web.get("/login/sso", self.to_provider),
            web.get("/login/token", self.from_provider),
            web.post("/logout", self.logout),
            web.get("/you", self.settings_form),
            web.post("/you", self.settings),
            web.post("/groups/{slug}/join", self.join),
            web.post("/groups/{slug}/ask", self.ask),
            web.post("/groups/{slug}/leave", self.leave),
            web.get("/connections/{page}", self.connection),
            web.post("/connections/{page}", self.take_secret),
        ]

    async def login_form(self, request: web.Request) -> web.Response:
        """Show the one form."""
        if visit_of(request).viewer:
            return self._site.see_other(request, "/")
        return await self._login_page(request, user=request.query.get("user", ""))

    async def login(self, request: web.Request) -> web.Response:
        """Trade a password for a session."""
        form = await request.post()
        user, password = field(form, "user", longest=255), form.get("password")
        proof: dict[str, object] = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user},
            "password": password if isinstance(password, str) else "",
        }
        try:
            return await self._sign_in(request, proof)
        except Forbidden:
            error = words_of(request)(N_("This name and this password do not fit together."))
        except RateLimited as limit:
            error = words_of(request)(
                N_("Too many tries. Wait {n} seconds and try again."),
                n=round(limit.retry_after) + 1,
            )
        except HomeserverError:
            error = words_of(request)(
                N_("The message server is not answering. Try again in a moment.")
            )
        return await self._login_page(request, user=user, error=error, status=401)

    async def to_provider(self, request: web.Request) -> web.StreamResponse:
        """Lead to the organization's own sign-in; the way back carries the visit's token."""
        state = self._site.form_token(visit_of(request))
        back = f"{self._site.settings.public_url}/login/token?state={state}"
        provider = request.query.get("provider", "")
        path = f"{_SSO}/{segment(provider)}" if provider else _SSO
        address = f"{self._site.settings.homeserver_url}{path}?redirectUrl={quote(back, safe='')}"
        raise web.HTTPFound(address)

    async def from_provider(self, request: web.Request) -> web.Response:
        """Trade the homeserver's login token for a session."""
        if request.query.get("state") != self._site.form_token(visit_of(request)):
            raise web.HTTPForbidden
        token = request.query.get("loginToken", "")
        return await self._sign_in(request, {"type": "m.login.token", "token": token})

    async def logout(self, request: web.Request) -> web.Response:
        """End the session."""
        if session := visit_of(request).session:
            await self._site.sessions.sign_out(session)
        answer = self._site.see_other(request, "/login")
        self._site.drop_cookie(answer, "session")
        return answer

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

    async def join(self, request: web.Request) -> web.Response:
        """Join a group, or accept its invitation."""
        viewer = self._site.viewer(request)
        group = await find_group(self._site, request.match_info["slug"], viewer)
        await self._site.membership.join(viewer.session, group.uuid)
        await self._site.writes.wait_for_room(viewer.user_id, group.posts_room_id, joined=True)
        return self._site.see_other(request, f"/groups/{group.slug}")

    async def ask(self, request: web.Request) -> web.Response:
        """Ask a private group to be let in."""
        viewer = self._site.viewer(request)
        group = await find_group(self._site, request.match_info["slug"], viewer)
        await self._site.membership.ask(viewer.session, group.uuid)
        return self._site.see_other(request, f"/groups/{group.slug}?asked=1")

    async def leave(self, request: web.Request) -> web.Response:
        """Leave a group."""
        viewer = self._site.viewer(request)
        group = await find_group(self._site, request.match_info["slug"], viewer)
        await self._site.membership.leave(viewer.session, group.uuid)
        await self._site.writes.wait_for_room(viewer.user_id, group.posts_room_id, joined=False)
        return self._site.see_other(request, "/groups")

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

    async def _sign_in(self, request: web.Request, proof: dict[str, object]) -> web.Response:
        cookie, session = await self._site.sessions.sign_in(proof)
        await self._site.membership.welcome(session.id)
        answer = self._site.see_other(request, "/")
        self._site.set_cookie(answer, "session", cookie)
        return answer

    async def _login_page(
        self, request: web.Request, *, user: str = "", error: str = "", status: int = 200
    ) -> web.Response:
        chosen = next((one for one in self._site.settings.demo if one.user_id == user), None)
        return await self._site.page(
            request,
            "login.html",
            status=status,
            user=user,
            password=chosen.password if chosen else "",
            error=error,
            providers=await self._providers(),
            demo=self._site.settings.demo,
        )

    async def _providers(self) -> tuple[tuple[str, str], ...]:
        """Return the identity providers that the homeserver offers, as (id, name)."""
        try:
            flows = await self._site.sessions.flows()
        except HomeserverError:
            return ()
        for flow in flows:
            if flow.text("type") == "m.login.sso":
                named = [(one.text("id"), one.text("name")) for one in _providers_of(flow)]
                return tuple(named) or (("", ""),)
        return ()


def _providers_of(flow: Payload) -> tuple[Payload, ...]:
    return flow.items("identity_providers")
