"""Sentry: what goes wrong, as living cards, by an internal integration.

Source: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
"""

from appservice.languages import N_
from bridges.auth import HmacHeader
from bridges.base import App, Event, SetUpStep
from bridges.sentry.calls import RESOURCE, TIME, read_call
from bridges.sentry.problems import FIELDS
from bridges.sentry.words import OFF, VERBS

_ID = "request-id"


APP = App(
    slug="sentry",
    name="Sentry",
    schemes=(HmacHeader("Sentry-Hook-Signature"),),
    events=tuple(Event(name, verb, name not in OFF) for name, (verb, _) in VERBS.items()),
    read=read_call,
    delivery_id=lambda delivery: delivery.header(_ID),
    headers=(RESOURCE, _ID, TIME),
    fields=FIELDS,
    app_makes_secret=True,
    is_ping=lambda one: (
        one.header(RESOURCE) == "installation" and one.body.text("action") == "created"
    ),
    is_farewell=lambda one: (
        one.header(RESOURCE) == "installation" and one.body.text("action") == "deleted"
    ),
    largest_body=5 * 1024 * 1024,
    when_silent=N_("Sentry ends webhooks that answer too late; save the integration again."),
    when_ended=N_(
        "In Sentry, somebody removed the integration; whoever wants it back makes it anew, and gives Parvis its Client Secret."
    ),
    steps=(
        SetUpStep(
            N_("In Sentry: Settings, Custom Integrations, Create New Integration, Internal.")
        ),
        SetUpStep(N_("Paste the address as Webhook URL and switch Alert Rule Action on.")),
        SetUpStep(
            N_("Give Read for Issue & Event, tick the webhooks issue and comment, and save.")
        ),
        SetUpStep(N_("Copy the Client Secret that Sentry shows, and give it to Parvis.")),
    ),
)
