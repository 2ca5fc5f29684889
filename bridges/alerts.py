"""What Alertmanager and Grafana share: one call tells how a whole group of alerts stands.

They repeat it every few hours (`bridges/repetition.py`), and a group may come back to exactly how it
was; so no call is left out for its body, and what came last is true: the times in it say when alerts
began, not when the call was made. What happened is known again by the alert, its beginning and its state.

Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Event
from bridges.instants import milliseconds
from bridges.parts import joined
from bridges.readings import (
    Activity,
    Card,
    Ignored,
    Importance,
    Reading,
    Secrecy,
    State,
    StateClass,
    fields,
)
from bridges.single_alerts import (
    DESCRIPTIONS,
    INSTRUCTIONS,
    Alert,
    alerts_of,
    annotation,
    digest,
    firing_or_all,
    is_page,
    labels_of,
)

EVENTS = (
    Event("alert.firing", N_("Alerts fire")),
    Event("alert.resolved", N_("Alerts are over")),
)
REPEATED = N_("Last repeated")
FIELDS = (
    N_("Severity"),
    N_("Firing"),
    N_("Resolved"),
    N_("Place"),
    N_("Since"),
    REPEATED,
    N_("Value"),
    N_("Instructions"),
)
_FIRING = State(N_("Firing"), StateClass.FAILED)
_RESOLVED = State(N_("Resolved"), StateClass.DONE)
BEGINS_ANEW = 4
"""Hours: what fires again later than so after its end is another alert to people."""
_MOST_TOLD = 10
"""Alerts of one call that are told one by one; the card counts the others."""
_MOST_IN_TITLE = 3
_EXCERPT = 400
_LONGEST_CASE = 200


def read_group(
    body: Payload,
    *,
    actor: str,
    pages: Sequence[str],
    measured: Callable[[Payload], str] | None = None,
) -> Reading | Ignored:
    """Return what a call says; *pages* name where an alert holds its page, the best first, and
    *measured* tells its values.
    """
    alerts = alerts_of(body)
    case = body.word("groupKey") or (alerts[0].known_by if alerts else "")
    if not case:
        return Ignored("neither groupKey nor alerts")
    firing = [alert for alert in alerts if alert.fires]
    shown = firing_or_all(alerts)
    state = _RESOLVED if body.text("status") == "resolved" and not firing else _FIRING
    urls = (url for key in pages for alert in shown if is_page(url := alert.said.text(key)))
    card = Card(
        case=case if len(case) <= _LONGEST_CASE else digest(case.encode()),
        noun=N_("Alert"),
        title=_title(body, shown) or None,
        url=next(urls, "") or body.text("externalURL") or None,
        state=state,
        excerpt=_annotation(body, shown, DESCRIPTIONS),
        fields=fields(
            (FIELDS[0], joined(dict.fromkeys(alert.severity for alert in shown))),
            (FIELDS[1], _count(body, len(firing)) if firing else ""),
            (FIELDS[2], str(len(alerts) - len(firing)) if len(alerts) > len(firing) else ""),
            (FIELDS[3], joined(dict.fromkeys(alert.place for alert in shown))),
            (FIELDS[4], _since(firing)),
            (FIELDS[6], None if measured is None else _values(firing, measured)),
            (FIELDS[7], _annotation(body, shown, INSTRUCTIONS)),
        ),
        labels=labels_of(body.at("commonLabels")),
    )
    event = "alert.resolved" if state is _RESOLVED else "alert.firing"
    steps = _steps(alerts, actor, pages)
    return Reading(event=event, card=card, activities=steps, secrecy=Secrecy.INTERNAL)


def _steps(alerts: Sequence[Alert], actor: str, pages: Sequence[str]) -> tuple[Activity, ...]:
    """Return what happened to each alert, those that began last first; a repeated one once."""
    newest = sorted(alerts, key=lambda alert: alert.began, reverse=True)
    steps: dict[str, Activity] = {}
    for alert in newest:
        told = len(steps) < _MOST_TOLD
        step = _step(alert, actor, pages, told=told)
        steps.setdefault(step.key, step)
    return tuple(steps.values())


def _step(alert: Alert, actor: str, pages: Sequence[str], *, told: bool) -> Activity:
    said, named = alert.said, " ".join(part for part in (alert.name, alert.place) if part)
    return Activity(
        key=f"{alert.known_by}:{alert.began}:{'firing' if alert.fires else 'resolved'}",
        verb=alert.verb,
        actor=actor,
        values={"alert": named or "?"},
        text=alert.summary if alert.fires else "",
        url=next((url for key in pages if is_page(url := said.text(key))), ""),
        importance=alert.importance if told else Importance.QUIET,
    )


def _title(body: Payload, alerts: Sequence[Alert]) -> str:
    """Return what the group is called: by its own name, or by those of its alerts, and what it is of."""
    common = body.word("groupLabels", "alertname") or body.word("commonLabels", "alertname")
    names = common or joined(dict.fromkeys(alert.name for alert in alerts), _MOST_IN_TITLE)
    grouped = body.at("groupLabels")
    rest = (grouped.word(key) for key in grouped.fields if key != "alertname")
    return " · ".join(part for part in (names, *rest) if part)


def _values(firing: Sequence[Alert], measured: Callable[[Payload], str]) -> str:
    """Return what was measured, and where if there are several."""
    told = [(measured(alert.said), alert.place if len(firing) > 1 else "") for alert in firing]
    named = (f"{value} ({place})" if place and value else value for value, place in told)
    return joined(dict.fromkeys(named))


def _annotation(body: Payload, alerts: Sequence[Alert], keys: Sequence[str]) -> str:
    """Return the first of these annotations that all have in common, or that one has."""
    own = (alert.said.at("annotations") for alert in alerts)
    known = (body.at("commonAnnotations"), *own)
    told = (text for key in keys for one in known if (text := annotation(one, key)))
    return next(told, "")[:_EXCERPT]


def _count(body: Payload, firing: int) -> str:
    """Return how many fire; Alertmanager may leave some out of the call."""
    more = body.number("truncatedAlerts") or 0
    return f"{firing} + {more}" if more > 0 else str(firing)


def _since(firing: Sequence[Alert]) -> str:
    """Return when the oldest alert that fires began."""
    began = [moment for alert in firing if (moment := milliseconds(alert.began)) is not None]
    return f"{datetime.fromtimestamp(min(began) / 1000, UTC):%Y-%m-%d %H:%M} UTC" if began else ""
