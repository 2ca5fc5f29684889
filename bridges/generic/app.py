"""Any service that can send JSON: own field names, and those of Talkspirit as they stand.

``thread_id`` (or ``case``) makes a living card; without it each call is a post of its own.
Source of the second form: https://talkspirit.github.io/docs/incoming-webhooks
"""

from appservice.errors import PayloadRejected
from appservice.languages import N_
from appservice.payload import Payload
from bridges.auth import BasicAuth, BearerToken, HmacHeader, StandardWebhooks, UrlSecret
from bridges.base import (
    Activity,
    App,
    Card,
    Delivery,
    Event,
    Importance,
    OwnForm,
    Reading,
    SetUpStep,
)
from bridges.generic.facts import facts, first
from bridges.generic.hookshot import TAKES_OVER
from bridges.instants import milliseconds
from bridges.states import state_of

_EXCERPT, _LONGEST_CASE, _LONGEST_WORD = 400, 200, 100
_WROTE, _NEWS = N_("{actor} wrote"), N_("News")
_NOW, _NOW_BY = N_("It is now: {state}"), N_("{actor}: it is now {state}")
_CHANGES = ("state", "status", "fields", "deleted")


def _read(delivery: Delivery) -> Reading:
    body = delivery.body
    title = first(body, "title", "subject", "summary")
    text = first(body, "content", "text", "message", "body", "description")
    case = (body.word("thread_id") or body.word("thread_key") or body.word("case"))[:_LONGEST_CASE]
    says = title or text or (case and any(name in body for name in _CHANGES))
    if not says:
        raise PayloadRejected("neither title nor text: send at least one of them")
    at = milliseconds(body.word("ts") or body.word("time") or body.word("date"))
    state = (body.word("state") or body.word("status"))[:_LONGEST_WORD]
    step = _step(delivery, text, at, state if case else "")
    if not case:
        headline = title or text.partition("\n")[0][:100]
        return Reading(event="message", activities=(step,), title=headline)
    card = Card(
        case=case,
        noun=body.text("kind")[:_LONGEST_WORD] or N_("Case"),
        number=body.word("number")[:_LONGEST_WORD],
        title=title or None,
        url=first(body, "url", "link") or None,
        state=state_of(state, body.text("state_class")) if state else None,
        excerpt=text[:_EXCERPT] or None,
        fields=facts(body),
        labels=body.texts("labels") if "labels" in body else None,
        updated=at,
        deleted=body.flag("deleted") if "deleted" in body else None,
    )
    return Reading(event="case", card=card, activities=(step,))


def _step(delivery: Delivery, text: str, at: int | None, state: str) -> Activity:
    """Return what happened; a *state* is all that a call about a case says which brings no text."""
    body, actor = delivery.body, _actor(delivery.body)
    plain, signed = (_NOW, _NOW_BY) if state and not text else (_NEWS, _WROTE)
    return Activity(
        # Without an id nothing tells a repetition from a second message of the same words.
        key=_delivery_id(delivery) or body.word("id"),
        verb=signed if actor else plain,
        actor=actor,
        at=at,
        values={"state": state} if plain is _NOW else {},
        text=text,
        url=first(body, "url", "link"),
        importance=Importance.QUIET
        if body.flag("quiet") or body.flag("silent")
        else Importance.NORMAL,
    )


def _actor(body: Payload) -> str:
    contact = body.at("contact") or body.at("author")
    named = first(contact, "display_name", "name", "email")
    return named or first(body, "contact", "actor", "author", "user", "username")


def _delivery_id(delivery: Delivery) -> str:
    return delivery.header("idempotency-key") or delivery.header("webhook-id")


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
    read=_read,
    takes_over=TAKES_OVER,
    delivery_id=_delivery_id,
    headers=("idempotency-key", "webhook-id"),
    free_fields=True,
    every_call_counts=True,
    json_by_any_name=True,
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
)
