"""Grafana Alerting: each group of alerts is a living card, from firing to resolved.

Source: https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
"""

import re
from collections.abc import Mapping

from appservice.languages import N_
from appservice.payload import Payload
from bridges.alerts import BEGINS_ANEW, EVENTS, FIELDS, REPEATED, read_group
from bridges.auth import BasicAuth, BearerToken, HmacHeader
from bridges.base import App, Delivery, SetUpStep
from bridges.parts import measure
from bridges.readings import Ignored, Reading

_LARGEST, _LONGEST = 1e300, 2000
_MEASURED = re.compile(
    r"\[ (?:var='([^']{0,50})' )?[^\[\]]{0,500}value=(-?\d{1,30}(?:\.\d{1,30})?(?:e[+-]?\d{1,3})?) \]"
)
_TROUBLES = {"DatasourceNoData", "DatasourceError"}
_SIGNATURE, _TIME = "X-Grafana-Alerting-Signature", "X-Grafana-Alerting-Timestamp"
_PAGES = ("panelURL", "dashboardURL", "generatorURL")


def _read(delivery: Delivery) -> Reading | Ignored:
    body = _by_rule(delivery.body)
    return read_group(body, actor="Grafana", pages=_PAGES, measured=_values)


def _by_rule(body: Payload) -> Payload:
    """Return a call whose alerts bear their rules' names, where Grafana put what is wrong in their place.

    Of a rule without data, or with an error, it makes an alert of another name.
    """
    rules = {name for one in body.items("alerts") if (name := one.text("labels", "rulename"))}
    trouble = body.text("commonLabels", "alertname")
    if trouble not in _TROUBLES or not rules:
        return body
    told = {**body.fields, "alerts": [_named(one, trouble) for one in body.items("alerts")]}
    if len(rules) == 1:
        named = {"alertname": f"{rules.pop()} · {trouble}"}
        told |= {key: {**body.at(key).fields, **named} for key in ("groupLabels", "commonLabels")}
    return Payload(told)


def _named(alert: Payload, trouble: str) -> Mapping[str, object]:
    said, rule = alert.at("annotations").fields, alert.text("labels", "rulename")
    named = {"alertname": f"{rule} · {trouble}"} if rule else {}
    told = (
        said
        if "description" in said
        else {**said, "description": alert.text("annotations", "Error")}
    )
    return {**alert.fields, "labels": {**alert.at("labels").fields, **named}, "annotations": told}


def _values(alert: Payload) -> str:
    """Return what was measured, by the names of the rule's expressions; Grafana 9 wrote a sentence."""
    values = alert.at("values")
    if "values" not in alert:
        return " ".join(
            f"{name}={measure(float(value))}" if name else measure(float(value))
            for name, value in _MEASURED.findall(alert.text("valueString")[:_LONGEST])
        )
    numbers = [(key, values.fields[key]) for key in sorted(values.fields)]
    return " ".join(
        f"{key}={measure(value)}"
        for key, value in numbers
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST
    )


APP = App(
    slug="grafana",
    name="Grafana",
    schemes=(
        BearerToken(),
        BasicAuth(),
        HmacHeader(_SIGNATURE),
        HmacHeader(_SIGNATURE, timestamp_header=_TIME, separator=":", slug="hmac-time"),
    ),
    events=EVENTS,
    read=_read,
    delivery_id=lambda _delivery: "",
    every_call_counts=True,
    begins_anew=BEGINS_ANEW,
    told_again=REPEATED,
    fields=FIELDS,
    steps=(
        SetUpStep(N_("In Grafana: Alerting, Contact points, Add contact point, Webhook.")),
        SetUpStep(
            N_("Paste the address as URL; leave the payload and the HTTP method as they are.")
        ),
        SetUpStep(
            N_("Put the secret as credentials of the Authorization header; its scheme is Bearer."),
            ("bearer",),
        ),
        SetUpStep(
            N_("Under HTTP Basic Authentication put what stands before the colon, then the rest."),
            ("basic",),
        ),
        SetUpStep(
            N_("Under HMAC Signature put the secret; leave the other two fields empty."), ("hmac",)
        ),
        SetUpStep(
            N_(
                "Under HMAC Signature put the secret, leave Header empty, and put "
                "X-Grafana-Alerting-Timestamp as Timestamp Header."
            ),
            ("hmac-time",),
        ),
        SetUpStep(N_("Choose Test, save, and name the contact point in a notification policy.")),
    ),
)
