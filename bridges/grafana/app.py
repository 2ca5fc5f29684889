"""Grafana Alerting: each group of alerts is a living card, from firing to resolved.

Source: https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
"""

from collections.abc import Mapping

from appservice.languages import N_
from appservice.payload import Payload
from bridges.alerts import BEGINS_ANEW, EVENTS, FIELDS, REPEATED, read_group
from bridges.auth import BasicAuth, BearerToken, HmacHeader
from bridges.base import App, Delivery, Ignored, Reading, SetUpStep
from bridges.parts import joined

_LARGEST = 1e300
_TROUBLES = {"DatasourceNoData", "DatasourceError"}
_SIGNATURE, _TIME = "X-Grafana-Alerting-Signature", "X-Grafana-Alerting-Timestamp"
_PAGES = ("panelURL", "dashboardURL", "generatorURL")


def _read(delivery: Delivery) -> Reading | Ignored:
    body = _by_rule(delivery.body)
    alerts = body.items("alerts")
    pages = (one.text(key) for key in _PAGES for one in alerts)
    page = next((url for url in pages if url), "") or body.text("externalURL")
    values = joined(_values(one) for one in alerts if one.text("status") != "resolved")
    return read_group(body, actor="Grafana", url=page, values=values)


def _by_rule(body: Payload) -> Payload:
    """Return a call whose alerts bear their rule's name, where Grafana put what is wrong in its place.

    Of a rule without data, or with an error, it makes an alert of another name.
    """
    rules = {name for one in body.items("alerts") if (name := one.text("labels", "rulename"))}
    if body.text("commonLabels", "alertname") not in _TROUBLES or len(rules) != 1:
        return body
    named = {"alertname": f"{rules.pop()} · {body.text('commonLabels', 'alertname')}"}
    return Payload(
        {
            **body.fields,
            "groupLabels": {**body.at("groupLabels").fields, **named},
            "commonLabels": {**body.at("commonLabels").fields, **named},
            "alerts": [_named(one, named) for one in body.items("alerts")],
        }
    )


def _named(alert: Payload, named: Mapping[str, str]) -> Mapping[str, object]:
    said = alert.at("annotations").fields
    told = (
        said
        if "description" in said
        else {**said, "description": alert.text("annotations", "Error")}
    )
    return {**alert.fields, "labels": {**alert.at("labels").fields, **named}, "annotations": told}


def _values(alert: Payload) -> str:
    """Return what was measured, by the names of the rule's expressions."""
    values = alert.at("values")
    numbers = [(key, values.fields[key]) for key in sorted(values.fields)]
    return " ".join(
        f"{key}={value:.6g}"
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
