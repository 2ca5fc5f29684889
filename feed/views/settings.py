"""Pages on which people steer a group, or the house: forms made from the bot's commands."""

from dataclasses import dataclass

from aiohttp import web

from feed.command_forms import FormAnswer, FormView
from feed.forms import form_of
from feed.model import GroupView, Viewer
from feed.site import Site
from feed.views.reading import find_group
from feed.visits import field

_OURS = frozenset({"csrf", "nonce", "command"})


@dataclass(frozen=True)
class SentForm:
    """A command's form as it was sent."""

    command: str
    given: dict[str, str]
    nonce: str


def sent_form(request: web.Request) -> SentForm:
    """Return the form of a command that the guard took."""
    sent = form_of(request).fields
    given = {name: field(sent, name) for name in sent if name not in _OURS}
    return SentForm(field(sent, "command"), given, field(sent, "nonce"))


class SettingsViews:
    """Handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Return what is served where."""
        return [
            web.get("/groups/{slug}/settings", self.of_group),
            web.post("/groups/{slug}/settings", self.change_group),
            web.get("/manage", self.of_house),
            web.post("/manage", self.change_house),
        ]

    async def of_group(self, request: web.Request) -> web.Response:
        """Show the forms of one group to its owners."""
        viewer = self._site.viewer(request)
        group = await find_group(self._site, request.match_info["slug"], viewer)
        return await self._page(request, await self._forms(viewer, group), group=group)

    async def change_group(self, request: web.Request) -> web.Response:
        """Do what a form of one group asks."""
        viewer = self._site.viewer(request)
        group = await find_group(self._site, request.match_info["slug"], viewer)
        return await self._run(request, group)

    async def of_house(self, request: web.Request) -> web.Response:
        """Show the forms that are about no single group."""
        viewer = self._site.viewer(request)
        return await self._page(request, await self._forms(viewer, None))

    async def change_house(self, request: web.Request) -> web.Response:
        """Do what a form that is about no single group asks."""
        return await self._run(request, None)

    async def _forms(self, viewer: Viewer, group: GroupView | None) -> tuple[FormView, ...]:
        """Return what the viewer is offered; a group that they may not steer has no such page."""
        if group is None:
            return await self._site.commands.of_house(viewer)
        forms = await self._site.commands.of_group(viewer, group)
        if not forms:
            raise web.HTTPNotFound
        return forms

    async def _run(self, request: web.Request, group: GroupView | None) -> web.Response:
        viewer, sent = self._site.viewer(request), sent_form(request)
        await self._forms(viewer, group)
        command, given = sent.command, sent.given
        answer = await self._site.commands.run(
            viewer, command, given, nonce=sent.nonce, group=group
        )
        if answer is None:
            raise web.HTTPBadRequest
        forms = await self._forms(viewer, group)
        return await self._page(
            request, forms, group=group, used=command, given=given, answer=answer
        )

    async def _page(
        self,
        request: web.Request,
        forms: tuple[FormView, ...],
        *,
        group: GroupView | None = None,
        used: str = "",
        given: dict[str, str] | None = None,
        answer: FormAnswer | None = None,
    ) -> web.Response:
        """Show *forms*; after a refusal the one that was *used* holds what was *given*."""
        status = 200 if answer is None or answer.done else 422
        viewer = self._site.viewer(request)
        drafts = () if group else await self._site.commands.drafts(viewer)
        return await self._site.page(
            request,
            "settings.html",
            status=status,
            forms=forms,
            drafts=drafts,
            group=group,
            used=used,
            given={} if answer is None or answer.done else given or {},
            answer=answer,
        )
