"""What hookshot's setting for a project is here.

Contract: https://matrix-org.github.io/matrix-hookshot/latest/usage/room_configuration/jira_project.html
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.jira.changes import VERBS
from bridges.wishes import Loss, NoEqual, Wish, lost, name_in, setting

_CHANGED = tuple(name for name in VERBS if name.startswith("issue.") and name != "issue.created")
_MEANS = {
    "issue_created": ("issue.created",),
    "issue.created": ("issue.created",),
    "issue_updated": _CHANGED,
    "version_released": ("version.released",),
}
_LOST = {
    "commandPrefix": N_("what one does to a case is written in its thread: `!parvis close`"),
}


def _project(state: Payload) -> Wish:
    """Return what is wanted of the project, whose key ends its address."""
    if not state.text("url"):
        raise NoEqual(N_("it names its project by a number alone"))
    key = state.text("url").split("?")[0].rstrip("/").rpartition("/")[2]
    subject = name_in(Payload({"url": key}), "url")
    wanted = state.texts("events")[:50] or ("issue_created",)
    known = dict.fromkeys(glob for name in wanted for glob in _MEANS.get(name, ()))
    if not known:
        raise NoEqual(N_("it tells nothing there that is told here"))
    losses = tuple(
        Loss(N_("no event here is {event}"), {"event": name})
        for name in wanted
        if name not in _MEANS
    )
    options = {"projects": subject, "only": ", ".join(known)}
    return Wish(subject, options, (*losses, *lost(state, _LOST)))


TAKES_OVER = dict.fromkeys(setting("jira.project"), _project)
