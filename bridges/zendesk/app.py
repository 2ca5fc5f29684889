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
    Ignored,
    Reading,
    Secrecy,
    SetUpStep,
    State,
    StateClass,
    fields,
)
from bridges.instants import milliseconds
from bridges.zendesk.words import STATES, VERBS

_FIELDS = {"priority_changed": N_("Priority")}
_DELETION = {"soft_deleted": True, "undeleted": False}
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
        field=_FIELDS.get(event, ""),
    )
    private = any("is_public" in part and not part.flag("is_public") for part in (comment, ticket))
    return Reading(
        event=event,
        card=_card(ticket, deleted=_DELETION.get(event)),
        activities=(step,),
        # An internal note is written for the agents alone.
        secrecy=Secrecy.CONFIDENTIAL if private else Secrecy.PUBLIC,
    )


def _card(ticket: Payload, *, deleted: bool | None) -> Card:
    return Card(
        case=f"ticket/{ticket.word('id')}",
        noun=N_("Ticket"),
        number=ticket.word("id"),
        title=ticket.text("subject") or None,
        state=_state(ticket.text("status")),
        excerpt=ticket.text("description")[:400] if "description" in ticket else None,
        fields=fields(
            (N_("Priority"), _said(ticket, "priority")),
            (N_("Type"), _said(ticket, "type")),
            (N_("Channel"), ticket.text("via", "channel") if "via" in ticket else None),
        ),
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


def _said(ticket: Payload, key: str) -> str | None:
    return ticket.text(key).capitalize() if key in ticket else None


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
    fields=(N_("Priority"), N_("Type"), N_("Channel")),
    app_makes_secret=True,
    steps=(
        SetUpStep(N_("In the Admin Center: Apps and integrations, Webhooks, Create webhook.")),
        SetUpStep(N_("Choose Zendesk events, tick the ticket events, and paste the address.")),
        SetUpStep(N_("Copy the signing secret that Zendesk shows, and give it to Parvis.")),
    ),
)
