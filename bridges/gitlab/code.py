"""Pushes, tags, releases and wiki pages."""

import re

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.gitlab.reading import about, at, call_key, happened, page, post, project, scope
from bridges.parts import Verbs, summary, unread
from bridges.readings import Card, Ignored, Importance, Reading, State, StateClass, fields

_QUIET, _NORMAL, _LOUD = Importance.QUIET, Importance.NORMAL, Importance.LOUD
PUSH_VERBS: Verbs = {
    "commits": (N_("{actor} pushed to {branch}"), _NORMAL),
    "branch_created": (N_("{actor} created the branch {branch}"), _NORMAL),
    "branch_deleted": (N_("{actor} deleted the branch {branch}"), _QUIET),
}
TAG_VERBS: Verbs = {
    "created": (N_("{actor} created the tag {tag}"), _NORMAL),
    "moved": (N_("{actor} moved the tag {tag}"), _NORMAL),
    "deleted": (N_("{actor} deleted the tag {tag}"), _NORMAL),
}
RELEASE_VERBS: Verbs = {
    "published": (N_("{actor} published this release"), _LOUD),
    "edited": (N_("{actor} edited the release notes"), _QUIET),
    "deleted": (N_("{actor} deleted this release"), _NORMAL),
}
WIKI_VERBS: Verbs = {
    "created": (N_("{actor} wrote this page"), _NORMAL),
    "edited": (N_("{actor} edited this page"), _QUIET),
    "deleted": (N_("{actor} deleted this page"), _NORMAL),
}
_ACTIONS = {"create": "created", "update": "edited", "delete": "deleted"}
_SHOWN_COMMITS = 5
_LONGEST_SUBJECT = 100
_SIGNATURE = "-----BEGIN "
_COMMIT = re.compile(r"[0-9a-f]{7,64}", re.ASCII)


def read_push(delivery: Delivery) -> Reading | Ignored:
    """Read ``push``: a post of its own, with the newest commits. GitLab knows no time of it."""
    body, branch = delivery.body, delivery.body.text("ref").removeprefix("refs/heads/")
    if not branch:
        return unread("push", "")
    done = {"": "commits", "created": "branch_created", "deleted": "branch_deleted"}[_end(body)]
    step = happened(
        body,
        PUSH_VERBS[done],
        _key(body),
        url=_compare(body),
        text=_commits(body),
        branch=branch,
    )
    return post(body, (f"push.{done}", step), f"{project(body)} · {branch}", branch=branch)


def read_tag(delivery: Delivery) -> Reading | Ignored:
    """Read ``tag_push``: a post of its own."""
    body, tag = delivery.body, delivery.body.text("ref").removeprefix("refs/tags/")
    if not tag:
        return unread("tag", "")
    done = _end(body) or "moved"
    url = "" if done == "deleted" else page(body, f"tags/{tag}")
    text = body.text("message").partition(_SIGNATURE)[0].strip()
    step = happened(body, TAG_VERBS[done], _key(body), url=url, text=text, tag=tag)
    return post(body, (f"tag.{done}", step), f"{project(body)} · {tag}")


def read_release(delivery: Delivery) -> Reading | Ignored:
    """Read ``release``: a card from its publication on; its changes carry no time."""
    body = delivery.body
    done = _ACTIONS.get(body.text("action"), "")
    done = "published" if done == "created" else done
    tag, name = body.text("tag"), body.text("name")
    if done not in RELEASE_VERBS or not (tag or body.word("id")):
        return unread("release", body.text("action"))
    new = done == "published"
    when = at(body, "created_at", "released_at") if new else None
    # One that was deleted may be made anew, with the same tag.
    key = f"release:published:{when}" if new else f"release:{done}:{call_key(delivery)}"
    step = happened(body, RELEASE_VERBS[done], key, when=when, url=body.text("url"))
    card = Card(
        case=f"{scope(body)}/release/{tag or body.word('id')}",
        noun=N_("Release"),
        number=tag if name and tag != name else "",
        title=name or tag or None,
        url=body.text("url") or None,
        state=State(N_("Published"), StateClass.DONE),
        excerpt=summary(body, "description"),
        fields=fields((N_("Project"), project(body) or None)),
        updated=when,
        deleted={"published": False, "deleted": True}.get(done),
    )
    return about(body, card, (f"release.{done}", step))


def read_wiki(delivery: Delivery) -> Reading | Ignored:
    """Read ``wiki_page``: one card for each page, by the name in its address."""
    body, wiki = delivery.body, delivery.body.at("object_attributes")
    done = _ACTIONS.get(wiki.text("action"), "")
    name = wiki.text("slug") or wiki.text("title")
    if not done or not name:
        return unread("wiki", wiki.text("action"))
    key = f"{done}:{wiki.text('version_id') or call_key(delivery)}"
    url = "" if done == "deleted" else wiki.text("url")
    step = happened(body, WIKI_VERBS[done], key, url=url, text=wiki.text("message"))
    card = Card(
        case=f"{scope(body)}/wiki/{name}",
        noun=N_("Wiki page"),
        title=wiki.text("title") or name,
        url=wiki.text("url") or None,
        excerpt=summary(wiki, "content"),
        fields=fields((N_("Project"), project(body) or None)),
        deleted={"created": False, "deleted": True}.get(done),
    )
    return about(body, card, (f"wiki.{done}", step))


def _end(body: Payload) -> str:
    """Return whether a branch or tag came or went: then one of its ends is all zeros."""
    ends = ("created", "before"), ("deleted", "after")
    return next(
        (word for word, key in ends if body.text(key) and not body.text(key).strip("0")), ""
    )


def _key(body: Payload) -> str:
    return ":".join(body.text(part) for part in ("object_kind", "ref", "before", "after"))


def _compare(body: Payload) -> str:
    ends = (body.text("before"), body.text("after"))
    known = all(_COMMIT.fullmatch(end) for end in ends) and not _end(body)
    return page(body, f"compare/{ends[0]}...{ends[1]}") if known else ""


def _commits(body: Payload) -> str:
    """Return the newest commits as lines; GitLab lists the oldest first, twenty at most."""
    commits = body.items("commits")
    lines = [
        f"{one.text('id')[:8]} {subject.partition(chr(10))[0][:_LONGEST_SUBJECT]}"
        for one in reversed(commits[-_SHOWN_COMMITS:])
        if (subject := one.text("title") or one.text("message"))
    ]
    more = max(body.number("total_commits_count") or 0, len(commits)) - len(lines)
    return "\n".join([*lines, f"+ {more}"] if lines and more > 0 else lines)
