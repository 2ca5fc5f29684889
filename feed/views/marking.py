"""What was read: told by the script as it happens, or by a button for all at once."""

from aiohttp import web

from appservice.ids import EventId
from feed.marks import Seen
from feed.site import Site
from feed.visits import field, own_address

_MOST = 60
_LONGEST_NUMBER = 15


class MarkingViews:
    """Handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Return what is served where."""
        return [web.post("/read", self.read), web.post("/read/all", self.read_all)]

    async def read(self, request: web.Request) -> web.Response:
        """Note the posts of a script: a line for each, its id and its newest comment's time."""
        viewer, form = self._site.viewer(request), await request.post()
        lines = field(form, "seen", longest=20_000).split("\n")[:_MOST]
        seen = [Seen(EventId(event), _time(talk)) for event, _, talk in map(_parted, lines)]
        now = self._site.settings.clock()
        receipts = await self._site.feed.marks.mark(viewer.user_id, seen, now=now)
        self._site.receipts.tell(viewer.session, receipts)
        return web.Response(status=204)

    async def read_all(self, request: web.Request) -> web.Response:
        """Note all that the page could show as read, but nothing that came since."""
        viewer, form = self._site.viewer(request), await request.post()
        until, now = _time(field(form, "until")), self._site.settings.clock()
        receipts = await self._site.feed.marks.mark_all(viewer.user_id, until=until, now=now)
        self._site.receipts.tell(viewer.session, receipts)
        return self._site.see_other(request, own_address(field(form, "back"), otherwise="/"))


def _parted(line: str) -> tuple[str, str, str]:
    return line.partition(" ")


def _time(text: str) -> int:
    """Return a time, 0 for what is none: it must fit a database integer."""
    fair = text.isdecimal() and text.isascii() and len(text) <= _LONGEST_NUMBER
    return int(text) if fair else 0
