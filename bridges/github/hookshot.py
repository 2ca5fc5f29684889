"""What hookshot's setting for a repository is here.

Contract: https://matrix-org.github.io/matrix-hookshot/latest/usage/room_configuration/github_repo.html
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.wishes import Wish, events_of, labels_of, lost, name_in, setting

_ISSUE = {
    "issue.created": ("issues.opened",),
    "issue.changed": ("issues.closed", "issues.reopened"),
    "issue.edited": ("issues.edited",),
    "issue.labeled": ("issues.labeled", "issues.unlabeled"),
}
_PULL = {
    "pull_request.opened": ("pull_request.opened", "pull_request.reopened"),
    "pull_request.closed": ("pull_request.closed",),
    "pull_request.merged": ("pull_request.merged",),
    "pull_request.ready_for_review": ("pull_request.ready_for_review",),
    "pull_request.reviewed": (
        "pull_request_review.approved",
        "pull_request_review.changes_requested",
    ),
}
_RUNS = ("success", "failure", "neutral", "cancelled", "timed_out", "stale", "action_required")
_USUAL = (*_ISSUE, *_PULL, "release.created")
_MEANS = {
    "issue": tuple(glob for globs in _ISSUE.values() for glob in globs),
    "pull_request": tuple(glob for globs in _PULL.values() for glob in globs),
    **_ISSUE,
    **_PULL,
    "push": ("push.commits", "push.forced"),
    "release": ("release.published",),
    "release.created": ("release.published",),
    "workflow": ("workflow_run.completed",),
    "workflow.run": ("workflow_run.completed",),
    # Our event says that a run ended, and its card how.
    **{f"workflow.run.{end}": ("workflow_run.completed",) for end in _RUNS},
}
_LOST = {
    "commandPrefix": N_("what one does to a case is written in its thread: `!parvis close`"),
    "showIssueRoomLink": N_("an issue has a card and its thread, and no room of its own"),
    "prDiff": N_("cards show no source code"),
    "hotlinkIssues": N_("what people write is not answered with links"),
    "newIssue": N_("a new case is made without labels"),
    "workflowRun": N_("runs are not chosen by regular expressions; see the option `branches`"),
}


def _repository(state: Payload) -> Wish:
    subject = f"{name_in(state, 'org')}/{name_in(state, 'repo')}"
    events, unknown = events_of(state, _MEANS, _USUAL)
    labels, unsaid = labels_of(state)
    options = {"projects": subject, **events, **labels}
    return Wish(subject, options, (*unknown, *unsaid, *lost(state, _LOST)))


TAKES_OVER = dict.fromkeys(setting("github.repository") + setting("repository")[1:], _repository)
