"""Prometheus Alertmanager: each group of alerts is a living card, from firing to resolved.

Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from appservice.languages import N_
from bridges.alerts import BEGINS_ANEW, EVENTS, FIELDS, REPEATED, read_group
from bridges.auth import BasicAuth, BearerToken
from bridges.base import App, Delivery, SetUpStep
from bridges.readings import Ignored, Reading


def _read(delivery: Delivery) -> Reading | Ignored:
    return read_group(delivery.body, actor="Alertmanager", pages=("generatorURL",))


APP = App(
    slug="alertmanager",
    name="Alertmanager",
    schemes=(BearerToken(), BasicAuth()),
    events=EVENTS,
    read=_read,
    delivery_id=lambda _delivery: "",
    every_call_counts=True,
    begins_anew=BEGINS_ANEW,
    told_again=REPEATED,
    fields=FIELDS,
    steps=(
        SetUpStep(
            N_("In alertmanager.yml, add a receiver with webhook_configs: url is the address.")
        ),
        SetUpStep(
            N_(
                "Give it send_resolved: true, and below http_config, authorization, credentials: "
                "the secret."
            ),
            ("bearer",),
        ),
        SetUpStep(
            N_(
                "Give it send_resolved: true, and below http_config, basic_auth: as username what "
                "stands before the colon in the secret, as password the rest."
            ),
            ("basic",),
        ),
        SetUpStep(N_("Name the receiver in a route, and reload Alertmanager.")),
    ),
)
