"""What is said of Sentry's events, and what its states amount to."""

from collections.abc import Mapping

from appservice.languages import N_
from appservice.payload import Payload
from bridges.parts import Verbs, version
from bridges.readings import Importance, State, StateClass
from bridges.states import class_of

_QUIET, _NORMAL, _LOUD = Importance.QUIET, Importance.NORMAL, Importance.LOUD
VERBS: Verbs = {
    "issue.created": (N_("A new problem was seen"), _LOUD),
    "issue.resolved": (N_("{actor} resolved this"), _LOUD),
    "issue.unresolved": (N_("{actor} marked this as unresolved"), _LOUD),
    "issue.regressed": (N_("The problem came back"), _LOUD),
    "issue.escalating": (N_("The problem occurs more and more often"), _LOUD),
    "issue.assigned": (N_("{actor} assigned {who}"), _NORMAL),
    "issue.archived": (N_("{actor} archived this"), _NORMAL),
    "issue.changed": (N_("{actor} changed this"), _QUIET),
    "alert.triggered": (N_("The rule {rule} fired"), _NORMAL),
    "error.created": (N_("It occurred again"), _NORMAL),
    "seer.root_cause_completed": (N_("Seer found a cause"), _NORMAL),
    "seer.solution_completed": (N_("Seer proposes a solution"), _NORMAL),
    "seer.coding_completed": (N_("Seer wrote a correction"), _NORMAL),
    "seer.pr_created": (N_("Seer opened a pull request"), _NORMAL),
    "comment.created": (N_("{actor} commented"), _NORMAL),
    "comment.updated": (N_("{actor} edited a comment"), _QUIET),
    "comment.deleted": (N_("{actor} deleted a comment"), _QUIET),
    "metric.critical": (N_("The value is critical"), _LOUD),
    "metric.warning": (N_("The value gives a warning"), _NORMAL),
    "metric.resolved": (N_("The value is normal again"), _LOUD),
}
OFF = {"error.created"}
"""One call for each error: for who asks for it."""
TAKEN = N_("{actor} took this on")
RULE_UNNAMED, FEEDBACK = N_("An alert rule fired"), N_("Somebody gave feedback")
_IN_VERSION = N_("{actor} resolved this in {version}")
_IN_NEXT = N_("{actor} resolved this in the next release")
_BY_COMMIT = N_("{actor} resolved this by the commit {commit}")
METRIC_STATES: Mapping[str, State] = {
    "critical": State(N_("Critical"), StateClass.FAILED),
    "warning": State(N_("Warning"), StateClass.BLOCKED),
    "resolved": State(N_("Resolved"), StateClass.DONE),
}
_ARCHIVED = State(N_("Archived"), StateClass.DONE)
_STATES: Mapping[str, State] = {
    "resolved": State(N_("Resolved"), StateClass.DONE),
    "resolvedInNextRelease": State(N_("Resolved"), StateClass.DONE),
    "ignored": _ARCHIVED,
    "archived": _ARCHIVED,
    "unresolved": State(N_("Unresolved"), StateClass.OPEN),
    "regressed": State(N_("Came back"), StateClass.FAILED),
    "escalating": State(N_("Escalating"), StateClass.FAILED),
}
PRESUMED = State(N_("Unresolved"), StateClass.OPEN, presumed=True)
"""Of what an alert or an error alone told of: their calls say no state."""
_WORSE = {"regressed", "escalating"}


def state_of(status: str, substatus: str) -> State | None:
    """Return an issue's state; a word that Sentry adds later is shown as it stands."""
    if status == "unresolved" and substatus in _WORSE:
        return _STATES[substatus]
    word = status.replace("_", " ")
    return _STATES.get(status) or (State(word.capitalize(), class_of(word)) if status else None)


def event_of(action: str, substatus: str) -> str:
    """Return the event of an issue's action; what came back or grows is said so."""
    if action == "unresolved" and substatus in _WORSE:
        return f"issue.{substatus}"
    event = f"issue.{'archived' if action == 'ignored' else action}"
    return event if event in VERBS else "issue.changed"


def resolution(details: Payload) -> dict[str, str]:
    """Return what is said of how an issue was resolved, and with which values; nothing if nobody said."""
    release = version(details.text("inRelease"))[0]
    commit = details.text("inCommit", "commit") or details.text("inCommit", "id")
    if details.flag("inNextRelease"):
        return {"verb": _IN_NEXT}
    if release:
        return {"verb": _IN_VERSION, "version": release}
    return {"verb": _BY_COMMIT, "commit": commit[:8]} if commit else {}
