"""Who joins and leaves a group, the groups and projects below it, and access tokens that run out.

Source: https://docs.gitlab.com/user/project/integrations/webhook_events/ , group member events and below.
"""

from collections.abc import Mapping
from dataclasses import replace

from appservice.languages import N_
from bridges.base import Delivery
from bridges.gitlab.reading import about, at, call_key, happened, page, post, project, scope
from bridges.parts import Verbs, unread
from bridges.readings import Card, Ignored, Importance, Reading, Secrecy, State, StateClass, fields

_NORMAL = Importance.NORMAL
MEMBER_VERBS: Verbs = {
    "added": (N_("{actor} became a member of {group}"), _NORMAL),
    "changed": (N_("{actor} has another role in {group}, or another end of membership"), _NORMAL),
    "removed": (N_("{actor} is no member of {group} any more"), _NORMAL),
    "asked": (N_("{actor} asks to become a member of {group}"), _NORMAL),
}
SUBGROUP_VERBS: Verbs = {
    "created": (N_("The subgroup {name} was made"), _NORMAL),
    "removed": (N_("The subgroup {name} was deleted"), _NORMAL),
}
PROJECT_VERBS: Verbs = {
    "created": (N_("The project {name} was made"), _NORMAL),
    "removed": (N_("The project {name} was deleted"), _NORMAL),
}
TOKEN_VERBS: Verbs = {
    "expiring": (N_("The access token {token} expires on {day}"), Importance.LOUD)
}
EVENTS: Mapping[str, tuple[str, str]] = {
    "user_add_to_group": ("member", "added"),
    "user_update_for_group": ("member", "changed"),
    "user_remove_from_group": ("member", "removed"),
    "user_access_request_to_group": ("member", "asked"),
    "subgroup_create": ("subgroup", "created"),
    "subgroup_destroy": ("subgroup", "removed"),
    "project_create": ("project", "created"),
    "project_destroy": ("project", "removed"),
}
"""What GitLab calls these, which name no kind of object."""
_VERBS = {"member": MEMBER_VERBS, "subgroup": SUBGROUP_VERBS, "project": PROJECT_VERBS}
_TIMES = {"created": "created_at", "added": "created_at", "changed": "updated_at"}
"""Where a call says when it happened; what was removed brings its former times alone."""
_DAY = len("2026-05-31")


def read_change(delivery: Delivery) -> Reading | Ignored:
    """Read what a group's hook says of the group itself: a post of its own."""
    body = delivery.body
    named = body.text("event_name") or body.text("object_kind")
    family, done = EVENTS.get(named, ("", ""))
    whole = body.text("group_name") or body.text("parent_name") or project(body)
    name = body.text("full_path") or body.text("path_with_namespace") or body.text("name")
    if not family or not (name or whole):
        return unread(family or "group", done)
    of = ":".join(body.word(part) for part in ("group_id", "project_id", "user_id"))
    step = happened(
        body,
        _VERBS[family][done],
        f"{family}:{done}:{of}:{body.text('updated_at') or call_key(delivery)}",
        when=at(body, _TIMES[done]) if done in _TIMES else None,
        text=body.text("group_access") if done in {"added", "changed"} else "",
        **({"group": whole} if family == "member" else {"name": name}),
    )
    return post(body, (f"{family}.{done}", step), whole or name)


def read_token(delivery: Delivery) -> Reading | Ignored:
    """Read ``access_token`` and ``deploy_token``; GitLab lets those see them alone who look after them."""
    body, token = delivery.body, delivery.body.at("object_attributes")
    name, day = token.text("name"), token.text("expires_at")[:_DAY]
    if not token.word("id") or not day:
        return unread("access_token", body.text("event_name"))
    url = page(body, "settings/access_tokens") if "project" in body else ""
    step = happened(
        body,
        TOKEN_VERBS["expiring"],
        f"expiring:{day}:{call_key(delivery)}",
        url=url,
        token=name or f"#{token.word('id')}",
        day=day,
    )
    card = Card(
        case=f"{scope(body)}/{body.text('object_kind')}/{token.word('id')}",
        noun=N_("Access token"),
        title=name or None,
        url=url or None,
        state=State(N_("Expires soon"), StateClass.BLOCKED),
        fields=fields((N_("Project"), project(body) or None), (N_("Due"), day)),
    )
    reading = about(body, card, ("access_token.expiring", step))
    return replace(reading, secrecy=Secrecy.CONFIDENTIAL)
