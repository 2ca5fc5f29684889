"""Discussions and what is said in them."""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.github.reading import (
    REMARK_VERBS,
    about,
    at,
    happened,
    login,
    named,
    repository,
    repository_id,
)
from bridges.parts import Verbs, labels, summary, unread
from bridges.prose import prose
from bridges.readings import Card, Ignored, Importance, Reading, State, StateClass, fields

DISCUSSION_VERBS: Verbs = {
    "created": (N_("{actor} opened this discussion"), Importance.LOUD),
    "answered": (N_("{actor} marked an answer"), Importance.LOUD),
    "unanswered": (N_("{actor} took the answer’s mark away"), Importance.QUIET),
    "closed": (N_("{actor} closed this discussion"), Importance.NORMAL),
    "reopened": (N_("{actor} reopened this discussion"), Importance.NORMAL),
    "deleted": (N_("{actor} deleted this discussion"), Importance.LOUD),
    "transferred": (N_("{actor} moved this discussion to {repository}"), Importance.LOUD),
    "edited": (N_("{actor} edited the title or the description"), Importance.QUIET),
    "labeled": (N_("{actor} added the label {label}"), Importance.QUIET),
    "unlabeled": (N_("{actor} removed the label {label}"), Importance.QUIET),
    "category_changed": (N_("{actor} moved this to the category {category}"), Importance.QUIET),
    "locked": (N_("{actor} locked the conversation"), Importance.QUIET),
    "unlocked": (N_("{actor} unlocked the conversation"), Importance.QUIET),
}


def read_discussion(delivery: Delivery) -> Reading | Ignored:
    """Read ``discussion``."""
    body, action = delivery.body, delivery.body.text("action")
    card = _card(body, action)
    if action not in DISCUSSION_VERBS or card is None:
        return unread("discussion", action)
    when, label = card.updated, body.text("label", "name")
    step = happened(
        body,
        DISCUSSION_VERBS[action],
        action if action == "created" else ":".join(filter(None, (action, label, str(when)))),
        when=at(body.at("discussion"), "created_at") if action == "created" else when,
        url=body.text("answer", "html_url") or card.url or "",
        **named(
            DISCUSSION_VERBS[action],
            label=label,
            category=body.text("discussion", "category", "name"),
            repository=body.text("changes", "new_repository", "full_name"),
        ),
    )
    return about(body, f"discussion.{action}", card, step)


def read_discussion_comment(delivery: Delivery) -> Reading | Ignored:
    """Read ``discussion_comment``."""
    body, comment, action = delivery.body, delivery.body.at("comment"), delivery.body.text("action")
    card = _card(body)
    if action not in REMARK_VERBS or card is None:
        return unread("discussion_comment", action)
    when = at(comment, "created_at" if action == "created" else "updated_at", "created_at")
    step = happened(
        body,
        REMARK_VERBS[action],
        f"comment:{comment.word('id')}:{action}" + (f":{when}" if action == "edited" else ""),
        when=when,
        url=comment.text("html_url"),
        text=prose(comment.text("body")) if action == "created" else "",
    )
    return about(body, f"discussion_comment.{action}", card, step)


def _card(body: Payload, action: str = "") -> Card | None:
    discussion, moved = body.at("discussion"), action == "transferred"
    number = discussion.word("number")
    if not number.isdecimal():
        return None
    new = body.text("changes", "new_discussion", "html_url") if moved else ""
    return Card(
        case=f"{repository_id(body)}/discussion/{number}",
        noun=N_("Discussion"),
        number=f"#{number}",
        title=discussion.text("title") or None,
        url=new or discussion.text("html_url") or None,
        state=State(N_("Transferred"), StateClass.DONE) if moved else _state(discussion),
        excerpt=summary(discussion, "body"),
        fields=fields(
            (N_("Repository"), repository(body)),
            (N_("Author"), login(discussion, "user")),
            (N_("Category"), discussion.text("category", "name")),
        ),
        labels=labels(discussion, "name"),
        updated=at(discussion, "updated_at", "created_at"),
        final=moved,
        deleted=action == "deleted" or None,
    )


def _state(discussion: Payload) -> State | None:
    if discussion.text("answer_chosen_at"):
        return State(N_("Answered"), StateClass.DONE)
    if discussion.text("state") == "closed":
        return State(N_("Closed"), StateClass.DONE)
    return State(N_("Open"), StateClass.OPEN) if discussion.text("state") else None
