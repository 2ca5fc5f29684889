"""What the parts of a GitHub payload mean, shared by its event families.

Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

import re

from appservice.languages import N_
from appservice.payload import Payload
from bridges.instants import milliseconds
from bridges.parts import Verbs, joined
from bridges.readings import Activity, Card, Importance, Reading, Secrecy

_TRY = re.compile(r"(gh-readonly-queue/.+)/pr-\d+-[0-9a-f]+", re.ASCII)
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


def page(body: Payload, path: str) -> str:
    """Return the address of a part of the repository, or an empty text."""
    base = body.text("repository", "html_url")
    return f"{base}/{path}" if base else ""


def branch_of(name: str) -> str:
    """Return a branch's name; those that a merge queue makes, one for each try, are one to people."""
    tried = _TRY.fullmatch(name)
    return tried[1] if tried else name


def secrecy(body: Payload) -> Secrecy:
    """Return who may learn of it: what does not say that it is public is for the organization."""
    seen_by = body.text("repository", "visibility") or "public"
    closed = body.at("repository").fields.get("private") is not False or seen_by != "public"
    return Secrecy.INTERNAL if closed else Secrecy.PUBLIC


def at(payload: Payload, *names: str) -> int | None:
    """Return the first of the named times that the object has; a push writes some as numbers."""
    for name in names:
        if (moment := milliseconds(payload.word(name))) is not None:
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
    return joined(thing.text(key) for thing in subject.items(role))


def happened(
    body: Payload,
    said: tuple[str, Importance],
    key: str,
    *,
    when: int | None,
    url: str = "",
    text: str = "",
    remark: str = "",
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
        remark=remark,
        actor_id=body.text("sender", "login") if remark else "",
    )


def named(said: tuple[str, Importance], **values: str) -> dict[str, str]:
    """Return those of *values* that the sentence names; who or what is gone by now may be null."""
    return {name: value or "?" for name, value in values.items() if f"{{{name}}}" in said[0]}


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
