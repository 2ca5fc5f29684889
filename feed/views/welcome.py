"""Where a one-time code leads: to a password of one's own, or to the organization's sign-in.

The code stands behind "#" in addresses, which browsers keep to themselves, and travels in forms only:
no log of ours or of a proxy holds it. All codes that let nobody in are answered alike.
"""

from aiohttp import web

from appservice.errors import HomeserverError, RateLimited
from appservice.languages import N_
from feed.entering import enter, password_proof
from feed.forms import form_of
from feed.inviting import NewcomerView, NoEntry, WeakPassword
from feed.site import Site
from feed.throttle import Throttle, address_of
from feed.visits import field, words_of
from feed.ways import Ways

_MOST, _WITHIN = 10, 600.0
_REFUSED = N_(
    "This code lets nobody in: it may be mistyped, used already, or too old. Ask for another."
)
_WEAK = N_(
    "Choose at least ten signs, and not your name. Three or four words are easy to remember."
)
_UNLIKE = N_("The two passwords differ. Type them again.")


class WelcomeViews:
    """Handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._throttle = Throttle(most=_MOST, within=_WITHIN)

    def routes(self) -> list[web.RouteDef]:
        """Return what is served where."""
        return [
            web.get("/welcome", self.code_form),
            web.post("/welcome", self.take_code),
            web.post("/welcome/password", self.take_password),
        ]

    async def code_form(self, request: web.Request) -> web.Response:
        """Ask for the code."""
        return await self._page(request)

    async def take_code(self, request: web.Request) -> web.Response:
        """Show the way in that a code opens; where only the organization's sign-in leads on, use it up."""
        code, ways = self._code(request), await self._ways()
        outside = bool(ways.providers) and not self._by_password(ways)
        invitations = self._site.invitations
        try:
            newcomer = await (invitations.lead(code) if outside else invitations.look(code))
        except NoEntry:
            return await self._refuse(request)
        return await self._page(request, code=code, newcomer=newcomer, ways=ways)

    async def take_password(self, request: web.Request) -> web.Response:
        """Set the password, and sign in with it."""
        code, sent = self._code(request), form_of(request).fields
        password, ways = sent.get("password", ""), await self._ways()
        try:
            newcomer = await self._site.invitations.look(code)
            if not self._by_password(ways):
                return await self._refuse(request)
            if password != sent.get("again", ""):
                return await self._page(
                    request, code=code, newcomer=newcomer, ways=ways, error=_UNLIKE
                )
            await self._site.invitations.set_password(code, password)
        except NoEntry:
            return await self._refuse(request)
        except WeakPassword:
            return await self._page(request, code=code, newcomer=newcomer, ways=ways, error=_WEAK)
        try:
            return await enter(self._site, request, password_proof(newcomer.user_id, password))
        except HomeserverError:
            return self._site.see_other(
                request, "/login"
            )  # It is set: signing in may be tried again.

    def _code(self, request: web.Request) -> str:
        """Return the code of a form, unless its sender was wrong too often."""
        if (wait := self._throttle.wait(address_of(request))) > 0:
            raise RateLimited(wait)
        return field(form_of(request).fields, "code", longest=100)

    def _by_password(self, ways: Ways) -> bool:
        return ways.by_password and self._site.invitations.makes_accounts

    async def _ways(self) -> Ways:
        try:
            return await self._site.sessions.ways()
        except HomeserverError:
            return Ways(by_password=True)

    async def _refuse(self, request: web.Request) -> web.Response:
        self._throttle.failed(address_of(request))
        return await self._page(request, error=_REFUSED)

    async def _page(
        self,
        request: web.Request,
        *,
        code: str = "",
        newcomer: NewcomerView | None = None,
        ways: Ways | None = None,
        error: str = "",
    ) -> web.Response:
        return await self._site.page(
            request,
            "welcome.html",
            status=422 if error else 200,
            code=code,
            newcomer=newcomer,
            ways=ways,
            sets_password=ways is not None and self._by_password(ways),
            error=words_of(request)(error) if error else "",
        )
