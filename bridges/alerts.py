"""What Alertmanager and Grafana share: one call tells how a whole group of alerts stands.

They repeat it every few hours (`bridges/repetition.py`), and a group may come back to exactly how it
was; so no call is left out for its body, and what came last is true: the times in it say when alerts
began, not when the call was made. What happened is known again by the alert, its beginning and its state.

Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import (
    Activity,
    Card,
    Event,
    Ignored,
    Importance,
    Reading,
    Secrecy,
    State,
    StateClass,
    fields,
)
from bridges.instants import milliseconds
from bridges.parts import joined

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
_MOST_LABELS = 8
_EXCERPT = 400
_LONGEST_CASE = 200
_PLACES = ("instance", "host", "node", "pod", "service", "job")


@dataclass(frozen=True)
class _Alert:
    """One alert of the group, and what it is called."""

    said: Payload

    @property
    def fires(self) -> bool:
        return self.said.text("status") != "resolved"

    @property
    def name(self) -> str:
        return self.said.text("labels", "alertname")

    @property
    def place(self) -> str:
        return next((place for key in _PLACES if (place := self.said.text("labels", key))), "")

    @property
    def began(self) -> str:
        return self.said.text("startsAt")

    @property
    def known_by(self) -> str:
        return self.said.text("fingerprint") or _digest(self.said.at("labels").json())


def read_group(
    body: Payload, *, actor: str, url: str, values: str | None = None
) -> Reading | Ignored:
    """Return what a call says; *url* is the group's page, *values* what was measured."""
    alerts = [_Alert(one) for one in body.items("alerts")]
    case = body.text("groupKey") or (alerts[0].known_by if alerts else "")
    if not case:
        return Ignored("neither groupKey nor alerts")
    firing = [alert for alert in alerts if alert.fires]
    state = _RESOLVED if body.text("status") == "resolved" and not firing else _FIRING
    card = Card(
        case=case if len(case) <= _LONGEST_CASE else _digest(case.encode()),
        noun=N_("Alert"),
        title=_title(body, alerts) or None,
        url=url or None,
        state=state,
        excerpt=_annotation(body, alerts, "description") or _annotation(body, alerts, "summary"),
        fields=fields(
            (FIELDS[0], _label(body, alerts, "severity")),
            (FIELDS[1], _count(body, len(firing)) if firing else ""),
            (FIELDS[2], str(len(alerts) - len(firing)) if len(alerts) > len(firing) else ""),
            (FIELDS[3], joined(dict.fromkeys(alert.place for alert in firing or alerts))),
            (FIELDS[4], _since(firing)),
            (FIELDS[6], values),
            (FIELDS[7], _annotation(body, alerts, "runbook_url")),
        ),
        labels=_labels(body),
    )
    event = "alert.resolved" if state is _RESOLVED else "alert.firing"
    steps = _steps(alerts, actor)
    return Reading(event=event, card=card, activities=steps, secrecy=Secrecy.INTERNAL)


def _steps(alerts: Sequence[_Alert], actor: str) -> tuple[Activity, ...]:
    """Return what happened to each alert, those that began last first; a repeated one once."""
    newest = sorted(alerts, key=lambda alert: alert.began, reverse=True)
    steps: dict[str, Activity] = {}
    for alert in newest:
        told = len(steps) < _MOST_TOLD
        step = _step(alert, actor, told=told)
        steps.setdefault(step.key, step)
    return tuple(steps.values())


def _step(alert: _Alert, actor: str, *, told: bool) -> Activity:
    said, named = alert.said, " ".join(part for part in (alert.name, alert.place) if part)
    loudness = Importance.LOUD if alert.fires else Importance.NORMAL
    summary = said.text("annotations", "summary") or said.text("annotations", "description")
    return Activity(
        key=f"{alert.known_by}:{alert.began}:{'firing' if alert.fires else 'resolved'}",
        verb=N_("{alert} fires") if alert.fires else N_("{alert} is over"),
        actor=actor,
        values={"alert": named or "?"},
        text=summary if alert.fires else "",
        url=said.text("panelURL") or said.text("dashboardURL") or said.text("generatorURL"),
        importance=loudness if told else Importance.QUIET,
    )


def _title(body: Payload, alerts: Sequence[_Alert]) -> str:
    """Return what the group is called; its own name stays, whichever alerts are in it."""
    common = body.text("groupLabels", "alertname") or body.text("commonLabels", "alertname")
    grouped = body.at("groupLabels")
    rest = [grouped.text(key) for key in grouped.fields if key != "alertname"]
    parts = [common, *rest] if common or any(rest) else [joined({a.name: 0 for a in alerts})]
    return " · ".join(part for part in parts if part)


def _label(body: Payload, alerts: Sequence[_Alert], key: str) -> str:
    common = body.text("commonLabels", key)
    return common or joined(dict.fromkeys(alert.said.text("labels", key) for alert in alerts))


def _annotation(body: Payload, alerts: Sequence[_Alert], key: str) -> str:
    own = (alert.said.text("annotations", key) for alert in alerts)
    return (body.text("commonAnnotations", key) or next((text for text in own if text), ""))[
        :_EXCERPT
    ]


def _labels(body: Payload) -> tuple[str, ...]:
    """Return what all alerts have in common, as filters may ask for it: severity=critical."""
    common = body.at("commonLabels")
    pairs = [f"{key}={common.text(key)}" for key in sorted(common.fields) if common.text(key)]
    return tuple(pair for pair in pairs if not pair.startswith(("alertname=", "__")))[:_MOST_LABELS]


def _count(body: Payload, firing: int) -> str:
    """Return how many fire; Alertmanager may leave some out of the call."""
    more = body.number("truncatedAlerts") or 0
    return f"{firing} + {more}" if more > 0 else str(firing)


def _since(firing: Sequence[_Alert]) -> str:
    """Return when the oldest alert that fires began."""
    began = [moment for alert in firing if (moment := milliseconds(alert.began)) is not None]
    return f"{datetime.fromtimestamp(min(began) / 1000, UTC):%Y-%m-%d %H:%M} UTC" if began else ""


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:32]
