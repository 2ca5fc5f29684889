"""The reading of one call: its card and the one step that it tells.

Source: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
"""

from appservice.payload import Payload
from bridges.base import Delivery
from bridges.instants import milliseconds
from bridges.readings import Activity, Card, Reading, Secrecy
from bridges.sentry.problems import project_of
from bridges.sentry.words import VERBS

TIME = "sentry-hook-timestamp"


def about(
    delivery: Delivery,
    card: Card | None,
    event: str,
    key: str,
    when: int | None,
    *,
    url: str = "",
    text: str = "",
    verb: str = "",
    **values: str,
) -> Reading | None:
    """Return the reading of one step, with a *verb* that says more than its event's own, or that one.

    What goes wrong is for the organization.
    """
    if card is None:
        return None
    actor, (usual, importance) = delivery.body.at("actor"), VERBS[event]
    step = Activity(
        key=key,
        verb=verb or usual,
        actor=actor.text("name") or "Sentry",
        at=when,
        values=values,
        text=text,
        url=url or card.url or "",
        importance=importance,
        # Sentry itself is no bot that chatters: it says what is the matter.
        by_bot=actor.text("type") == "application" and actor.word("id") != "sentry",
        field="Assignee" if event == "issue.assigned" else "",
    )
    return Reading(
        event=event,
        card=card,
        activities=(step,),
        secrecy=Secrecy.INTERNAL,
        project=_project(delivery.body.at("data")),
    )


def time_of(delivery: Delivery, known: str) -> int | None:
    """Return when Sentry made the call, or else what it says of the thing itself."""
    return milliseconds(delivery.header(TIME)) or milliseconds(known)


def _project(data: Payload) -> str:
    """Return the project that a call is about; a metric may be of several, and then it is of none."""
    measured = data.texts("metric_alert", "projects")
    return (
        data.text("issue", "project", "slug")
        or project_of(data.at("event"))
        or project_of(data.at("error"))
        or data.text("project_slug")
        or (measured[0] if len(measured) == 1 else "")
    )
