"""What each of Sentry's resources says; the header names it.

Source: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
"""

from collections.abc import Callable, Mapping

from appservice.payload import Payload
from bridges.base import Activity, Card, Delivery, Ignored, Reading, Secrecy
from bridges.instants import milliseconds
from bridges.parts import unread
from bridges.sentry.problems import (
    assignee,
    described,
    event_card,
    issue_card,
    metric_card,
    project_of,
)
from bridges.sentry.words import METRIC_STATES, VERBS, event_of

RESOURCE, TIME = "sentry-hook-resource", "sentry-hook-timestamp"


def read_call(delivery: Delivery) -> Reading | Ignored:
    """Return what a call of any resource says."""
    resource, action = delivery.header(RESOURCE), delivery.body.text("action")
    reader = _READERS.get(resource)
    return (reader(delivery) if reader else None) or unread(resource or "sentry", action)


def _issue(delivery: Delivery) -> Reading | None:
    issue, action = delivery.body.at("data", "issue"), delivery.body.text("action")
    when = _time(delivery, issue.text("lastSeen"))
    event = event_of(action, issue.text("substatus"))
    key = action if action == "created" else f"{action}:{when}"
    who = assignee(issue)
    if event == "issue.assigned" and not who:
        event = "issue.changed"
    values = {"who": who} if event == "issue.assigned" else {}
    return _about(delivery, issue_card(issue, when), event, key, when, **values)


def _alert(delivery: Delivery) -> Reading | None:
    data = delivery.body.at("data")
    problem, issue = data.at("event"), data.at("issue")
    when = _time(delivery, problem.text("datetime"))
    card = event_card(problem, when) or issue_card(issue, when)
    rule = data.text("triggered_rule") or data.text("issue_alert", "title") or "?"
    key = f"alert:{problem.text('event_id') or when}:{rule}"
    url = problem.text("web_url")
    return _about(delivery, card, "alert.triggered", key, when, url=url, rule=rule)


def _error(delivery: Delivery) -> Reading | None:
    error = delivery.body.at("data", "error")
    when = _time(delivery, error.text("datetime"))
    key = f"error:{error.text('event_id') or when}"
    url = error.text("web_url")
    return _about(delivery, event_card(error, when), "error.created", key, when, url=url)


def _comment(delivery: Delivery) -> Reading | None:
    data, event = delivery.body.at("data"), f"comment.{delivery.body.text('action')}"
    number, issue = data.word("comment_id"), data.word("issue_id")
    if event not in VERBS or not number or not issue:
        return None
    when = milliseconds(data.text("timestamp")) or _time(delivery, "")
    card = issue_card(Payload({"id": issue}), when)
    key = f"{event}:{number}" + (f":{when}" if event == "comment.updated" else "")
    text = data.text("comment") if event == "comment.created" else ""
    return _about(delivery, card, event, key, when, text=text)


def _metric(delivery: Delivery) -> Reading | None:
    data, action = delivery.body.at("data"), delivery.body.text("action")
    if action not in METRIC_STATES:
        return None
    when = _time(delivery, data.text("metric_alert", "date_detected"))
    text = described(data)
    card = metric_card(data, action, when)
    return _about(delivery, card, f"metric.{action}", f"{action}:{when}", when, text=text)


_READERS: Mapping[str, Callable[[Delivery], Reading | None]] = {
    "issue": _issue,
    "event_alert": _alert,
    "activity_alert": _alert,
    "error": _error,
    "comment": _comment,
    "metric_alert": _metric,
}


def _about(
    delivery: Delivery,
    card: Card | None,
    event: str,
    key: str,
    when: int | None,
    *,
    url: str = "",
    text: str = "",
    **values: str,
) -> Reading | None:
    """Return the reading of one step; what goes wrong is for the organization."""
    if card is None:
        return None
    step = _step(delivery, event, key, when, url=url or card.url or "", text=text, **values)
    data = delivery.body.at("data")
    project = data.text("issue", "project", "slug") or project_of(data.at("event"))
    project = project or project_of(data.at("error"))
    return Reading(
        event=event,
        card=card,
        activities=(step,),
        secrecy=Secrecy.INTERNAL,
        project=project or data.text("project_slug"),
    )


def _step(
    delivery: Delivery,
    event: str,
    key: str,
    when: int | None,
    *,
    url: str = "",
    text: str = "",
    **values: str,
) -> Activity:
    actor, (verb, importance) = delivery.body.at("actor"), VERBS[event]
    return Activity(
        key=key,
        verb=verb,
        actor=actor.text("name") or "Sentry",
        at=when,
        values=values,
        text=text,
        url=url,
        importance=importance,
        # Sentry itself is no bot that chatters: it says what is the matter.
        by_bot=actor.text("type") == "application" and actor.word("id") != "sentry",
        field="Assignee" if event == "issue.assigned" else "",
    )


def _time(delivery: Delivery, known: str) -> int | None:
    """Return when Sentry made the call, or else what it says of the thing itself."""
    return milliseconds(delivery.header(TIME)) or milliseconds(known)
