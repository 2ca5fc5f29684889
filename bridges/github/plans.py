"""Milestones and the wiki."""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.github.reading import (
    about,
    at,
    happened,
    login,
    page,
    repository,
    repository_id,
    secrecy,
)
from bridges.parts import Verbs, summary, unread
from bridges.readings import Activity, Card, Ignored, Importance, Reading, State, StateClass, fields

MILESTONE_VERBS: Verbs = {
    "created": (N_("{actor} planned this milestone"), Importance.NORMAL),
    "closed": (N_("{actor} closed this milestone"), Importance.NORMAL),
    "opened": (N_("{actor} opened this milestone again"), Importance.NORMAL),
    "edited": (N_("{actor} changed this milestone"), Importance.QUIET),
    "deleted": (N_("{actor} deleted this milestone"), Importance.NORMAL),
}
WIKI_VERBS: Verbs = {
    "created": (N_("{actor} wrote the page {page}"), Importance.NORMAL),
    "edited": (N_("{actor} edited the page {page}"), Importance.QUIET),
}
_DAY = len("2026-05-04")


def read_milestone(delivery: Delivery) -> Reading | Ignored:
    """Read ``milestone``."""
    body, plan, action = delivery.body, delivery.body.at("milestone"), delivery.body.text("action")
    number, closed = plan.word("number"), plan.text("state") == "closed"
    if action not in MILESTONE_VERBS or not number:
        return unread("milestone", action)
    when, url = at(plan, "updated_at", "created_at"), plan.text("html_url")
    step = happened(body, MILESTONE_VERBS[action], f"{action}:{when}", when=when, url=url)
    card = Card(
        case=f"{repository_id(body)}/milestone/{number}",
        noun=N_("Milestone"),
        title=plan.text("title") or None,
        url=url or None,
        state=State(N_("Closed"), StateClass.DONE)
        if closed
        else State(N_("Open"), StateClass.OPEN),
        excerpt=summary(plan, "description"),
        fields=fields(
            (N_("Repository"), repository(body)),
            (N_("Author"), login(plan, "creator")),
            # GitHub keeps a day as the time at which it begins in California.
            (N_("Due"), plan.text("due_on")[:_DAY] if "due_on" in plan else None),
        ),
        updated=when,
        final=closed,
        deleted=action == "deleted" or None,
    )
    return about(body, f"milestone.{action}", card, step)


def read_wiki(delivery: Delivery) -> Reading | Ignored:
    """Read ``gollum``: one card for the wiki; a call may tell of many pages, and of no time."""
    body = delivery.body
    pages = [one for one in body.items("pages") if one.text("action") in WIKI_VERBS]
    if not pages:
        return unread("wiki", "")
    url = page(body, "wiki")
    card = Card(
        case=f"{repository_id(body)}/wiki",
        noun=N_("Wiki"),
        title=repository(body) or None,
        url=url or None,
        fields=fields((N_("Repository"), repository(body))),
    )
    first = min((one.text("action") for one in pages), key=[*WIKI_VERBS].index)
    return Reading(
        event=f"wiki.{first}",
        card=card,
        activities=tuple(_page(body, one) for one in pages),
        secrecy=secrecy(body),
        project=repository(body),
    )


def _page(body: Payload, one: Payload) -> Activity:
    name = one.text("title") or one.text("page_name") or "?"
    return happened(
        body,
        WIKI_VERBS[one.text("action")],
        ":".join(one.text(part) for part in ("action", "sha", "page_name")),
        when=None,
        url=one.text("html_url"),
        text=one.text("summary"),
        page=name,
    )
