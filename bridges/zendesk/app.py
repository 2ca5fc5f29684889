"""Zendesk: tickets as living cards, from event subscriptions.

Source: https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events/ and
https://developer.zendesk.com/documentation/webhooks/verifying/
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.auth import HmacHeader
from bridges.base import (
    Activity,
    App,
    Card,
    Delivery,
    Event,
    Field,
    Ignored,
    Reading,
    SetUpStep,
    State,
    StateClass,
)
from bridges.instants import milliseconds
from bridges.zendesk.words import STATES, VERBS

_PREFIX = "zen:event-type:ticket."


def _read(delivery: Delivery) -> Reading | Ignored:
    body, ticket = delivery.body, delivery.body.at("detail")
    kind = body.text("type")
    event = kind.removeprefix(_PREFIX)
    if not kind.startswith(_PREFIX) or event not in VERBS or not ticket.word("id"):
        return Ignored(kind or "no type")
    comment = body.at("event", "comment")
    verb, importance = VERBS[event]
    step = Activity(
        key=f"event:{body.word('id')}",
        verb=verb,
        actor=comment.text("author", "name") or "Zendesk",
        at=milliseconds(body.text("time")),
        values={"before": _change(body, "previous"), "after": _change(body, "current")},
        text=comment.text("body"),
        importance=importance,
    )
    private = "is_public" in comment and not comment.flag("is_public")
    return Reading(
        event=event,
        card=_card(ticket, deleted=event == "soft_deleted"),
        activities=(step,),
        # An internal note is written for the agents alone.
        confidential=private or ("is_public" in ticket and not ticket.flag("is_public")),
    )


def _card(ticket: Payload, *, deleted: bool) -> Card:
    fields = (
        Field(N_("Priority"), ticket.text("priority").capitalize()),
        Field(N_("Type"), ticket.text("type").capitalize()),
        Field(N_("Channel"), ticket.text("via", "channel")),
    )
    return Card(
        case=f"ticket/{ticket.word('id')}",
        noun=N_("Ticket"),
        number=ticket.word("id"),
        title=ticket.text("subject") or None,
        state=_state(ticket.text("status")),
        excerpt=ticket.text("description")[:400] if "description" in ticket else None,
        fields=tuple(field for field in fields if field.value),
        labels=ticket.texts("tags") if "tags" in ticket else None,
        updated=milliseconds(ticket.text("updated_at")),
        final=ticket.text("status").lower() == "closed",
        deleted=deleted,
    )


def _state(status: str) -> State | None:
    """Return the state; a status that the organization made itself is in progress."""
    if not status:
        return None
    return STATES.get(status.lower(), State(status.capitalize(), StateClass.PROGRESS))


def _change(body: Payload, which: str) -> str:
    return body.text("event", which).capitalize() or "?"


APP = App(
    slug="zendesk",
    name="Zendesk",
    schemes=(
        HmacHeader(
            "X-Zendesk-Webhook-Signature",
            encoding="base64",
            timestamp_header="X-Zendesk-Webhook-Signature-Timestamp",
        ),
    ),
    events=tuple(Event(name, verb) for name, (verb, _) in VERBS.items()),
    read=_read,
    delivery_id=lambda delivery: delivery.body.word("id"),
    app_makes_secret=True,
    steps=(
        SetUpStep(N_("In the Admin Center: Apps and integrations, Webhooks, Create webhook.")),
        SetUpStep(N_("Choose Zendesk events, tick the ticket events, and paste the address.")),
        SetUpStep(N_("Copy the signing secret that Zendesk shows, and give it to Parvis.")),
    ),
)
