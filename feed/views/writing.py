"""Forms that write: posts, comments, reactions, edits, deletions, drafts."""

from collections.abc import Mapping

from aiohttp import web

from appservice.ids import EventId
from appservice.languages import N_, Language
from feed.forms import Form, form_of, given_again
from feed.held import CARING
from feed.messages import Attachment, Written
from feed.model import Comment, Post, Reaction, Viewer
from feed.site import Site
from feed.views.reading import find_group, find_post
from feed.visits import field, own_address, words_of


class WritingViews:
    """Handlers. Each answers with the page to look at next, or with the text in its form again."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        """Return what is served where."""
        return [
            web.get("/compose", self.compose_form),
            web.post("/compose", self.compose),
            web.post("/posts/{event_id}/comments", self.comment),
            web.post("/posts/{event_id}/publish", self.publish),
            web.post("/posts/{event_id}/reactions", self.react),
            web.get("/posts/{event_id}/edit", self.edit_form),
            web.post("/posts/{event_id}/edit", self.edit),
            web.post("/posts/{event_id}/delete", self.delete),
            web.post("/drafts/discard", self.discard),
            web.post("/drafts/send", self.resend),
        ]

    async def compose_form(self, request: web.Request) -> web.Response:
        """Show the form for a new post, for one group if the address names it.

        Where the group is still to be chosen, the language is left to it: pages work without scripts.
        """
        viewer = self._site.viewer(request)
        given = {**given_again({}), "group": request.query.get("group", "")}
        if given["group"]:
            given["lang"] = await self._language_in(given["group"], viewer)
        return await self._site.page(request, "compose.html", given=given, error="")

    async def _language_in(self, slug: str, viewer: Viewer) -> str:
        """Return the language in which people write in a group, or else the viewer's."""
        now = self._site.settings.clock()
        group = await self._site.store.group(viewer, slug, now=now)
        return (group.language if group else "") or viewer.language

    async def compose(self, request: web.Request) -> web.Response:
        """Send a post."""
        viewer, form = self._site.viewer(request), form_of(request)
        given = given_again(form.fields)
        written = _written(form.fields, otherwise=await self._language_in(given["group"], viewer))
        if not written.title and not written.text and not form.file:
            error = words_of(request)(N_("Write a title or a text: the post is empty."))
            return await self._site.page(
                request, "compose.html", status=422, given=given, error=error
            )
        group = await find_group(self._site, given["group"], viewer)
        if not group.may_post:
            raise web.HTTPForbidden
        attachment = await self._attachment(viewer, form)
        nonce, room_id = field(form.fields, "nonce"), group.posts_room_id
        event_id = await self._site.writes.post(viewer, room_id, nonce, written, attachment)
        if event_id and await self._site.store.post(viewer, event_id):
            return self._site.see_other(request, f"/posts/{event_id}")
        # It waits for the homeserver, or for somebody who may publish it.
        return self._site.see_other(request, f"/groups/{group.slug}")

    async def publish(self, request: web.Request) -> web.Response:
        """Let a held post appear, in the name of who may: the ✅ that any client can send."""
        viewer, form = self._site.viewer(request), form_of(request).fields
        event_id = EventId(request.match_info["event_id"])
        post = await self._site.store.held_post(viewer, event_id)
        if post is None:
            raise web.HTTPNotFound
        await self._site.writes.react(viewer, post.room_id, event_id, "✅", field(form, "nonce"))
        return self._site.see_other(request, f"/groups/{post.group.slug}")

    async def comment(self, request: web.Request) -> web.Response:
        """Send a comment."""
        viewer, form = self._site.viewer(request), form_of(request)
        post = await find_post(self._site, request, viewer)
        if post.reference:
            raise web.HTTPNotFound  # What it stands for is talked about in its own group.
        written = _written(form.fields, otherwise=viewer.language)
        if written.text or form.file:
            attachment = await self._attachment(viewer, form)
            nonce = field(form.fields, "nonce")
            await self._site.writes.comment(viewer, post, nonce, written, attachment)
        return self._site.see_other(request, f"/posts/{post.event_id}#comments")

    async def react(self, request: web.Request) -> web.Response:
        """Add a reaction, or take the viewer's own back."""
        viewer, form = self._site.viewer(request), form_of(request).fields
        post = await find_post(self._site, request, viewer)
        comment = await self._comment(viewer, post, field(form, "about"))
        key, nonce = field(form, "key", longest=32), field(form, "nonce")
        about = comment.event_id if comment else post.event_id
        own = _own(comment.reactions if comment else post.reactions, key)
        if own:
            await self._site.writes.delete(viewer, post.room_id, own, nonce)
        elif key:
            await self._site.writes.react(viewer, post.room_id, about, key, nonce)
        return self._site.see_other(request, _back(field(form, "back"), post))

    async def edit_form(self, request: web.Request) -> web.Response:
        """Show a post or comment of the viewer's own in its form."""
        viewer = self._site.viewer(request)
        post = await find_post(self._site, request, viewer)
        comment = await self._comment(viewer, post, request.query.get("about", ""))
        self._check_own(viewer, post, comment)
        standing = await self._site.store.content_of((comment or post).event_id)
        media = (comment or post).media
        given = {
            **given_again({}),
            "title": "" if comment else standing.text("org.parvis.post", "title"),
            "text": standing.text("org.parvis.post", "source")
            or (comment.text if comment else post.source),
            "labels": "" if comment else ", ".join(post.labels),
            "lang": (comment or post).language,
            "description": media.description if media else "",
            "about": comment.event_id if comment else "",
            "picture": media.name if media and media.kind == "image" else "",
        }
        return await self._site.page(request, "edit.html", given=given, media=media)

    async def edit(self, request: web.Request) -> web.Response:
        """Send a change; what the message has besides words stays."""
        viewer, form = self._site.viewer(request), form_of(request).fields
        post = await find_post(self._site, request, viewer)
        comment = await self._comment(viewer, post, field(form, "about"))
        self._check_own(viewer, post, comment)
        about = comment or post
        written = _written(form, otherwise=about.language)
        if written.text or about.media or (written.title and not comment):
            standing = await self._site.store.content_of(about.event_id)
            nonce, room_id = field(form, "nonce"), post.room_id
            await self._site.writes.edit(viewer, room_id, about.event_id, nonce, written, standing)
        return self._site.see_other(request, f"/posts/{post.event_id}")

    async def delete(self, request: web.Request) -> web.Response:
        """Redact a post or comment: the viewer's own, or as who keeps order in the group."""
        viewer, form = self._site.viewer(request), form_of(request).fields
        post = await find_post(self._site, request, viewer)
        comment = await self._comment(viewer, post, field(form, "about"))
        if await self._site.store.level(viewer, post.group) < CARING:
            self._check_own(viewer, post, comment)
        target = comment.event_id if comment else post.event_id
        await self._site.writes.delete(viewer, post.room_id, target, field(form, "nonce"))
        where = f"/posts/{post.event_id}#comments" if comment else f"/groups/{post.group.slug}"
        return self._site.see_other(request, where)

    async def discard(self, request: web.Request) -> web.Response:
        """Forget a draft."""
        viewer, form = self._site.viewer(request), form_of(request).fields
        await self._site.writes.discard(viewer, field(form, "key"))
        return self._site.see_other(request, "/you")

    async def resend(self, request: web.Request) -> web.Response:
        """Send a draft in the name of the present session."""
        viewer, form = self._site.viewer(request), form_of(request).fields
        await self._site.writes.resend(viewer, field(form, "key"))
        return self._site.see_other(request, "/you")

    async def _attachment(self, viewer: Viewer, form: Form) -> Attachment | None:
        return await self._site.uploads.store(viewer, form.file) if form.file else None

    async def _comment(self, viewer: Viewer, post: Post, event_id: str) -> Comment | None:
        """Return the comment that a form is about, or None if it is about the post itself."""
        if not event_id:
            return None
        comment = await self._site.store.comment(viewer, post, EventId(event_id))
        if comment is None:
            raise web.HTTPNotFound
        return comment

    def _check_own(self, viewer: Viewer, post: Post, comment: Comment | None) -> None:
        if (comment or post).author.user_id != viewer.user_id:
            raise web.HTTPForbidden


def _written(form: Mapping[str, str], *, otherwise: str) -> Written:
    labels = (" ".join(label.split()) for label in field(form, "labels").split(","))
    chosen = field(form, "lang")
    return Written(
        text=field(form, "text"),
        language=chosen if chosen in set(Language) else otherwise,
        title=field(form, "title", longest=160),
        labels=tuple(filter(None, labels)),
        description=field(form, "description", longest=500),
    )


def _own(reactions: tuple[Reaction, ...], key: str) -> EventId | None:
    return next((one.mine for one in reactions if one.key == key), None)


def _back(address: str, post: Post) -> str:
    """Return where a reaction was chosen, so that the reader stays there."""
    page = own_address(address, otherwise=f"/posts/{post.event_id}")
    return f"{page.partition('#')[0]}#{post.event_id}"
