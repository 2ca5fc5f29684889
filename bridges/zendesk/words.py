"""What is said of Zendesk's events, and what its states amount to."""

from collections.abc import Mapping

from appservice.languages import N_
from bridges.base import Importance, State, StateClass

_QUIET, _NORMAL, _LOUD = Importance.QUIET, Importance.NORMAL, Importance.LOUD
VERBS: Mapping[str, tuple[str, Importance]] = {
    "created": (N_("A ticket was opened"), _LOUD),
    "status_changed": (N_("The ticket went from {before} to {after}"), _NORMAL),
    "comment_added": (N_("{actor} answered"), _NORMAL),
    "agent_assignment_changed": (N_("The ticket was assigned"), _QUIET),
    "group_assignment_changed": (N_("The ticket went to another team"), _QUIET),
    "priority_changed": (N_("The priority went from {before} to {after}"), _NORMAL),
    "subject_changed": (N_("The subject changed"), _QUIET),
    "tags_changed": (N_("The tags changed"), _QUIET),
    "soft_deleted": (N_("The ticket was deleted"), _NORMAL),
    "undeleted": (N_("The ticket was brought back"), _NORMAL),
}
STATES: Mapping[str, State] = {
    "new": State(N_("New"), StateClass.OPEN),
    "open": State(N_("Open"), StateClass.PROGRESS),
    "pending": State(N_("Pending"), StateClass.BLOCKED),
    "hold": State(N_("On hold"), StateClass.BLOCKED),
    "on-hold": State(N_("On hold"), StateClass.BLOCKED),
    "solved": State(N_("Solved"), StateClass.DONE),
    "closed": State(N_("Closed"), StateClass.DONE),
    "deleted": State(N_("Deleted"), StateClass.DONE),
}
