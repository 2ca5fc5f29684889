"""What happens to issues and pull requests themselves."""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.github.reading import about, at, happened, named
from bridges.github.subjects import issue_card, pull_card
from bridges.parts import Verbs, unread
from bridges.readings import Activity, Card, Ignored, Importance, Reading

_LOUD, _QUIET, _NORMAL = Importance.LOUD, Importance.QUIET, Importance.NORMAL

_SHARED: Verbs = {
    "assigned": (N_("{actor} assigned {who}"), _QUIET),
    "unassigned": (N_("{actor} unassigned {who}"), _QUIET),
    "labeled": (N_("{actor} added the label {label}"), _QUIET),
    "unlabeled": (N_("{actor} removed the label {label}"), _QUIET),
    "milestoned": (N_("{actor} set the milestone {milestone}"), _QUIET),
    "demilestoned": (N_("{actor} removed the milestone {milestone}"), _QUIET),
    "edited": (N_("{actor} edited the title or the description"), _QUIET),
    "locked": (N_("{actor} locked the conversation"), _QUIET),
    "unlocked": (N_("{actor} unlocked the conversation"), _QUIET),
}
ISSUE_VERBS: Verbs = {
    "opened": (N_("{actor} opened this issue"), _LOUD),
    "closed": (N_("{actor} closed this issue"), _LOUD),
    "reopened": (N_("{actor} reopened this issue"), _LOUD),
    "deleted": (N_("{actor} deleted this issue"), _LOUD),
    "transferred": (N_("{actor} moved this issue to {repository}"), _LOUD),
    **_SHARED,
    "pinned": (N_("{actor} pinned this issue"), _QUIET),
    "unpinned": (N_("{actor} unpinned this issue"), _QUIET),
    "typed": (N_("{actor} set the type {type}"), _QUIET),
    "untyped": (N_("{actor} removed the type {type}"), _QUIET),
}
PULL_VERBS: Verbs = {
    "opened": (N_("{actor} opened this pull request"), _LOUD),
    "merged": (N_("{actor} merged this pull request"), _LOUD),
    "closed": (N_("{actor} closed this pull request without merging"), _LOUD),
    "reopened": (N_("{actor} reopened this pull request"), _LOUD),
    "ready_for_review": (N_("{actor} marked this ready for review"), _NORMAL),
    "converted_to_draft": (N_("{actor} made this a draft again"), _QUIET),
    "synchronize": (N_("{actor} pushed new commits"), _QUIET),
    "review_requested": (N_("{actor} asked {who} for a review"), _QUIET),
    "review_request_removed": (N_("{actor} withdrew the request for a review by {who}"), _QUIET),
    "auto_merge_enabled": (N_("{actor} enabled automatic merging"), _QUIET),
    "auto_merge_disabled": (N_("{actor} disabled automatic merging"), _QUIET),
    "enqueued": (N_("{actor} queued this for merging"), _QUIET),
    "dequeued": (N_("{actor} took this out of the merge queue"), _QUIET),
    **_SHARED,
}
_NAMED = ("who", "label", "milestone", "type", "repository", "branch")
_RETARGETED = (N_("{actor} changed the target branch to {branch}"), _QUIET)
_RELABELED = (N_("{actor} changed the labels"), _QUIET)
_ELSEWHERE = {
    "synchronized": "synchronize",
    "label_updated": "labeled",
    "label_cleared": "unlabeled",
}
"""What Forgejo and Gitea call actions when they call as GitHub does."""
_ARRIVED = (N_("{actor} moved this issue here from {repository}"), _LOUD)


def read_issue(delivery: Delivery) -> Reading | Ignored:
    """Read ``issues``."""
    body, issue, action = delivery.body, delivery.body.at("issue"), _action(delivery.body)
    card = issue_card(body, issue, action=action)
    if action not in ISSUE_VERBS or card is None:
        return unread("issues", action)
    came = action == "opened" and body.text("changes", "old_repository", "full_name")
    said = _ARRIVED if came else ISSUE_VERBS[action]
    return about(body, f"issues.{action}", card, _step(body, issue, card, action, said))


def read_pull_request(delivery: Delivery) -> Reading | Ignored:
    """Read ``pull_request``; a merge is a closing with ``merged`` set."""
    body, pull, action = (
        delivery.body,
        delivery.body.at("pull_request"),
        _action(delivery.body),
    )
    if action == "closed" and (pull.flag("merged") or pull.text("merged_at")):
        action = "merged"
    card = pull_card(body, pull)
    if action not in PULL_VERBS or card is None:
        return unread("pull_request", action)
    said = _RETARGETED if "base" in body.at("changes") else PULL_VERBS[action]
    step = _step(body, pull, card, action, said)
    return about(body, f"pull_request.{action}", card, step, branch=pull.text("base", "ref"))


def _action(body: Payload) -> str:
    action = body.text("action")
    return _ELSEWHERE.get(action, action)


def _step(
    body: Payload, subject: Payload, card: Card, action: str, said: tuple[str, Importance]
) -> Activity:
    """Return the step. What is named keeps two of one second apart; an opening happens once."""
    values = _values(body, subject)
    opened = action == "opened"
    when = at(subject, "created_at" if opened else "updated_at", "created_at")
    key = [action] if opened else [action, *values.values(), body.text("after"), str(when)]
    if body.text("action").startswith("label_"):
        said = _RELABELED
    unknown = named(said, **dict.fromkeys(_NAMED, ""))
    return happened(body, said, ":".join(key), when=when, url=card.url or "", **(unknown | values))


def _values(body: Payload, subject: Payload) -> dict[str, str]:
    who = (
        body.text("assignee", "login")
        or body.text("requested_reviewer", "login")
        or body.text("requested_team", "name")
    )
    moved = body.text("changes", "new_repository", "full_name")
    values = {
        "who": who,
        "label": body.text("label", "name"),
        "milestone": body.text("milestone", "title") or subject.text("milestone", "title"),
        "type": body.text("type", "name"),
        "branch": subject.text("base", "ref") if "base" in body.at("changes") else "",
        "repository": moved or body.text("changes", "old_repository", "full_name"),
    }
    return {name: value for name, value in values.items() if value}
