"""The page that leads a group's owner through connecting an app."""

from html import escape

from aiohttp import web

from feed.command_forms import FormAnswer
from feed.contracts import ConnectionSheet
from feed.site import Site
from feed.views.settings import SentForm, sent_form
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
            web.post("/connections/{page}/settings", self.steer),
            web.post("/connections/{page}/account", self.take_account),
            web.post("/connections/{page}/account/forget", self.forget_account),
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

    async def take_account(self, request: web.Request) -> web.Response:
        """Try the account that is to write at the source, and keep it if it may."""
        viewer, form = self._site.viewer(request), await request.post()
        answer = await self._site.sheets.take_account(
            request.match_info["page"],
            viewer,
            base=field(form, "base", longest=500),
            user=field(form, "user", longest=500),
            token=field(form, "token", longest=2000),
        )
        if answer is None:
            raise web.HTTPNotFound
        said = FormAnswer(escape(answer.text), done=answer.done)
        return await self._sheet(request, reveal=False, answer=said)

    async def forget_account(self, request: web.Request) -> web.Response:
        """Forget the account."""
        page = request.match_info["page"]
        if not await self._site.sheets.forget_account(page, self._site.viewer(request)):
            raise web.HTTPNotFound
        return self._site.see_other(request, f"/connections/{page}")

    async def steer(self, request: web.Request) -> web.Response:
        """Do what a form of the connection asks."""
        sheet, sent = await self._found(request, reveal=False), sent_form(request)
        answer = await self._site.commands.run(
            self._site.viewer(request), sent.command, sent.given, nonce=sent.nonce, connection=sheet
        )
        if answer is None:
            raise web.HTTPBadRequest
        if answer.done and await self._is_gone(request):
            return self._site.see_other(request, f"/groups/{sheet.group_slug}")
        return await self._sheet(request, reveal=False, sent=sent, answer=answer)

    async def _sheet(
        self,
        request: web.Request,
        *,
        reveal: bool,
        sent: SentForm | None = None,
        answer: FormAnswer | None = None,
    ) -> web.Response:
        """Show the page; after a refusal the form that was *sent* holds what was given."""
        sheet = await self._found(request, reveal=reveal)
        refused = answer is not None and not answer.done
        return await self._site.page(
            request,
            "connection.html",
            status=422 if refused else 200,
            sheet=sheet,
            address=f"/connections/{request.match_info['page']}",
            kept="kept" in request.query,
            forms=await self._site.commands.of_connection(self._site.viewer(request), sheet),
            used=sent.command if sent else "",
            given=sent.given if sent and refused else {},
            answer=answer,
        )

    async def _found(self, request: web.Request, *, reveal: bool) -> ConnectionSheet:
        viewer, page = self._site.viewer(request), request.match_info["page"]
        sheet = await self._site.sheets.sheet(page, viewer, reveal=reveal)
        if sheet is None:
            raise web.HTTPNotFound
        return sheet

    async def _is_gone(self, request: web.Request) -> bool:
        viewer, page = self._site.viewer(request), request.match_info["page"]
        return await self._site.sheets.sheet(page, viewer) is None


def _is_looked_at(request: web.Request) -> bool:
    """Tell whether a person waits for the page: what browsers load ahead must not use it up.

    Source: https://www.w3.org/TR/fetch-metadata/ and the header Sec-Purpose of the Fetch standard.
    """
    ahead = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return not ahead and request.headers.get("Sec-Fetch-Dest", "document") == "document"
