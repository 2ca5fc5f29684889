"""What is said of each thing that happens to a Trello card, and how far it is heard."""

from collections.abc import Mapping

from appservice.languages import N_
from bridges.base import Importance

_QUIET, _NORMAL, _LOUD = Importance.QUIET, Importance.NORMAL, Importance.LOUD
VERBS: Mapping[str, tuple[str, Importance]] = {
    "created": (N_("{actor} created this card in {list}"), _NORMAL),
    "moved": (N_("{actor} moved this card from {before} to {list}"), _NORMAL),
    "renamed": (N_("{actor} renamed this card"), _QUIET),
    "described": (N_("{actor} changed the description"), _QUIET),
    "due": (N_("{actor} changed the due date"), _NORMAL),
    "completed": (N_("{actor} marked this card as complete"), _LOUD),
    "archived": (N_("{actor} archived this card"), _NORMAL),
    "restored": (N_("{actor} brought this card back"), _NORMAL),
    "commented": (N_("{actor} commented"), _NORMAL),
    "member_added": (N_("{actor} added {member}"), _QUIET),
    "member_removed": (N_("{actor} took {member} off"), _QUIET),
    "attached": (N_("{actor} attached {file}"), _QUIET),
    "checked": (N_("{actor} ticked {item}"), _QUIET),
    "unchecked": (N_("{actor} unticked {item}"), _QUIET),
    "deleted": (N_("{actor} deleted this card"), _LOUD),
}
