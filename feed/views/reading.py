"""Pages that only read: home, groups, posts, people, search."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from aiohttp import web

from appservice.ids import EventId, UserId
from feed.contracts import SourceView
from feed.fit import Fit, fits, may_fit
from feed.folding import folded
from feed.forms import given_again
from feed.held import CARING, OWNING, PUBLISHING
from feed.model import GroupView, Page, Post, Viewer
from feed.site import Site
from feed.tree import above, below, sections

_LONGEST_LABEL = 100


class ReadingViews:
    """Handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Return what is served where."""
        return [
            web.get("/", self.home),
            web.get("/groups", self.directory),
            web.get("/groups/{slug}", self.group),
            web.get("/posts/{event_id}", self.post),
            web.get("/people/{user_id}", self.person),
            web.get("/search", self.search),
        ]

    async def home(self, request: web.Request) -> web.Response:
        """Show the newest posts of all joined groups."""
        viewer = self._site.viewer(request)
        cursor, now = request.query.get("after", ""), self._site.settings.clock()
        page = await self._site.store.home(viewer, cursor=cursor)
        visit = await self._site.feed.marks.last_visit(viewer.user_id, now=now)
        return await self._site.page(
            request,
            "home.html",
            page=page,
            visit=visit,
            line=_line(page, cursor, visit),
            until=max(map(_newest, page.posts), default=0),
        )

    async def directory(self, request: web.Request) -> web.Response:
        """Show every group that the viewer may know of, in the one order."""
        viewer = self._site.viewer(request)
        groups = await self._groups(viewer)
        fits = await self._fits(viewer, groups)
        return await self._site.page(request, "groups.html", sections=sections(groups), fits=fits)

    async def group(self, request: web.Request) -> web.Response:
        """Show one group: its purpose, its people, and for members its posts."""
        viewer = self._site.viewer(request)
        group = await self._group(request, viewer)
        others = await self._groups(viewer)
        if heir := _heir(request, group, others):
            return self._site.see_other(request, f"/groups/{heir.slug}?was={group.slug}")
        cursor = request.query.get("after", "")
        label = " ".join(request.query.get("label", "").split())[:_LONGEST_LABEL]
        page = await self._site.store.group_posts(viewer, group, cursor=cursor, label=label)
        labels = await self._site.store.labels(group)
        people = await self._site.store.people(group)
        level = await self._site.store.level(viewer, group) if group.joined else 0
        held = await self._site.store.held(viewer, group) if group.joined else ()
        return await self._site.page(
            request,
            "group.html",
            group=group,
            connected=await self._connected(viewer, group, level),
            page=page,
            label=label,
            labels=labels,
            unused=_unused(group, labels, label),
            people=people,
            held=held,
            above=above(group, others),
            below=below(group, others),
            was=_was(request, group, others),
            publishes=level >= PUBLISHING,
            steers=level >= CARING,
            owns=level >= OWNING,
        )

    async def post(self, request: web.Request) -> web.Response:
        """Show one post with a page of its thread: the newest, or that of the comment asked for."""
        viewer, query, store = self._site.viewer(request), request.query, self._site.store
        if address := await self._comment_address(request, viewer):
            return self._site.see_other(request, address)
        post = await find_post(self._site, request, viewer)
        if post.referred:
            return self._site.see_other(request, f"/posts/{quote(post.referred, safe='')}")
        wanted = await store.comment(viewer, post, EventId(query.get("comment", "")))
        since = wanted.cursor if wanted else query.get("since", "")
        thread = await store.thread(viewer, post, before=query.get("before", ""), since=since)
        level = await store.level(viewer, post.group)
        return await self._site.page(
            request,
            "post.html",
            post=post,
            thread=thread,
            given=given_again({}),
            keeps_order=level >= CARING,
        )

    async def _comment_address(self, request: web.Request, viewer: Viewer) -> str:
        """Return where a comment stands, if it is one that the address names."""
        event_id = EventId(request.match_info["event_id"])
        root = await self._site.store.post_of(event_id)
        if root is None or await self._site.store.post(viewer, root) is None:
            return ""
        anchor = quote(event_id, safe="")
        return f"/posts/{quote(root, safe='')}?comment={anchor}#{anchor}"

    async def person(self, request: web.Request) -> web.Response:
        """Show a person and what they wrote where the viewer reads."""
        viewer = self._site.viewer(request)
        user_id = UserId(request.match_info["user_id"])
        person = await self._site.store.person(viewer, user_id)
        if person is None:
            raise web.HTTPNotFound
        posts = await self._site.store.posts_of(viewer, user_id)
        return await self._site.page(request, "person.html", person=person, posts=posts)

    async def search(self, request: web.Request) -> web.Response:
        """Show the posts that hold all words of the query."""
        viewer = self._site.viewer(request)
        query = request.query.get("q", "").strip()[:200]
        posts = await self._site.store.search(viewer, query) if query else ()
        return await self._site.page(request, "search.html", query=query, posts=posts)

    async def _connected(
        self, viewer: Viewer, group: GroupView, level: int
    ) -> tuple[SourceView, ...]:
        """Return what feeds a group, to who reads there."""
        if not (group.joined and group.sources):
            return ()
        room_id, manages = group.posts_room_id, level >= OWNING
        return await self._site.sheets.sources(room_id, viewer, manages=manages)

    async def _fits(self, viewer: Viewer, groups: Sequence[GroupView]) -> Mapping[str, Fit]:
        kinds = self._site.settings.kinds.values()
        crowds = frozenset(kind.key for kind in kinds if kind.for_everybody)
        met = await self._site.feed.colleagues.met_in(groups, viewer, crowds=crowds)
        rules = {one.uuid: one.rule for one in groups if may_fit(one) and one.rule}
        meant = await self._site.meaning.meant(viewer.user_id, rules) if rules else {}
        return fits(groups, meant, met)

    async def _groups(self, viewer: Viewer) -> list[GroupView]:
        now = self._site.settings.clock()
        return list(await self._site.store.groups(viewer, now=now))

    async def _group(self, request: web.Request, viewer: Viewer) -> GroupView:
        return await find_group(self._site, request.match_info["slug"], viewer)


def _heir(request: web.Request, group: GroupView, groups: Sequence[GroupView]) -> GroupView | None:
    """Return the group in which one goes on, unless its own past is asked for."""
    if not group.successor or "past" in request.query:
        return None
    return next((one for one in groups if one.uuid == group.successor), None)


def _was(request: web.Request, group: GroupView, groups: Sequence[GroupView]) -> GroupView | None:
    """Return the group from whose address the viewer was led here, if it goes on here."""
    slug = request.query.get("was", "")
    return next((one for one in groups if one.slug == slug and one.successor == group.uuid), None)


def _unused(group: GroupView, labels: Sequence[tuple[str, int]], chosen: str) -> list[str]:
    """Return the group's own labels, and the one chosen, that are not among the most used."""
    used = {"", *(folded(word) for word, _ in labels)}
    words = {folded(word): word for word in (chosen, *group.labels)}
    return [word for key, word in words.items() if group.joined and key not in used]


def _line(page: Page, cursor: str, visit: int) -> EventId | None:
    """Return the post above which stands how far the viewer had read, if that is on the page."""
    above = cursor.partition("_")[0]
    news = above.isdecimal() and int(above) > visit
    for post in page.posts:
        if post.at <= visit:
            return post.event_id if news else None
        news = news or post.unread
    return None


def _newest(post: Post) -> int:
    """Return the time of the newest that a post's slab can show."""
    return max(post.at, post.latest_comment.at if post.latest_comment else 0)


async def find_group(site: Site, slug: str, viewer: Viewer) -> GroupView:
    """Return a group by its address; what is hidden is answered like what does not exist."""
    group = await site.store.group(viewer, slug, now=site.settings.clock())
    if group is None:
        raise web.HTTPNotFound
    return group


async def find_post(site: Site, request: web.Request, viewer: Viewer) -> Post:
    """Return the post that the address names; what is hidden does not exist."""
    post = await site.store.post(viewer, EventId(request.match_info["event_id"]))
    if post is None:
        raise web.HTTPNotFound
    return post
