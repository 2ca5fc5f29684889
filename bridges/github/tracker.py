"""Issues and pull requests: one number series, one card each, comments and reviews included."""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import (
    Activity,
    Card,
    Delivery,
    Ignored,
    Importance,
    Reading,
    State,
    StateClass,
)
from bridges.github.reading import (
    at,
    excerpt,
    field,
    happened,
    login,
    logins,
    repository,
    repository_id,
)

_LOUD, _QUIET, _NORMAL = Importance.LOUD, Importance.QUIET, Importance.NORMAL

ISSUE_VERBS = {
    "opened": (N_("{actor} opened this issue"), _LOUD),
    "closed": (N_("{actor} closed this issue"), _LOUD),
    "reopened": (N_("{actor} reopened this issue"), _LOUD),
    "deleted": (N_("{actor} deleted this issue"), _LOUD),
    "transferred": (N_("{actor} moved this issue to another repository"), _LOUD),
    "assigned": (N_("{actor} assigned {who}"), _QUIET),
    "unassigned": (N_("{actor} unassigned {who}"), _QUIET),
    "labeled": (N_("{actor} added the label {label}"), _QUIET),
    "unlabeled": (N_("{actor} removed the label {label}"), _QUIET),
    "milestoned": (N_("{actor} set the milestone"), _QUIET),
    "demilestoned": (N_("{actor} removed the milestone"), _QUIET),
    "edited": (N_("{actor} edited the description"), _QUIET),
    "locked": (N_("{actor} locked the conversation"), _QUIET),
    "unlocked": (N_("{actor} unlocked the conversation"), _QUIET),
    "pinned": (N_("{actor} pinned this"), _QUIET),
    "unpinned": (N_("{actor} unpinned this"), _QUIET),
    "typed": (N_("{actor} changed the type"), _QUIET),
    "untyped": (N_("{actor} removed the type"), _QUIET),
}
PULL_VERBS = {
    **ISSUE_VERBS,
    "opened": (N_("{actor} opened this pull request"), _LOUD),
    "closed": (N_("{actor} closed this pull request without merging"), _LOUD),
    "merged": (N_("{actor} merged this pull request"), _LOUD),
    "reopened": (N_("{actor} reopened this pull request"), _LOUD),
    "ready_for_review": (N_("{actor} marked this ready for review"), _NORMAL),
    "converted_to_draft": (N_("{actor} made this a draft again"), _QUIET),
    "synchronize": (N_("{actor} pushed new commits"), _QUIET),
    "review_requested": (N_("{actor} asked {who} for a review"), _QUIET),
    "review_request_removed": (N_("{actor} withdrew a review request"), _QUIET),
    "auto_merge_enabled": (N_("{actor} enabled automatic merging"), _QUIET),
    "auto_merge_disabled": (N_("{actor} disabled automatic merging"), _QUIET),
    "enqueued": (N_("{actor} queued this for merging"), _QUIET),
    "dequeued": (N_("{actor} took this out of the merge queue"), _QUIET),
}
REVIEW_VERBS = {
    "approved": (N_("{actor} approved this"), _LOUD),
    "changes_requested": (N_("{actor} asked for changes"), _LOUD),
    "commented": (N_("{actor} reviewed this"), _NORMAL),
    "dismissed": (N_("{actor} dismissed a review"), _NORMAL),
}
_COMMENT_VERBS = {
    "created": (N_("{actor} commented"), _NORMAL),
    "edited": (N_("{actor} edited a comment"), _QUIET),
    "deleted": (N_("{actor} deleted a comment"), _QUIET),
}


def read_issue(delivery: Delivery) -> Reading | Ignored:
    """Read ``issues``."""
    body, action = delivery.body, delivery.body.text("action")
    return _subject(body, body.at("issue"), "issues", action, ISSUE_VERBS)


def read_pull_request(delivery: Delivery) -> Reading | Ignored:
    """Read ``pull_request``; a merge is a closing with ``merged`` set."""
    body, pull = delivery.body, delivery.body.at("pull_request")
    action = body.text("action")
    if action == "closed" and pull.flag("merged"):
        action = "merged"
    return _subject(body, pull, "pull_request", action, PULL_VERBS)


def read_comment(delivery: Delivery) -> Reading | Ignored:
    """Read ``issue_comment``, which tells of pull requests too."""
    body = delivery.body
    return _remark(body, body.at("issue"), "issue_comment")


def read_review_comment(delivery: Delivery) -> Reading | Ignored:
    """Read ``pull_request_review_comment``: a remark on a line of the change."""
    body = delivery.body
    return _remark(body, body.at("pull_request"), "pull_request_review_comment", is_pull=True)


def read_review(delivery: Delivery) -> Reading | Ignored:
    """Read ``pull_request_review``."""
    body, review = delivery.body, delivery.body.at("review")
    state = review.text("state").lower()
    if body.text("action") == "dismissed":
        state = "dismissed"
    if body.text("action") == "edited" or state not in REVIEW_VERBS:
        return Ignored(f"review {state or 'without state'}")
    verb, importance = REVIEW_VERBS[state]
    text = review.text("body")
    if state == "commented" and not text:
        importance = _QUIET  # Its remarks on lines are told one by one.
    step = happened(
        body,
        verb,
        f"review:{review.word('id')}:{state}",
        when=at(review, "submitted_at"),
        importance=importance,
        url=review.text("html_url"),
        text=text,
    )
    event = f"pull_request_review.{state}"
    return _reading(body, event, _card(body, body.at("pull_request"), is_pull=True), step)


def _subject(
    body: Payload,
    subject: Payload,
    family: str,
    action: str,
    verbs: dict[str, tuple[str, Importance]],
) -> Reading | Ignored:
    if action not in verbs or subject.number("number") is None:
        return Ignored(f"{family}.{action or 'without action'}")
    verb, importance = verbs[action]
    when = at(subject, "created_at" if action == "opened" else "updated_at", "created_at")
    who, label = body.text("assignee", "login"), body.text("label", "name")
    who = who or body.text("requested_reviewer", "login") or body.text("requested_team", "name")
    step = happened(
        body,
        verb,
        ":".join([action, who, label, str(when)]),
        when=when,
        importance=importance,
        url=subject.text("html_url"),
        who=who,
        label=label,
    )
    card = _card(body, subject, is_pull=family == "pull_request", gone=action == "deleted")
    return _reading(body, f"{family}.{action}", card, step)


def _remark(
    body: Payload, subject: Payload, family: str, *, is_pull: bool = False
) -> Reading | Ignored:
    action, comment = body.text("action"), body.at("comment")
    if action not in _COMMENT_VERBS or subject.number("number") is None:
        return Ignored(f"{family}.{action or 'without action'}")
    verb, importance = _COMMENT_VERBS[action]
    when = at(comment, "created_at" if action == "created" else "updated_at", "created_at")
    step = happened(
        body,
        verb,
        f"{family}:{comment.word('id')}:{action}" + (f":{when}" if action == "edited" else ""),
        when=when,
        importance=importance,
        url=comment.text("html_url"),
        text=comment.text("body") if action == "created" else "",
    )
    card = _card(body, subject, is_pull=is_pull or "pull_request" in subject)
    return _reading(body, f"{family}.{action}", card, step)


def _reading(body: Payload, event: str, card: Card, step: Activity) -> Reading:
    return Reading(
        event=event,
        card=card,
        activities=(step,),
        confidential=body.flag("repository", "private"),
        project=repository(body),
    )


def _card(body: Payload, subject: Payload, *, is_pull: bool, gone: bool = False) -> Card:
    number = subject.number("number")
    state = _pull_state(subject) if is_pull else _issue_state(subject)
    people = [
        field(N_("Repository"), repository(body)),
        field(N_("Author"), login(subject, "user")),
        field(N_("Assignees"), logins(subject.items("assignees"))),
    ]
    if is_pull:
        people.append(field(N_("Reviewers"), logins(subject.items("requested_reviewers"))))
        people.append(field(N_("Branch"), _branches(subject)))
    people.append(field(N_("Milestone"), subject.text("milestone", "title")))
    labels = tuple(label.text("name") for label in subject.items("labels"))
    return Card(
        case=f"{repository_id(body)}#{number}",
        noun=N_("Pull request") if is_pull else N_("Issue"),
        number=f"#{number}",
        title=subject.text("title") or None,
        url=subject.text("html_url") or None,
        state=state,
        excerpt=excerpt(subject.text("body")),
        fields=tuple(people),
        labels=labels if "labels" in subject else None,
        updated=at(subject, "updated_at", "created_at"),
        final=state is not None and state.kind is StateClass.DONE,
        deleted=gone,
    )


def _issue_state(issue: Payload) -> State | None:
    state, reason = issue.text("state"), issue.text("state_reason")
    if state == "closed" and reason == "not_planned":
        return State(N_("Closed as not planned"), StateClass.DONE)
    if state == "closed" and reason == "duplicate":
        return State(N_("Closed as duplicate"), StateClass.DONE)
    if state == "closed":
        return State(N_("Closed"), StateClass.DONE)
    if "pull_request" in issue and issue.flag("draft"):
        return State(N_("Draft"), StateClass.PROGRESS)
    return State(N_("Open"), StateClass.OPEN) if state else None


def _pull_state(pull: Payload) -> State | None:
    if pull.flag("merged") or pull.text("merged_at") or pull.text("pull_request", "merged_at"):
        return State(N_("Merged"), StateClass.DONE)
    if pull.text("state") == "closed":
        return State(N_("Closed without merging"), StateClass.FAILED)
    if pull.flag("draft"):
        return State(N_("Draft"), StateClass.PROGRESS)
    return State(N_("Open"), StateClass.OPEN) if pull.text("state") else None


def _branches(pull: Payload) -> str:
    head, base = pull.text("head", "ref"), pull.text("base", "ref")
    return f"{head} → {base}" if head and base else ""
