"""Zendesk: tickets as living cards, from event subscriptions or from triggers.

Source: https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events/ and
https://developer.zendesk.com/documentation/webhooks/verifying/
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.auth import HmacHeader
from bridges.base import (
    Activity,
    App,
    Delivery,
    Event,
    Ignored,
    Importance,
    Reading,
    Secrecy,
    SetUpStep,
)
from bridges.instants import milliseconds
from bridges.zendesk.acting import ACTIONS, HOOK_HEADER
from bridges.zendesk.tickets import is_private, ticket_card
from bridges.zendesk.triggers import FIELDS, read_trigger
from bridges.zendesk.words import NOW, VERBS, state_of

_FIELDS = {
    "priority_changed": N_("Priority"),
    "type_changed": N_("Type"),
}
_PREFIX = "zen:event-type:ticket."
_SYSTEM = {"-1", "0"}
"""The actors that are Zendesk's own rules."""


def _read(delivery: Delivery) -> Reading | Ignored:
    body, ticket = delivery.body, delivery.body.at("detail")
    kind = body.text("type")
    if "ticket_id" in body and not ticket:
        return read_trigger(body)
    if not kind.startswith(_PREFIX) or not ticket.word("id"):
        return Ignored(kind[:100] or "no type")
    named = kind.removeprefix(_PREFIX)
    event = named if named in VERBS else "changed"
    comment = body.at("event", "comment")
    verb, importance = VERBS[event]
    if event == "status_changed" and body.text("event", "current").upper() == "SOLVED":
        importance = Importance.LOUD
    verb = NOW.get((event, body.text("event", "current").lower()), verb)
    step = Activity(
        key=f"event:{body.word('id') or body.word('time')}",
        verb=verb,
        actor=comment.text("author", "name") or "Zendesk",
        at=milliseconds(body.text("time")),
        values={"before": _change(body, "previous"), "after": _change(body, "current")},
        text=comment.text("body") if event == "comment_added" else "",
        importance=importance,
        by_bot=ticket.word("actor_id") in _SYSTEM,
        remark=comment.word("id") if event == "comment_added" else "",
        actor_id=comment.word("author", "id") if event == "comment_added" else "",
        field=_FIELDS.get(event, ""),
    )
    return Reading(
        event=event,
        card=ticket_card(ticket, event),
        activities=(step,),
        secrecy=Secrecy.CONFIDENTIAL if is_private(event, ticket, comment) else Secrecy.PUBLIC,
    )


def _change(body: Payload, which: str) -> str:
    """Return what a value was or is, as people read it; of a merger the other ticket."""
    event = body.at("event")
    value = event.text(which) or (event.word("target_ticket_id") if which == "current" else "")
    state = state_of(value) if body.text("type").endswith(".status_changed") else None
    return state.word if state else value.capitalize() or "?"


APP = App(
    slug="zendesk",
    name="Zendesk",
    actions=ACTIONS,
    schemes=(
        HmacHeader(
            "X-Zendesk-Webhook-Signature",
            encoding="base64",
            timestamp_header="X-Zendesk-Webhook-Signature-Timestamp",
        ),
    ),
    events=tuple(Event(name, verb) for name, (verb, _) in VERBS.items()),
    read=_read,
    # A trigger's call has no signed id; its body, which holds the time, tells it.
    delivery_id=lambda delivery: "" if "ticket_id" in delivery.body else delivery.body.word("id"),
    headers=(HOOK_HEADER,),
    fields=(N_("Priority"), N_("Type"), *FIELDS, N_("Channel")),
    app_makes_secret=True,
    when_silent=N_(
        "In Zendesk, the webhook’s Activity shows its calls, whether it is active, and whether it is held back because many failed."
    ),
    steps=(
        SetUpStep(N_("In the Admin Center: Apps and integrations, Webhooks, Create webhook.")),
        SetUpStep(N_("Choose Zendesk events, tick the ticket events, and paste the address.")),
        SetUpStep(N_("Copy the signing secret that Zendesk shows, and give it to Parvis.")),
    ),
)
