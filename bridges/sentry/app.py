"""Sentry: what goes wrong, as living cards, by an internal integration or by the former plugin.

Source: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
"""

from appservice.languages import N_
from bridges.auth import HmacHeader, UrlSecret
from bridges.base import App, Event, SetUpStep
from bridges.sentry.calls import RESOURCE, read_call
from bridges.sentry.problems import FIELDS
from bridges.sentry.steps import TIME
from bridges.sentry.words import OFF, VERBS

_ID = "request-id"
_INTEGRATION = ("hmac",)

APP = App(
    slug="sentry",
    name="Sentry",
    schemes=(HmacHeader("Sentry-Hook-Signature"), UrlSecret()),
    app_secrets=("hmac",),
    events=tuple(Event(name, verb, name not in OFF) for name, (verb, _) in VERBS.items()),
    read=read_call,
    delivery_id=lambda delivery: delivery.header(_ID),
    headers=(RESOURCE, _ID, TIME),
    fields=FIELDS,
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
            N_("In Sentry: Settings, Custom Integrations, Create New Integration, Internal."),
            _INTEGRATION,
        ),
        SetUpStep(
            N_("Paste the address as Webhook URL and switch Alert Rule Action on."), _INTEGRATION
        ),
        SetUpStep(
            N_("Give Read for Issue & Event, tick the webhooks issue and comment, and save."),
            _INTEGRATION,
        ),
        SetUpStep(
            N_("Copy the Client Secret that Sentry shows, and give it to Parvis."), _INTEGRATION
        ),
        SetUpStep(
            N_(
                "Without an integration, self-hosted: in the project’s settings, Legacy Integrations, WebHooks, add the address to Callback URLs and switch the plugin on. It signs nothing: the address is the only secret."
            ),
            ("url",),
        ),
        SetUpStep(N_("In the project’s alert rules, send a notification via WebHooks."), ("url",)),
    ),
)
