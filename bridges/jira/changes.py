"""What is said of each change that Jira lists, and how far it is heard.

Source: https://developer.atlassian.com/cloud/jira/platform/webhooks/
"""

from collections.abc import Mapping, Sequence

from appservice.languages import N_
from appservice.payload import Payload
from bridges.instants import milliseconds
from bridges.jira.issues import browse_url, people, person
from bridges.jira.texts import text_of
from bridges.readings import Activity, Importance

_QUIET, _NORMAL, _LOUD = Importance.QUIET, Importance.NORMAL, Importance.LOUD
VERBS: Mapping[str, tuple[str, Importance]] = {
    "issue.created": (N_("{actor} opened this issue"), _NORMAL),
    "issue.deleted": (N_("{actor} deleted this issue"), _LOUD),
    "issue.status": (N_("{actor} moved this from {before} to {after}"), _NORMAL),
    "issue.resolved": (N_("{actor} resolved this: {after}"), _LOUD),
    "issue.reopened": (N_("{actor} reopened this issue"), _LOUD),
    "issue.assigned": (N_("{actor} assigned {after}"), _NORMAL),
    "issue.unassigned": (N_("{actor} unassigned {before}"), _QUIET),
    "issue.priority": (N_("{actor} changed the priority from {before} to {after}"), _NORMAL),
    "issue.renamed": (N_("{actor} renamed this issue"), _QUIET),
    "issue.described": (N_("{actor} changed the description"), _QUIET),
    "issue.labeled": (N_("{actor} changed the labels"), _QUIET),
    "issue.due": (N_("{actor} changed the due date"), _NORMAL),
    "issue.moved": (N_("{actor} moved this issue from {before} to {after}"), _NORMAL),
    "issue.linked": (N_("{actor} linked this: {after}"), _QUIET),
    "issue.unlinked": (N_("{actor} removed a link: {before}"), _QUIET),
    "issue.attached": (N_("{actor} attached {after}"), _QUIET),
    "issue.versioned": (N_("{actor} planned this for {after}"), _QUIET),
    "issue.flagged": (N_("{actor} flagged this as an impediment"), _NORMAL),
    "issue.unflagged": (N_("{actor} took the flag off"), _NORMAL),
    "issue.changed": (N_("{actor} changed this issue"), _QUIET),
    "issue.sent": (N_("A rule in Jira sent this issue"), _NORMAL),
    "comment.created": (N_("{actor} commented"), _NORMAL),
    "comment.updated": (N_("{actor} edited a comment"), _QUIET),
    "comment.deleted": (N_("{actor} deleted a comment"), _QUIET),
    "version.released": (N_("{actor} released {after}"), _LOUD),
    "sprint.started": (N_("The sprint {sprint} has begun"), _NORMAL),
    "sprint.closed": (N_("The sprint {sprint} is over"), _NORMAL),
}
_EVENTS = {
    "status": "issue.status",
    "assignee": "issue.assigned",
    "priority": "issue.priority",
    "summary": "issue.renamed",
    "description": "issue.described",
    "labels": "issue.labeled",
    "duedate": "issue.due",
    "key": "issue.moved",
    "link": "issue.linked",
    "attachment": "issue.attached",
    "fix version": "issue.versioned",
    "flagged": "issue.flagged",
}
_WITHDRAWN = {
    "issue.assigned": "issue.unassigned",
    "issue.linked": "issue.unlinked",
    "issue.flagged": "issue.unflagged",
    "issue.attached": "issue.changed",
    "issue.versioned": "issue.changed",
}
"""What is said where nothing is left of such a thing."""
_TAKEN = N_("{actor} took this on")
_ENDS = {"done", "closed", "resolved", "complete", "completed", "cancelled", "canceled"}
_ENDS |= {"terminé", "terminée", "terminé(e)", "fermé", "fermée", "clos", "résolu", "résolue"}
"""Names of states that are ends in any workflow: a change says no more of the state before."""
_SILENT = {"rank", "sprint", "comment", "project", "resolution", "workflow", "timespent"}
_SILENT |= {"timeestimate", "timeoriginalestimate", "worklogid", "worklogtimespent"}
"""Told by the state, by another item of the same change, or of no interest to a reader."""
_FIELDS = {
    "issue.assigned": "Assignee",
    "issue.unassigned": "Assignee",
    "issue.priority": "Priority",
    "issue.due": "Due",
    "issue.versioned": "Fix versions",
}


def listed(body: Payload, *, done: bool) -> list[tuple[str, Activity]]:
    """Return what a change consists of: each its event and what is said; *done* is the state now."""
    items = body.items("changelog", "items")
    answers = [_said(item, "toString") for item in items if _name(item) == "resolution"]
    key = body.word("changelog", "id") or body.word("timestamp")
    steps = []
    for number, item in enumerate(items):
        event = _event(item, done=done, answers=answers)
        # How it was resolved says more than the state's name, which the card shows.
        said = {"toString": answers[0]} if event == "issue.resolved" and any(answers) else {}
        if event:
            known = Payload({**item.fields, **said})
            steps.append((event, happened(body, event, f"change:{key}:{number}", known)))
    return steps


def happened(body: Payload, event: str, key: str, item: Payload | None = None) -> Activity:
    """Return what the call's user did; *item* is the change that it consists of."""
    verb, importance = VERBS[event]
    item = item or Payload()
    actor = _actor(body)
    taken = event == "issue.assigned" and item.word("to") in _ids(actor)
    return Activity(
        key=key,
        verb=_TAKEN if taken else verb,
        actor=person(actor) or people(body).get(actor.text("accountId"), "Jira"),
        at=milliseconds(body.word("timestamp")),
        values={
            "before": _said(item, "fromString") or "—",
            "after": _said(item, "toString") or "—",
        },
        url=browse_url(body.at("issue")),
        importance=importance,
        by_bot=actor.text("accountType") == "app",
        field=_FIELDS.get(event, ""),
    )


def comment_made(body: Payload, action: str) -> Activity:
    """Return a comment: the same, whether it comes alone or with its issue, as Data Center does."""
    comment, event = body.at("comment"), f"comment.{action}"
    verb, importance = VERBS[event]
    moment = comment.text("created" if action == "created" else "updated")
    actor = comment.at("author" if action == "created" else "updateAuthor") or _actor(body)
    if action == "deleted":
        # Cloud does not say who deleted it; its author need not have.
        actor, moment = body.at("user"), ""
    page, number = browse_url(body.at("issue")), comment.word("id")
    return Activity(
        key=f"comment:{number}:{action}" + (f":{moment}" if action == "updated" else ""),
        verb=verb,
        actor=person(actor) or "Jira",
        at=milliseconds(moment) or milliseconds(body.word("timestamp")),
        text=text_of(comment, "body", people(body)) if action == "created" else "",
        url=f"{page}?focusedCommentId={number}" if page and number.isdecimal() else page,
        importance=importance,
        by_bot=actor.text("accountType") == "app",
        remark=number if action == "created" else "",
        actor_id=(actor.text("accountId") or actor.text("name")) if action == "created" else "",
    )


def unread(body: Payload) -> str:
    """Return the names of what changed, where none of it is told."""
    return ",".join(sorted({_name(item) for item in body.items("changelog", "items")}))[:100]


def only_silent(items: Sequence[Payload]) -> bool:
    """Tell whether a change holds nothing that a reader wants to know."""
    return bool(items) and all(_name(item) in _SILENT - {"resolution", "project"} for item in items)


def _event(item: Payload, *, done: bool, answers: Sequence[str]) -> str:
    """Return the event of one item; *answers* are what the change says of the resolution."""
    name = _name(item)
    if name in _SILENT or not name:
        return ""
    event = _EVENTS.get(name, "issue.changed")
    if event == "issue.status":
        ended = _said(item, "fromString").lower() in _ENDS
        if done:
            return event if ended and not any(answers) else "issue.resolved"
        return "issue.reopened" if ended or "" in answers else event
    return event if _said(item, "toString") else _WITHDRAWN.get(event, event)


def _name(item: Payload) -> str:
    return (item.text("field") or item.text("fieldId")).strip().lower()


def _ids(who: Payload) -> set[str]:
    """Return by what somebody is known: Cloud has account ids, Data Center keys and names."""
    return {known for key in ("accountId", "key", "name") if (known := who.text(key))}


def _said(item: Payload, key: str) -> str:
    return item.text(key).strip()


def _actor(body: Payload) -> Payload:
    return body.at("user") or body.at("comment", "author")
