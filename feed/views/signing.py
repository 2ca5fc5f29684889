"""Signing in and out: the homeserver, or the organization's identity provider, says who it is."""

import hmac
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from appservice.errors import HomeserverError, RateLimited, Unreachable
from appservice.homeserver import segment
from appservice.languages import N_, Phrases
from feed.entering import enter, password_proof
from feed.site import Site
from feed.visits import field, visit_of, words_of
from feed.ways import Ways

_SSO = "/_matrix/client/v3/login/sso/redirect"


@dataclass(frozen=True)
class _Refusal:
    """Why nobody is signed in: an HTTP *status* and the words for it."""

    status: int
    words: str


class SigningViews:
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
        ]

    async def login_form(self, request: web.Request) -> web.Response:
        """Show the one form."""
        if visit_of(request).viewer:
            return self._site.see_other(request, "/")
        return await self._page(request, user=request.query.get("user", ""))

    async def login(self, request: web.Request) -> web.Response:
        """Trade a password for a session."""
        form = await request.post()
        user, password = field(form, "user", longest=255), form.get("password")
        proof = password_proof(user, password if isinstance(password, str) else "")
        wrong = N_("This name and this password do not fit together.")
        return await self._sign_in(request, proof, user=user, refused=wrong)

    async def to_provider(self, request: web.Request) -> web.StreamResponse:
        """Lead to the organization's own sign-in; the way back carries the visit's token.

        Client-Server API, "SSO during login": the homeserver adds ``loginToken`` to redirectUrl.
        """
        state = self._site.way_back(visit_of(request))
        settings = self._site.settings
        back = f"{settings.public_url}/login/token?state={state}"
        provider = request.query.get("provider", "")
        path = f"{_SSO}/{segment(provider)}" if provider else _SSO
        raise web.HTTPFound(f"{settings.homeserver_url}{path}?redirectUrl={quote(back, safe='')}")

    async def from_provider(self, request: web.Request) -> web.Response:
        """Trade the homeserver's login token (good for two minutes, once) for a session."""
        expected = self._site.way_back(visit_of(request))
        if not hmac.compare_digest(request.query.get("state", "").encode(), expected.encode()):
            # Somebody else's way back, or a browser that kept no cookie.
            words = words_of(request)(N_("This sign-in began elsewhere. Please begin again."))
            return await self._page(request, refusal=_Refusal(403, words))
        proof: dict[str, object] = {
            "type": "m.login.token",
            "token": request.query.get("loginToken", ""),
        }
        late = N_("This sign-in has run out. Please begin again.")
        return await self._sign_in(request, proof, refused=late)

    async def logout(self, request: web.Request) -> web.Response:
        """End the session."""
        if session := visit_of(request).session:
            await self._site.sessions.sign_out(session.id)
            self._site.feed.live.end(session.id)
        answer = self._site.see_other(request, "/login")
        self._site.drop_cookie(answer, "session")
        answer.headers["Clear-Site-Data"] = '"cache"'  # Pictures that only this person might see.
        return answer

    async def _sign_in(
        self, request: web.Request, proof: dict[str, object], *, refused: str, user: str = ""
    ) -> web.Response:
        """Lead on with a session, or back to the form with the reason."""
        try:
            return await enter(self._site, request, proof)
        except HomeserverError as error:
            refusal = _refusal(error, words_of(request), refused)
            return await self._page(request, user=user, refusal=refusal)

    async def _page(
        self, request: web.Request, *, user: str = "", refusal: _Refusal | None = None
    ) -> web.Response:
        chosen = next((one for one in self._site.settings.demo if one.user_id == user), None)
        return await self._site.page(
            request,
            "login.html",
            status=refusal.status if refusal else 200,
            user=user,
            password=chosen.password if chosen else "",
            error=refusal.words if refusal else "",
            ways=await self._ways(),
            demo=self._site.settings.demo,
        )

    async def _ways(self) -> Ways:
        try:
            return await self._site.sessions.ways()
        except HomeserverError:
            return Ways(by_password=True)  # It is away; who tries is told so.


def _refusal(error: HomeserverError, words: Phrases, refused: str) -> _Refusal:
    if isinstance(error, RateLimited):
        wait = round(error.retry_after) + 1
        return _Refusal(429, words(N_("Too many tries. Wait {n} seconds and try again."), n=wait))
    if isinstance(error, Unreachable):
        away = N_("The message server is not answering. Try again in a moment.")
        return _Refusal(503, words(away))
    return _Refusal(401, words(refused))  # Forbidden, or no name or token at all.
