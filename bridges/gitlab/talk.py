"""Comments on issues, merge requests, epics, commits and snippets."""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.gitlab.reading import about, at, happened, post, project
from bridges.gitlab.subjects import issue_card, merge_card
from bridges.parts import Verbs, unread
from bridges.prose import prose
from bridges.readings import Activity, Card, Ignored, Importance, Reading

NOTE_VERBS: Verbs = {
    "created": (N_("{actor} commented"), Importance.NORMAL),
    "edited": (N_("{actor} edited a comment"), Importance.QUIET),
    "on_code": (N_("{actor} commented on {what}"), Importance.NORMAL),
}
_ACTIONS = {"": "created", "create": "created", "update": "edited"}
"""Before GitLab 16.11 no action was named, and only new comments were told."""


def read_note(delivery: Delivery) -> Reading | Ignored:
    """Read ``note``. What GitLab writes itself is told by what it is about."""
    body, note = delivery.body, delivery.body.at("object_attributes")
    done = _ACTIONS.get(note.text("action"))
    if note.flag("system") or done is None or not note.word("id"):
        return (
            Ignored("note.system") if note.flag("system") else unread("note", note.text("action"))
        )
    card, what = _card(body), _place(body)
    if card:
        return about(body, card, (f"note.{done}", _step(body, note, done)))
    if not what or done == "edited":
        return unread("note", f"{done} on {note.text('noteable_type')[:40]}")
    step = _step(body, note, "on_code", what=what)
    return post(body, ("note.on_code", step), f"{project(body)} · {what}".strip(" ·"))


def _card(body: Payload) -> Card | None:
    if "merge_request" in body:
        return merge_card(body, body.at("merge_request"))
    return issue_card(body, body.at("epic") or body.at("issue") or body.at("work_item"))


def _place(body: Payload) -> str:
    """Return what people call the commit or snippet that was commented on."""
    commit, snippet = body.at("commit"), body.at("snippet")
    subject = commit.text("title") or commit.text("message").partition("\n")[0]
    named = f"{commit.text('id')[:8]} {subject}".strip()
    return named or snippet.text("title") or snippet.text("file_name")


def _step(body: Payload, note: Payload, done: str, **values: str) -> Activity:
    edited = done == "edited"
    when = at(note, "updated_at" if edited else "created_at", "created_at")
    return happened(
        body,
        NOTE_VERBS[done],
        f"note:{note.word('id')}" + (f":{when}" if edited else ""),
        when=when,
        url=note.text("url"),
        text="" if edited else _with_file(note),
        remark=note.word("id") if done == "created" else "",
        **values,
    )


def _with_file(note: Payload) -> str:
    """Return what was said, after the place in the change that it is about."""
    place = note.at("position")
    path = place.text("new_path") or place.text("old_path")
    line = place.word("new_line") or place.word("old_line")
    where = f"{path}:{line}" if path and line else path
    return "\n".join(part for part in (where, prose(note.text("note"))) if part)
