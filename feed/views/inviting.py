"""The inviter's page: who is invited, signed in or unreachable; letters, printed sheets, taking back."""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from appservice.languages import N_
from feed.forms import form_of
from feed.inviting import Choice, SheetView
from feed.model import Viewer
from feed.qr import qr_code
from feed.site import Site
from feed.visits import field, words_of

_REACHES = ("unreachable", "invited", "signed-in")
_MARK = "who:"


class InvitingViews:
    """Handlers, for admins; to others there is no such page."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Return what is served where."""
        return [
            web.get("/manage/people", self.people),
            web.post("/manage/people", self.change),
            web.post("/manage/people/sheets", self.sheets),
        ]

    async def people(self, request: web.Request) -> web.Response:
        """Show a page of them."""
        return await self._page(request, self._admin(request))

    async def change(self, request: web.Request) -> web.Response:
        """Send letters, or take codes back."""
        viewer, sent = self._admin(request), form_of(request).fields
        choice, invitations = _choice(request), self._site.invitations
        words = words_of(request)
        if field(sent, "do") == "revoke":
            await invitations.revoke(viewer, choice)
            said = words(N_("Their codes let nobody in any more."))
        else:
            mailed, without = await invitations.mail(viewer, choice, nonce=field(sent, "nonce"))
            said = words(N_("Letters on their way: {n}."), n=mailed)
            if without:
                said += " " + words(N_("People without an e-mail address: {n}."), n=without)
        return await self._page(request, viewer, said=said)

    async def sheets(self, request: web.Request) -> web.Response:
        """Show sheets to be printed, one for each person."""
        viewer, nonce = self._admin(request), field(form_of(request).fields, "nonce")
        sheets = await self._site.invitations.sheets(viewer, _choice(request), nonce=nonce)
        if not sheets:
            said = words_of(request)(N_("Nobody was chosen who still needs a code."))
            return await self._page(request, viewer, said=said)
        drawn = await asyncio.to_thread(_draw, sheets)
        return await self._site.page(
            request,
            "sheets.html",
            sheets=list(zip(sheets, drawn, strict=True)),
            site=self._site.settings.public_url,
        )

    def _admin(self, request: web.Request) -> Viewer:
        viewer = self._site.viewer(request)
        if not viewer.is_admin:
            raise web.HTTPNotFound
        return viewer

    async def _page(self, request: web.Request, viewer: Viewer, *, said: str = "") -> web.Response:
        source = form_of(request).fields if request.method == "POST" else request.query
        reach, words = field(source, "state"), field(source, "words", longest=100)
        number = field(source, "page", longest=6)
        shown = await self._site.invitations.people(
            viewer,
            reach=reach if reach in _REACHES else "",
            words=words,
            page=int(number) if number.isascii() and number.isdigit() else 1,
        )
        return await self._site.page(
            request, "people.html", shown=shown, state=reach, words=words, said=said
        )


def _choice(request: web.Request) -> Choice:
    sent = form_of(request).fields
    reach = field(sent, "state")
    return Choice(
        chosen=tuple(name.removeprefix(_MARK) for name in sent if name.startswith(_MARK)),
        everybody=field(sent, "whom") == "all",
        reach=reach if reach in _REACHES else "",
        words=field(sent, "words", longest=100),
    )


def _draw(sheets: Sequence[SheetView]) -> list[str]:
    return [qr_code(sheet.address) for sheet in sheets]
