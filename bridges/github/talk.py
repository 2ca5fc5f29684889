"""Comments and reviews."""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.github.reading import REMARK_VERBS, about, at, happened, repository, secrecy
from bridges.github.subjects import issue_card, pull_card
from bridges.parts import Verbs, unread
from bridges.prose import prose
from bridges.readings import Card, Ignored, Importance, Reading

REVIEW_VERBS: Verbs = {
    "approved": (N_("{actor} approved this"), Importance.LOUD),
    "changes_requested": (N_("{actor} asked for changes"), Importance.LOUD),
    "commented": (N_("{actor} reviewed this"), Importance.NORMAL),
    "dismissed": (N_("{actor} dismissed a review"), Importance.NORMAL),
}
COMMIT_VERBS: Verbs = {"created": (N_("{actor} commented on {what}"), Importance.NORMAL)}
_ABBREVIATED = 7


def read_comment(delivery: Delivery) -> Reading | Ignored:
    """Read ``issue_comment``, which tells of pull requests too."""
    body = delivery.body
    return _remark(body, issue_card(body, body.at("issue")), "issue_comment")


def read_review_comment(delivery: Delivery) -> Reading | Ignored:
    """Read ``pull_request_review_comment``: a remark on a line of the change."""
    body = delivery.body
    return _remark(body, pull_card(body, body.at("pull_request")), "pull_request_review_comment")


def read_commit_comment(delivery: Delivery) -> Reading | Ignored:
    """Read ``commit_comment``: a post of its own, since a commit has no card."""
    body, comment, action = delivery.body, delivery.body.at("comment"), delivery.body.text("action")
    commit = comment.text("commit_id")[:_ABBREVIATED]
    if action not in COMMIT_VERBS or not commit:
        return unread("commit_comment", action)
    step = happened(
        body,
        COMMIT_VERBS[action],
        f"commit_comment:{comment.word('id')}",
        when=at(comment, "created_at"),
        url=comment.text("html_url"),
        text=_with_place(comment),
        what=commit,
    )
    return Reading(
        event=f"commit_comment.{action}",
        activities=(step,),
        title=f"{repository(body)} · {commit}",
        secrecy=secrecy(body),
        project=repository(body),
    )


def read_review(delivery: Delivery) -> Reading | Ignored:
    """Read ``pull_request_review``. Its edits are left out: they say nothing of the state."""
    body, review = delivery.body, delivery.body.at("review")
    dismissed = body.text("action") == "dismissed"
    state = "dismissed" if dismissed else review.text("state").lower() or _judged(review)
    card = pull_card(body, body.at("pull_request"))
    if body.text("action") == "edited" or state not in REVIEW_VERBS or card is None:
        return unread("pull_request_review", body.text("action"))
    verb, importance = REVIEW_VERBS[state]
    text = "" if dismissed else prose(review.text("body") or review.text("content"))
    if state == "commented" and not text:
        importance = Importance.QUIET  # Its remarks on lines are told one by one.
    when = at(review, "updated_at", "submitted_at") if dismissed else at(review, "submitted_at")
    step = happened(
        body,
        (verb, importance),
        f"review:{review.word('id') or card.updated}:{state}",
        when=when or card.updated,
        url=review.text("html_url") or card.url or "",
        text=text,
    )
    return about(body, f"pull_request_review.{state}", card, step, _target(body))


def _judged(review: Payload) -> str:
    """Return the state of a review that Forgejo or Gitea tells of, by what they call the call."""
    judged = review.text("type").rpartition("_")[2]
    return {"rejected": "changes_requested", "comment": "commented"}.get(judged, judged)


def _remark(body: Payload, card: Card | None, family: str) -> Reading | Ignored:
    action, comment = body.text("action"), body.at("comment")
    if action not in REMARK_VERBS or card is None:
        return unread(family, action)
    created = action == "created"
    when = at(comment, "created_at" if created else "updated_at", "created_at")
    step = happened(
        body,
        REMARK_VERBS[action],
        f"{family}:{comment.word('id')}:{action}" + (f":{when}" if action == "edited" else ""),
        when=when,
        url=comment.text("html_url"),
        text=_with_place(comment) if created else "",
        remark=comment.word("id") if created and family == "issue_comment" else "",
    )
    return about(body, f"{family}.{action}", card, step, _target(body))


def _target(body: Payload) -> str:
    """Return the branch that a pull request is for; a comment in its conversation does not say."""
    return body.text("pull_request", "base", "ref")


def _with_place(comment: Payload) -> str:
    """Return what was said, after the place in the change that it is about."""
    path, line = comment.text("path"), comment.word("line") or comment.word("original_line")
    place = f"{path}:{line}" if path and line else path
    return "\n".join(part for part in (place, prose(comment.text("body"))) if part)
