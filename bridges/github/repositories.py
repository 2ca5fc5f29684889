"""What becomes of repositories themselves, which an organization's webhook tells of: posts of their own."""

from appservice.languages import N_
from bridges.base import Delivery
from bridges.github.reading import (
    at,
    happened,
    named,
    page,
    repository,
    repository_id,
    secrecy,
)
from bridges.parts import Verbs, unread
from bridges.readings import Ignored, Importance, Reading

_NORMAL, _LOUD = Importance.NORMAL, Importance.LOUD
REPOSITORY_VERBS: Verbs = {
    "created": (N_("{actor} made the repository {name}"), _NORMAL),
    "deleted": (N_("{actor} deleted the repository {name}"), _LOUD),
    "archived": (N_("{actor} archived the repository {name}"), _NORMAL),
    "unarchived": (N_("{actor} brought the repository {name} back from the archive"), _NORMAL),
    "renamed": (N_("{actor} renamed the repository {former} to {name}"), _NORMAL),
    "transferred": (N_("{actor} moved the repository {name} here from {former}"), _NORMAL),
    "publicized": (N_("{actor} made the repository {name} public"), _LOUD),
    "privatized": (N_("{actor} made the repository {name} private"), _NORMAL),
}


def read_repository(delivery: Delivery) -> Reading | Ignored:
    """Read ``repository``; ``public`` says one of these once more."""
    body, action, name = delivery.body, delivery.body.text("action"), repository(delivery.body)
    if action not in REPOSITORY_VERBS or not name:
        return unread("repository", action)
    # What is deleted brings the time of its last change alone.
    when = None if action == "deleted" else at(body.at("repository"), "updated_at", "created_at")
    changes = body.at("changes")
    owner = changes.text("owner", "from", "user", "login")
    former = changes.text("repository", "name", "from") or owner
    step = happened(
        body,
        REPOSITORY_VERBS[action],
        f"repository:{repository_id(body)}:{action}:{when}",
        when=when,
        url="" if action == "deleted" else page(body, "").rstrip("/"),
        **named(
            REPOSITORY_VERBS[action],
            name=name,
            former=former or changes.text("owner", "from", "organization", "login"),
        ),
    )
    return Reading(
        event=f"repository.{action}",
        activities=(step,),
        title=name,
        secrecy=secrecy(body),
        project=name,
    )
