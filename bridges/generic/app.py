"""Any service that can send JSON or a form: own field names, and those of Talkspirit as they stand.

``thread_id`` (or ``case``) makes a living card; without it each call is a post of its own.
"""

from appservice.languages import N_
from bridges.auth import BasicAuth, BearerToken, HmacHeader, StandardWebhooks, UrlSecret
from bridges.base import App, Event, OwnForm, SetUpStep
from bridges.generic.hookshot import TAKES_OVER
from bridges.generic.reading import delivery_id, read

APP = App(
    slug="generic",
    name="Webhook",
    schemes=(
        UrlSecret(),
        BearerToken(),
        BasicAuth(),
        HmacHeader("X-Parvis-Signature", prefix="sha256="),
        StandardWebhooks(),
    ),
    events=(
        Event("message", N_("A message was sent")),
        Event("case", N_("A case was opened or changed")),
    ),
    read=read,
    takes_over=TAKES_OVER,
    delivery_id=delivery_id,
    headers=("idempotency-key", "webhook-id"),
    free_fields=True,
    every_call_counts=True,
    takes_plain_fields=True,
    own_form=OwnForm(
        words=(
            *("title", "text", "url", "thread_id", "thread_key", "state", "state_class"),
            *("kind", "number", "author", "actor", "time", "ts", "id"),
        ),
        flags=("quiet", "silent", "deleted"),
        lists=("labels",),
        tables=("fields",),
    ),
    steps=(
        SetUpStep(N_("In the service, choose to send a webhook: POST, with a JSON body.")),
        SetUpStep(N_("Paste the address; it is the only secret, so treat it as one."), ("url",)),
        SetUpStep(
            N_("Paste the address; send the header Authorization: Bearer and the secret."),
            ("bearer",),
        ),
        SetUpStep(
            N_("Paste the address; the secret is user and password, with a colon between."),
            ("basic",),
        ),
        SetUpStep(
            N_(
                "Paste the address; sign the body: X-Parvis-Signature is sha256= and the HMAC-SHA256 "
                "of it in hex, by the secret."
            ),
            ("hmac",),
        ),
        SetUpStep(
            N_("Paste the address; sign as Standard Webhooks says, by the secret."), ("standard",)
        ),
        SetUpStep(
            N_(
                "Send at least “title” or “text”; with “thread_id” calls share one card. Where the "
                "service has names of its own, an admin says on this page what they mean."
            )
        ),
    ),
    is_place=False,
)
