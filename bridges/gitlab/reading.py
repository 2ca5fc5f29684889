"""What the parts of a GitLab payload mean, shared by its event families.

Source: https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

import hashlib
import re

from appservice.payload import Payload
from bridges.base import Delivery
from bridges.instants import milliseconds
from bridges.readings import Activity, Card, Importance, Reading, Secrecy

Step = tuple[str, Activity]
"""The declared event, and what is said of it."""

_PUBLIC = 20
_BOT = re.compile(r"(?:^|[-_])bot(?:[-_\d]|$)", re.IGNORECASE)
_ZONE = re.compile(r" (?:UTC|([+-]\d\d:?\d\d))$")
_LOUDNESS = tuple(Importance)
_INNER = ("issue", "work_item", "merge_request", "commit", "snippet", "epic")
"""What a comment is about; it says itself whether it is confidential."""


def project(body: Payload) -> str:
    """Return the path of the project, or of the group where there is none."""
    return (
        body.text("project", "path_with_namespace")
        or body.text("group", "full_path")
        or body.text("group", "group_path")
        or body.text("project_name").replace(" ", "")
        or body.text("path_with_namespace")
        or body.text("full_path")
        or body.text("group_path")
    )


def scope(body: Payload) -> str:
    """Return the id of the project or group, which survives renames and transfers."""
    known = body.word("project", "id") or body.word("project_id")
    known = known or body.word("object_attributes", "project_id")
    group = body.word("group", "group_id") or body.word("group", "id")
    group = group or body.word("group_id") or body.word("epic", "group_id")
    return known or (f"group/{group}" if group else project(body))


def secrecy(body: Payload) -> Secrecy:
    """Return who may learn of it.

    What GitLab calls confidential, and a note among members, are for those who work there; a
    project that does not say that it is public is for the organization.
    """
    about = body.at("object_attributes")
    marked = is_so(about, "confidential") or is_so(about, "internal")
    inner = any(is_so(body.at(part), "confidential") for part in _INNER)
    if marked or inner or body.text("event_type").startswith("confidential"):
        return Secrecy.CONFIDENTIAL
    level = body.number("project", "visibility_level")
    return Secrecy.PUBLIC if level == _PUBLIC else Secrecy.INTERNAL


def is_so(payload: Payload, name: str) -> bool:
    """Tell whether a flag is set, in whatever form: what is not plainly false is meant."""
    return payload.fields.get(name) not in (None, False, 0, "", "false", "0")


def at(payload: Payload, *names: str) -> int | None:
    """Return the first of the named times that the object has; GitLab writes them in three ways."""
    for name in names:
        moment = milliseconds(_ZONE.sub(lambda found: found[1] or "Z", payload.word(name)))
        if moment is not None:
            return moment
    return None


def person(who: Payload) -> str:
    """Return how somebody is called."""
    return who.text("name") or who.text("username")


def page(body: Payload, path: str) -> str:
    """Return the address of a part of the project, or an empty text."""
    base = body.text("project", "web_url") or body.text("repository", "homepage")
    return f"{base}/-/{path}" if base else ""


def call_key(delivery: Delivery) -> str:
    """Return what tells this call from others, for what carries no time of its own."""
    named = delivery.header("webhook-id") or delivery.header("idempotency-key")
    return named or hashlib.sha256(delivery.body.json()).hexdigest()[:24]


def happened(
    body: Payload,
    said: tuple[str, Importance],
    key: str,
    *,
    when: int | None = None,
    url: str = "",
    text: str = "",
    field: str = "",
    remark: str = "",
    **values: str,
) -> Activity:
    """Return what the call's user did: *said* is the verb and how far it is heard."""
    user = body.at("user")
    login = user.text("username") or body.text("user_username")
    return Activity(
        key=key,
        verb=said[0],
        actor=person(user) or body.text("user_name") or login or "GitLab",
        at=when,
        values=values,
        text=text,
        url=url,
        importance=said[1],
        by_bot=bool(_BOT.search(login)),
        field=field,
        remark=remark,
        actor_id=user.word("id") if remark else "",
    )


def about(body: Payload, card: Card, *steps: Step, branch: str = "") -> Reading:
    """Return the reading of a case; its event is that of the step which is heard farthest."""
    first = max(steps, key=lambda step: _LOUDNESS.index(step[1].importance))
    return Reading(
        event=first[0],
        card=card,
        activities=tuple(activity for _, activity in steps),
        secrecy=secrecy(body),
        branch=branch,
        project=project(body),
    )


def post(body: Payload, step: Step, title: str, *, branch: str = "") -> Reading:
    """Return the reading of what happened to no case."""
    return Reading(
        event=step[0],
        activities=(step[1],),
        title=title,
        secrecy=secrecy(body),
        branch=branch,
        project=project(body),
    )
