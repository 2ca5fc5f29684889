"""What an update of an issue or a merge request consists of.

GitLab calls all of it ``update`` and lists what differs in ``changes``, each with what was before
and what is now. Source: https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from collections.abc import Iterator

from appservice.languages import N_
from appservice.payload import Payload
from bridges.gitlab.reading import at, happened, person
from bridges.parts import Verbs, joined
from bridges.readings import Activity, Card, Importance

_QUIET, _NORMAL, _LOUD = Importance.QUIET, Importance.NORMAL, Importance.LOUD
_SHARED: Verbs = {
    "assigned": (N_("{actor} assigned {who}"), _QUIET),
    "unassigned": (N_("{actor} unassigned {who}"), _QUIET),
    "labeled": (N_("{actor} changed the labels"), _QUIET),
    "milestoned": (N_("{actor} changed the milestone"), _QUIET),
    "edited": (N_("{actor} edited the title or the description"), _QUIET),
}
ISSUE_CHANGES: Verbs = {
    **_SHARED,
    "due": (N_("{actor} changed the due date"), _NORMAL),
    "published": (N_("{actor} made this visible to all who see the project"), _NORMAL),
    "updated": (N_("{actor} changed this issue"), _QUIET),
}
MERGE_CHANGES: Verbs = {
    "ready": (N_("{actor} marked this ready for review"), _NORMAL),
    "draft": (N_("{actor} made this a draft again"), _QUIET),
    "changes_requested": (N_("{actor} asked for changes"), _LOUD),
    "reviewed": (N_("{actor} reviewed this"), _NORMAL),
    "pushed": (N_("{actor} pushed new commits"), _QUIET),
    "review_requested": (N_("{actor} asked {who} for a review"), _QUIET),
    "review_request_removed": (N_("{actor} withdrew the request for a review by {who}"), _QUIET),
    "retargeted": (N_("{actor} changed the target branch to {branch}"), _QUIET),
    **_SHARED,
    "updated": (N_("{actor} changed this merge request"), _QUIET),
}
_FIELDS = {
    "assigned": "Assignees",
    "unassigned": "Assignees",
    "review_requested": "Reviewers",
    "review_request_removed": "Reviewers",
    "due": "Due",
    "retargeted": "Branch",
}
_PLAIN = {
    "labels": "labeled",
    "milestone_id": "milestoned",
    "due_date": "due",
}
_JUDGED = {"requested_changes": "changes_requested", "reviewed": "reviewed"}
_PEOPLE = {
    "assignees": ("assigned", "unassigned"),
    "reviewers": ("review_requested", "review_request_removed"),
}


def changed(
    body: Payload, subject: Payload, card: Card, verbs: Verbs
) -> Iterator[tuple[str, Activity]]:
    """Walk what changed, as the names of *verbs* and what is said; at least that something did."""
    when = at(subject, "updated_at", "created_at")
    named = [(name, values) for name, values in _named(body, subject) if name in verbs]
    for name, values in named or [("updated", {})]:
        key = ":".join([name, *values.values(), subject.text("oldrev"), str(when)])
        step = happened(
            body,
            verbs[name],
            key,
            when=when,
            url=card.url or "",
            field=_FIELDS.get(name, ""),
            **values,
        )
        yield name, step


def _named(body: Payload, subject: Payload) -> Iterator[tuple[str, dict[str, str]]]:
    """Walk the names of what changed, each with the values that its sentence needs."""
    changes = body.at("changes")
    if subject.text("oldrev"):
        yield "pushed", {}
    drafted = changes.at("draft") or changes.at("work_in_progress")
    if drafted:
        yield ("draft" if drafted.flag("current") else "ready"), {}
    if changes.flag("confidential", "previous"):
        yield "published", {}
    # A draft is a prefix of the title too.
    if "description" in changes or ("title" in changes and not drafted):
        yield "edited", {}
    for key, name in _PLAIN.items():
        if key in changes:
            yield name, {}
    if branch := changes.text("target_branch", "current"):
        yield "retargeted", {"branch": branch}
    for role, (came, went) in _PEOPLE.items():
        yield from _people(changes.at(role), came, went)
    yield from _judged(changes.at("reviewers"))


def _judged(change: Payload) -> Iterator[tuple[str, dict[str, str]]]:
    """Walk how reviewers judged; who approves says so in a call of its own.

    Source: https://docs.gitlab.com/user/project/integrations/webhook_events/ , reviewer state tracking (18.5).
    """
    before = {one.word("id"): one.text("state") for one in change.items("previous")}
    for one in change.items("current"):
        known, state = before.get(one.word("id")), one.text("state")
        if one.flag("re_requested") and known:
            yield "review_requested", {"who": person(one)}
        elif known != state and state in _JUDGED:
            yield _JUDGED[state], {}


def _people(change: Payload, came: str, went: str) -> Iterator[tuple[str, dict[str, str]]]:
    before = [name for one in change.items("previous") if (name := person(one))]
    now = [name for one in change.items("current") if (name := person(one))]
    for name, who in (
        (came, joined(one for one in now if one not in before)),
        (went, joined(one for one in before if one not in now)),
    ):
        if who:
            yield name, {"who": who}
