"""Pushes and releases."""

from dataclasses import replace

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.github.reading import about, at, happened, login, repository, repository_id, secrecy
from bridges.parts import Verbs, summary, unread
from bridges.readings import Card, Ignored, Importance, Reading, Secrecy, State, StateClass, fields

PUSH_VERBS: Verbs = {
    "commits": (N_("{actor} pushed to {branch}"), Importance.NORMAL),
    "forced": (N_("{actor} rewrote {branch}"), Importance.NORMAL),
    "branch_created": (N_("{actor} created the branch {branch}"), Importance.NORMAL),
    "branch_deleted": (N_("{actor} deleted the branch {branch}"), Importance.QUIET),
}
TAG_VERBS: Verbs = {
    "created": (N_("{actor} created the tag {tag}"), Importance.NORMAL),
    "moved": (N_("{actor} moved the tag {tag}"), Importance.NORMAL),
    "deleted": (N_("{actor} deleted the tag {tag}"), Importance.NORMAL),
}
RELEASE_VERBS: Verbs = {
    "published": (N_("{actor} published this release"), Importance.LOUD),
    "edited": (N_("{actor} edited the release notes"), Importance.QUIET),
    "released": (N_("{actor} made this pre-release the final one"), Importance.LOUD),
    "unpublished": (N_("{actor} withdrew this release"), Importance.LOUD),
    "deleted": (N_("{actor} deleted this release"), Importance.NORMAL),
}
_SHOWN_COMMITS = 5
_LONGEST_SUBJECT = 100
_SAME_MOMENT = 60_000
"""Milliseconds: GitHub says “released” both at a publication and when a pre-release becomes final."""


def read_push(delivery: Delivery) -> Reading | Ignored:
    """Read ``push`` of a branch or a tag: a post of its own, with the first commits."""
    body = delivery.body
    kind, _, name = body.text("ref").removeprefix("refs/").partition("/")
    if kind not in {"heads", "tags"} or not name:
        return unread("push", kind)
    tag = kind == "tags"
    done = _tag_event(body) if tag else _push_event(body)
    step = happened(
        body,
        TAG_VERBS[done] if tag else PUSH_VERBS[done],
        ":".join(["push", *(body.text(part) for part in ("ref", "before", "after"))]),
        # What is pushed may have been made long before.
        when=at(body.at("repository"), "pushed_at") or at(body.at("head_commit"), "timestamp"),
        url=body.text("compare") or body.text("compare_url"),
        text="" if tag else _commits(body.items("commits")),
        **{"tag" if tag else "branch": name},
    )
    return Reading(
        event=f"tag.{done}" if tag else f"push.{done}",
        activities=(step,),
        title=f"{repository(body)} · {name}",
        secrecy=secrecy(body),
        branch="" if tag else name,
        project=repository(body),
    )


def _tag_event(body: Payload) -> str:
    done = _push_event(body)
    return {"branch_created": "created", "branch_deleted": "deleted"}.get(done, "moved")


def _push_event(body: Payload) -> str:
    """Return what a push did; of what came or went one end is all zeros."""
    if body.flag("deleted") or _is_nothing(body.text("after")):
        return "branch_deleted"
    if body.flag("created") or _is_nothing(body.text("before")):
        return "branch_created"
    return "forced" if body.flag("forced") else "commits"


def _is_nothing(sha: str) -> bool:
    return bool(sha) and not sha.strip("0")


def _commits(commits: tuple[Payload, ...]) -> str:
    lines = [
        f"{commit.text('id')[:7]} {commit.text('message').partition(chr(10))[0][:_LONGEST_SUBJECT]}"
        for commit in commits[:_SHOWN_COMMITS]
        if commit.text("id")
    ]
    if len(commits) > _SHOWN_COMMITS:
        lines.append(f"+ {len(commits) - _SHOWN_COMMITS}")
    return "\n".join(lines)


def read_release(delivery: Delivery) -> Reading | Ignored:
    """Read ``release``: a card from its publication on."""
    body, release, action = delivery.body, delivery.body.at("release"), delivery.body.text("action")
    if not release.word("id") or action not in RELEASE_VERBS:
        return unread("release", action)
    when = at(release, "updated_at", "published_at", "created_at")
    if action == "released" and (when or 0) - (at(release, "published_at") or 0) < _SAME_MOMENT:
        return Ignored("release.released: told by its publication")
    step = happened(
        body,
        RELEASE_VERBS[action],
        f"release:{release.word('id')}:{action}:{when}",
        when=when,
        url=release.text("html_url"),
    )
    tag, name, gone = release.text("tag_name"), release.text("name"), action == "deleted"
    card = Card(
        case=f"{repository_id(body)}/release/{release.word('id')}",
        noun=N_("Release"),
        number=tag if name and tag != name else "",
        title=name or tag or None,
        url=release.text("html_url") or None,
        state=_release_state(release, action),
        excerpt=None if release.flag("draft") and gone else summary(release, "body"),
        fields=fields(
            (N_("Repository"), repository(body)), (N_("Author"), login(release, "author"))
        ),
        updated=when,
        deleted=gone or None,
    )
    reading = about(body, f"release.{action}", card, step)
    # GitHub shows a draft to those alone who may write there; one that was withdrawn had been seen.
    unseen = release.flag("draft") and action == "edited"
    return replace(reading, secrecy=Secrecy.CONFIDENTIAL) if unseen else reading


def _release_state(release: Payload, action: str) -> State:
    if release.flag("draft") or action == "unpublished":
        return State(N_("Draft"), StateClass.PROGRESS)
    word = N_("Pre-release") if release.flag("prerelease") else N_("Published")
    return State(word, StateClass.DONE)
