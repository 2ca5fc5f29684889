"""What is said of Pipedrive's events, and what its states amount to."""

from collections.abc import Mapping

from appservice.languages import N_
from bridges.base import Importance, State, StateClass

VERBS: Mapping[str, tuple[str, Importance]] = {
    "deal.created": (N_("A deal was opened"), Importance.NORMAL),
    "deal.won": (N_("The deal was won"), Importance.LOUD),
    "deal.lost": (N_("The deal was lost"), Importance.LOUD),
    "deal.reopened": (N_("The deal was opened again"), Importance.NORMAL),
    "deal.moved": (N_("The deal went to another stage"), Importance.NORMAL),
    "deal.value": (N_("The value went from {before} to {after}"), Importance.NORMAL),
    "deal.changed": (N_("The deal was changed"), Importance.QUIET),
    "deal.deleted": (N_("The deal was deleted"), Importance.NORMAL),
}
STATES: Mapping[str, State] = {
    "open": State(N_("Open"), StateClass.PROGRESS),
    "won": State(N_("Won"), StateClass.DONE),
    "lost": State(N_("Lost"), StateClass.FAILED),
    "deleted": State(N_("Deleted"), StateClass.DONE),
}
