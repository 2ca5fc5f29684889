"""What each of Sentry's resources says; the header names it.

Source: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
"""

from collections.abc import Callable, Mapping

from appservice.payload import Payload
from bridges.base import Delivery
from bridges.instants import milliseconds
from bridges.parts import unread
from bridges.readings import Ignored, Reading
from bridges.sentry.fired import read_alert, read_error, read_metric, read_plugin
from bridges.sentry.problems import assignee, is_feedback, issue_card
from bridges.sentry.seer import found, page
from bridges.sentry.steps import about, time_of
from bridges.sentry.words import FEEDBACK, TAKEN, VERBS, event_of, resolution

RESOURCE = "sentry-hook-resource"


def read_call(delivery: Delivery) -> Reading | Ignored:
    """Return what a call of any resource says."""
    resource, action = delivery.header(RESOURCE), delivery.body.text("action")
    reader = _READERS.get(resource)
    return (reader(delivery) if reader else None) or unread(resource or "sentry", action)


def _issue(delivery: Delivery) -> Reading | None:
    issue, action = delivery.body.at("data", "issue"), delivery.body.text("action")
    when = time_of(delivery, issue.text("lastSeen"))
    event = event_of(action, issue.text("substatus"))
    key = action if action == "created" else f"{action}:{when}"
    who = assignee(issue)
    if event == "issue.assigned" and not who:
        event = "issue.changed"
    said = {"who": who} if event == "issue.assigned" else {}
    if said and _is_theirs(issue, delivery.body.at("actor")):
        said["verb"] = TAKEN
    if event == "issue.resolved":
        said = resolution(issue.at("statusDetails"))
    if event == "issue.created" and is_feedback(issue):
        said = {"verb": FEEDBACK}
    return about(delivery, issue_card(issue, when), event, key, when, **said)


def _is_theirs(issue: Payload, actor: Payload) -> bool:
    """Tell whether whoever did it has the issue now; teams have numbers of their own."""
    kinds = {issue.text("assignedTo", "type"), actor.text("type")}
    return kinds == {"user"} and issue.word("assignedTo", "id") == actor.word("id")


def _comment(delivery: Delivery) -> Reading | None:
    data, event = delivery.body.at("data"), f"comment.{delivery.body.text('action')}"
    number, issue = data.word("comment_id"), data.word("issue_id")
    if event not in VERBS or not number or not issue:
        return None
    when = milliseconds(data.text("timestamp")) or time_of(delivery, "")
    card = issue_card(Payload({"id": issue}), when)
    key = f"{event}:{number}" + (f":{when}" if event == "comment.updated" else "")
    text = data.text("comment") if event == "comment.created" else ""
    return about(delivery, card, event, key, when, text=text)


def _seer(delivery: Delivery) -> Reading | None:
    data, event = delivery.body.at("data"), f"seer.{delivery.body.text('action')}"
    if event not in VERBS:
        return None
    when = time_of(delivery, "")
    card = issue_card(Payload({"id": data.word("group_id")}), when)
    key = f"{event}:{data.word('run_id') or when}"
    return about(delivery, card, event, key, when, url=page(data), text=found(data))


_READERS: Mapping[str, Callable[[Delivery], Reading | None]] = {
    "issue": _issue,
    "event_alert": read_alert,
    "activity_alert": read_alert,
    "error": read_error,
    "comment": _comment,
    "metric_alert": read_metric,
    "seer": _seer,
    "": read_plugin,
}
