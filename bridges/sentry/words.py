"""What is said of Sentry's events, and what its states amount to."""

from collections.abc import Mapping

from appservice.languages import N_
from bridges.base import Importance, State, StateClass
from bridges.parts import Verbs
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
    "comment.created": (N_("{actor} commented"), _NORMAL),
    "comment.updated": (N_("{actor} edited a comment"), _QUIET),
    "comment.deleted": (N_("{actor} deleted a comment"), _QUIET),
    "metric.critical": (N_("The value is critical"), _LOUD),
    "metric.warning": (N_("The value gives a warning"), _NORMAL),
    "metric.resolved": (N_("The value is normal again"), _LOUD),
}
OFF = {"error.created"}
"""One call for each error: for who asks for it."""
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
_WORSE = {"regressed", "escalating"}


def state_of(status: str, substatus: str) -> State | None:
    """Return an issue's state; a word that Sentry adds later is shown as it stands."""
    if status == "unresolved" and substatus in _WORSE:
        return _STATES[substatus]
    return _STATES.get(status) or (State(status.capitalize(), class_of(status)) if status else None)


def event_of(action: str, substatus: str) -> str:
    """Return the event of an issue's action; what came back or grows is said so."""
    if action == "unresolved" and substatus in _WORSE:
        return f"issue.{substatus}"
    event = f"issue.{'archived' if action == 'ignored' else action}"
    return event if event in VERBS else "issue.changed"
