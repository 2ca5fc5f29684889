"""What happens to issues, other work items and merge requests themselves."""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.gitlab.changes import ISSUE_CHANGES, MERGE_CHANGES, changed
from bridges.gitlab.reading import about, at, happened
from bridges.gitlab.subjects import issue_card, merge_card
from bridges.parts import Verbs, unread
from bridges.readings import Activity, Card, Ignored, Importance, Reading

_LOUD, _NORMAL = Importance.LOUD, Importance.NORMAL
ISSUE_VERBS: Verbs = {
    "opened": (N_("{actor} opened this issue"), _LOUD),
    "closed": (N_("{actor} closed this issue"), _LOUD),
    "reopened": (N_("{actor} reopened this issue"), _LOUD),
    **ISSUE_CHANGES,
}
_OTHER_VERBS: Verbs = {
    **ISSUE_VERBS,
    "opened": (N_("{actor} opened this"), _LOUD),
    "closed": (N_("{actor} closed this"), _LOUD),
    "reopened": (N_("{actor} reopened this"), _LOUD),
    "updated": (N_("{actor} changed this"), Importance.QUIET),
}
"""An epic, a task or an incident is no issue to people."""
MERGE_VERBS: Verbs = {
    "opened": (N_("{actor} opened this merge request"), _LOUD),
    "merged": (N_("{actor} merged this merge request"), _LOUD),
    "closed": (N_("{actor} closed this merge request without merging"), _LOUD),
    "reopened": (N_("{actor} reopened this merge request"), _LOUD),
    "approved": (N_("{actor} approved this: no approval is missing any more"), _LOUD),
    "unapproved": (N_("{actor} took an approval back: one is missing again"), _NORMAL),
    "approval": (N_("{actor} approved this"), _NORMAL),
    "unapproval": (N_("{actor} took an approval back"), _NORMAL),
    **MERGE_CHANGES,
}
_RESET = (N_("New commits took the approvals back"), _NORMAL)
_DONE = {"open": "opened", "close": "closed", "reopen": "reopened", "merge": "merged"}
_OWN = {*_DONE.values(), "approved", "unapproved", "approval", "unapproval"}
"""All else is an update, also what the Test button leaves out and GitLab adds later."""


def read_issue(delivery: Delivery) -> Reading | Ignored:
    """Read ``issue`` and ``work_item``."""
    body, issue = delivery.body, delivery.body.at("object_attributes")
    verbs = ISSUE_VERBS if issue.text("type") in {"", "Issue"} else _OTHER_VERBS
    return _read(body, issue, issue_card(body, issue), "issue", verbs)


def read_merge_request(delivery: Delivery) -> Reading | Ignored:
    """Read ``merge_request``."""
    body, merge = delivery.body, delivery.body.at("object_attributes")
    return _read(body, merge, merge_card(body, merge), "merge_request", MERGE_VERBS)


def _read(
    body: Payload, subject: Payload, card: Card | None, family: str, verbs: Verbs
) -> Reading | Ignored:
    action = subject.text("action")
    done = _DONE.get(action, action)
    if card is None:
        return unread(family, action)
    branch = subject.text("target_branch")
    if done not in _OWN or done not in verbs:
        steps = [(f"{family}.{name}", step) for name, step in changed(body, subject, card, verbs)]
        return about(body, card, *steps, branch=branch)
    return about(
        body, card, (f"{family}.{done}", _step(body, subject, card, done, verbs)), branch=branch
    )


def _step(body: Payload, subject: Payload, card: Card, done: str, verbs: Verbs) -> Activity:
    """Return the step; an opening happens once, and two people may approve in one second."""
    opened = done == "opened"
    when = at(subject, "created_at" if opened else "updated_at", "created_at")
    key = done if opened else f"{done}:{body.word('user', 'id')}:{when}"
    reset = subject.flag("system") and "reset_on_push" in subject.text("system_action")
    return happened(body, _RESET if reset else verbs[done], key, when=when, url=card.url or "")
