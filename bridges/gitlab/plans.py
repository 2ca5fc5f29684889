"""Milestones and feature flags."""

from appservice.languages import N_
from bridges.base import Delivery
from bridges.gitlab.reading import about, at, call_key, happened, page, project, scope
from bridges.parts import Verbs, summary, unread
from bridges.readings import Card, Ignored, Importance, Reading, State, StateClass, fields

_NORMAL = Importance.NORMAL
MILESTONE_VERBS: Verbs = {
    "created": (N_("A milestone was planned"), _NORMAL),
    "closed": (N_("The milestone was closed"), _NORMAL),
    "reopened": (N_("The milestone was opened again"), _NORMAL),
    "deleted": (N_("The milestone was deleted"), _NORMAL),
}
FLAG_VERBS: Verbs = {
    "on": (N_("{actor} switched this on"), _NORMAL),
    "off": (N_("{actor} switched this off"), _NORMAL),
}
_ACTIONS = {"create": "created", "close": "closed", "reopen": "reopened", "delete": "deleted"}


def read_milestone(delivery: Delivery) -> Reading | Ignored:
    """Read ``milestone``; GitLab does not say who did it."""
    body, plan = delivery.body, delivery.body.at("object_attributes")
    named = body.text("action") or plan.text("action")
    done, number = _ACTIONS.get(named, ""), plan.word("iid")
    if not done or not plan.word("id"):
        return unread("milestone", named)
    when, closed = at(plan, "updated_at", "created_at"), plan.text("state") == "closed"
    url = page(body, f"milestones/{number}") if number else ""
    step = happened(body, MILESTONE_VERBS[done], f"{done}:{when}", when=when, url=url)
    card = Card(
        case=f"{scope(body)}/milestone/{plan.word('id')}",
        noun=N_("Milestone"),
        number=f"%{number}" if number else "",
        title=plan.text("title") or None,
        url=url or None,
        state=State(N_("Closed"), StateClass.DONE)
        if closed
        else State(N_("Open"), StateClass.OPEN),
        excerpt=summary(plan, "description"),
        fields=fields(
            (N_("Project"), project(body) or None),
            (N_("Start"), plan.text("start_date") if "start_date" in plan else None),
            (N_("Due"), plan.text("due_date") if "due_date" in plan else None),
        ),
        updated=when,
        final=closed,
        deleted=done == "deleted" or None,
    )
    return about(body, card, (f"milestone.{done}", step))


def read_flag(delivery: Delivery) -> Reading | Ignored:
    """Read ``feature_flag``, which knows no time."""
    body, flag = delivery.body, delivery.body.at("object_attributes")
    if not isinstance(flag.fields.get("active"), bool) or not flag.word("id"):
        return unread("feature_flag", "")
    done = "on" if flag.flag("active") else "off"
    state = State(N_("On"), StateClass.DONE) if done == "on" else State(N_("Off"), StateClass.OPEN)
    url = page(body, f"feature_flags/{flag.word('id')}/edit")
    card = Card(
        case=f"{scope(body)}/flag/{flag.word('id')}",
        noun=N_("Feature flag"),
        title=flag.text("name") or None,
        url=url or None,
        state=state,
        excerpt=summary(flag, "description"),
        fields=fields((N_("Project"), project(body) or None)),
    )
    step = happened(body, FLAG_VERBS[done], f"{done}:{call_key(delivery)}", url=url)
    return about(body, card, (f"feature_flag.{done}", step))
