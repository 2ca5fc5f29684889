"""What the parts of a GitHub payload mean, shared by its event families.

Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from collections.abc import Mapping

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Activity, Card, Event, Ignored, Importance, Reading, Secrecy
from bridges.instants import milliseconds

Verbs = Mapping[str, tuple[str, Importance]]
"""What is said of an action, by its name, and how far it is heard."""

_EXCERPT = 400
_MOST_NAMED = 10

REMARK_VERBS: Verbs = {
    "created": (N_("{actor} commented"), Importance.NORMAL),
    "edited": (N_("{actor} edited a comment"), Importance.QUIET),
    "deleted": (N_("{actor} deleted a comment"), Importance.QUIET),
}


def repository(body: Payload) -> str:
    """Return owner/name, as people know the repository."""
    return body.text("repository", "full_name")


def repository_id(body: Payload) -> str:
    """Return the id that survives renames and transfers."""
    return body.word("repository", "id") or repository(body)


def secrecy(body: Payload) -> Secrecy:
    """Return who may learn of it: what is private on GitHub is for the organization."""
    return Secrecy.INTERNAL if body.flag("repository", "private") else Secrecy.PUBLIC


def at(payload: Payload, *names: str) -> int | None:
    """Return the first of the named times that the object has."""
    for name in names:
        if (moment := milliseconds(payload.text(name))) is not None:
            return moment
    return None


def login(subject: Payload, role: str) -> str | None:
    """Return a person's login; a deleted account is called ghost, as on GitHub.

    None means that the object does not say who plays the role.
    """
    return (subject.text(role, "login") or "ghost") if role in subject else None


def names(subject: Payload, role: str, key: str = "login") -> str | None:
    """Return what the things in a list are called, as one text; None if there is no list."""
    if role not in subject:
        return None
    known = [name for thing in subject.items(role) if (name := thing.text(key))]
    rest = [f"+ {len(known) - _MOST_NAMED}"] if len(known) > _MOST_NAMED else []
    return ", ".join(known[:_MOST_NAMED] + rest)


def labels(subject: Payload) -> tuple[str, ...] | None:
    """Return the labels, or None if the object does not say which."""
    if not isinstance(subject.fields.get("labels"), list):
        return None
    return tuple(name for label in subject.items("labels") if (name := label.text("name")))


def excerpt(subject: Payload, key: str = "body") -> str | None:
    """Return the beginning of a description, or None if the object has no place for one."""
    return subject.text(key).strip()[:_EXCERPT] if key in subject else None


def declared(family: str, verbs: Verbs) -> tuple[Event, ...]:
    """Return the events of a family, each meaning what is said of it."""
    return tuple(Event(f"{family}.{action}", verb) for action, (verb, _) in verbs.items())


def happened(
    body: Payload,
    said: tuple[str, Importance],
    key: str,
    *,
    when: int | None,
    url: str = "",
    text: str = "",
    **values: str,
) -> Activity:
    """Return what the sender of *body* did: *said* is the verb and how far it is heard."""
    return Activity(
        key=key,
        verb=said[0],
        actor=body.text("sender", "login") or body.text("pusher", "name") or "ghost",
        at=when,
        values=values,
        text=text,
        url=url,
        importance=said[1],
        by_bot=body.text("sender", "type") == "Bot",
    )


def about(body: Payload, event: str, card: Card, step: Activity, branch: str = "") -> Reading:
    """Return the reading of one step of one case."""
    return Reading(
        event=event,
        card=card,
        activities=(step,),
        secrecy=secrecy(body),
        branch=branch,
        project=repository(body),
    )


def unread(family: str, action: str) -> Ignored:
    """Return why nothing is said of an action."""
    return Ignored(f"{family}.{action or 'without action'}")
