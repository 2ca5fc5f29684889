"""What is said of Pipedrive's events, and what its states amount to."""

from collections.abc import Mapping

from appservice.languages import N_
from bridges.readings import Importance, State, StateClass

_QUIET, _NORMAL, _LOUD = Importance.QUIET, Importance.NORMAL, Importance.LOUD
VERBS: Mapping[str, tuple[str, Importance]] = {
    "deal.created": (N_("A deal was opened"), _NORMAL),
    "deal.won": (N_("The deal was won"), _LOUD),
    "deal.lost": (N_("The deal was lost"), _LOUD),
    "deal.reopened": (N_("The deal was opened again"), _NORMAL),
    "deal.moved": (N_("The deal went to another stage"), _NORMAL),
    "deal.value": (N_("The value went from {before} to {after}"), _NORMAL),
    "deal.expected": (N_("It is expected on {expected}"), _NORMAL),
    "deal.archived": (N_("The deal was archived"), _NORMAL),
    "deal.restored": (N_("The deal was brought back"), _NORMAL),
    "deal.changed": (N_("The deal was changed"), _QUIET),
    "deal.merged": (N_("The deal was merged into deal {target}"), _LOUD),
    "deal.joined": (N_("Deal {source} was merged into this one"), _NORMAL),
    "deal.deleted": (N_("The deal was deleted"), _NORMAL),
    "lead.created": (N_("A lead came in"), _NORMAL),
    "lead.archived": (N_("The lead was archived"), _NORMAL),
    "lead.restored": (N_("The lead was brought back"), _NORMAL),
    "lead.changed": (N_("The lead was changed"), _QUIET),
    "lead.deleted": (N_("The lead was deleted"), _QUIET),
    "note.created": (N_("{actor} wrote a note"), _NORMAL),
    "note.changed": (N_("A note was changed"), _QUIET),
    "note.deleted": (N_("A note was deleted"), _QUIET),
    "activity.created": (N_("Planned: {subject}"), _QUIET),
    "activity.done": (N_("Done: {subject}"), _NORMAL),
    "activity.changed": (N_("Changed: {subject}"), _QUIET),
    "activity.deleted": (N_("No longer planned: {subject}"), _QUIET),
}
UNSAID: Mapping[tuple[str, str], str] = {
    ("actor", "note.created"): N_("A note was written"),
    ("before", "deal.value"): N_("The value is now {after}"),
    ("after", "deal.value"): N_("The deal has no value any more"),
    ("expected", "deal.expected"): N_("It is not known any more when it is expected"),
    ("subject", "activity.created"): N_("An activity was planned"),
    ("subject", "activity.done"): N_("An activity was done"),
    ("subject", "activity.changed"): N_("An activity was changed"),
    ("subject", "activity.deleted"): N_("An activity is no longer planned"),
}
"""What is said instead where a value that an event's verb names is empty."""
_ACTIONS = {"create": "created", "delete": "deleted", "change": "changed"}
_STATES: Mapping[str, State] = {
    "open": State(N_("Open"), StateClass.PROGRESS),
    "won": State(N_("Won"), StateClass.DONE),
    "lost": State(N_("Lost"), StateClass.FAILED),
    "deleted": State(N_("Deleted"), StateClass.DONE),
}
LEAD, ARCHIVED = State(N_("New"), StateClass.OPEN), State(N_("Archived"), StateClass.DONE)
FIELDS = (
    N_("Value"),
    N_("Expected"),
    N_("Probability"),
    N_("Organization"),
    N_("Contact"),
    N_("Owner"),
    N_("Reason"),
)


def state_of(status: str) -> State | None:
    """Return a deal's state; one that Pipedrive adds later is in progress."""
    return _STATES.get(status) or (State(status, StateClass.PROGRESS) if status else None)


def event_of(entity: str, action: str) -> str:
    """Return the plain event of an action, or an empty text."""
    event = f"{entity}.{_ACTIONS.get(action, '')}"
    return event if event in VERBS else ""
