"""Joining and leaving groups, in a person's own name."""

from aiohttp import web

from feed.site import Site
from feed.views.reading import find_group


class JoiningViews:
    """Handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Return what is served where."""
        return [
            web.post("/groups/{slug}/join", self.join),
            web.post("/groups/{slug}/ask", self.ask),
            web.post("/groups/{slug}/leave", self.leave),
        ]

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
