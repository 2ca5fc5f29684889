"""What alert rules say, and single errors: integrations are called by the resource, plugins without.

Source: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
"""

from dataclasses import replace

from appservice.payload import Payload
from bridges.base import Delivery
from bridges.parts import joined
from bridges.readings import Card, Reading
from bridges.sentry.problems import described, event_card, issue_card, metric_card
from bridges.sentry.seer import found, page
from bridges.sentry.steps import about, time_of
from bridges.sentry.words import METRIC_STATES, RULE_UNNAMED


def read_alert(delivery: Delivery) -> Reading | None:
    """Return the reading of a rule that an event or an activity set off."""
    data = delivery.body.at("data")
    problem, told = data.at("event"), data.at("activity", "details")
    when = time_of(delivery, problem.text("datetime"))
    card = event_card(problem, when) or issue_card(data.at("issue"), when)
    rule = data.text("triggered_rule") or data.text("issue_alert", "title")
    return _fired(
        delivery,
        card,
        rule or data.text("alert", "title"),
        problem.text("event_id") or str(when),
        when,
        url=problem.text("web_url") or page(told),
        text=found(told),
    )


def read_plugin(delivery: Delivery) -> Reading | None:
    """Return the reading of what the WebHooks plugin sends, or None where it is not that."""
    body, event = delivery.body, delivery.body.at("event")
    if not body.word("id") or not ("triggering_rules" in body or event):
        return None
    known = {"title": body.text("message"), "level": body.text("level"), **event.fields}
    known |= {"issue_id": body.word("id"), "culprit": body.text("culprit")}
    when = time_of(delivery, event.text("datetime"))
    project = body.text("project_slug") or body.text("project")
    card = event_card(Payload(known), when, project)
    card = card and replace(card, url=body.text("url").partition("?")[0] or None)
    rules, moment = joined(body.texts("triggering_rules")), event.text("event_id") or str(when)
    reading = _fired(delivery, card, rules, moment, when)
    return reading and replace(reading, project=project)


def read_error(delivery: Delivery) -> Reading | None:
    """Return the reading of a single error."""
    error = delivery.body.at("data", "error")
    when = time_of(delivery, error.text("datetime"))
    key = f"error:{error.text('event_id') or when}"
    url = error.text("web_url")
    return about(delivery, event_card(error, when), "error.created", key, when, url=url)


def read_metric(delivery: Delivery) -> Reading | None:
    """Return the reading of what a metric alert rule noticed."""
    data, action = delivery.body.at("data"), delivery.body.text("action")
    if action not in METRIC_STATES:
        return None
    when = time_of(delivery, data.text("metric_alert", "date_detected"))
    text = described(data)
    card = metric_card(data, action, when)
    return about(delivery, card, f"metric.{action}", f"{action}:{when}", when, text=text)


def _fired(
    delivery: Delivery,
    card: Card | None,
    rule: str,
    moment: str,
    when: int | None,
    **said: str,
) -> Reading | None:
    """Return the reading of a rule that fired at a *moment*, which is the event's id where it has one."""
    key = f"alert:{moment}:{rule or '?'}"
    named = {"rule": rule} if rule else {"verb": RULE_UNNAMED}
    return about(delivery, card, "alert.triggered", key, when, **said, **named)
