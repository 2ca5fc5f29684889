"""Zendesk: tickets as living cards, from event subscriptions or from triggers.

Source: https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events/ and
https://developer.zendesk.com/documentation/webhooks/verifying/
"""

from collections.abc import Mapping

from appservice.languages import N_
from appservice.payload import Payload
from bridges.auth import HmacHeader
from bridges.base import App, Delivery, Event, SetUpStep
from bridges.instants import milliseconds
from bridges.readings import Activity, Ignored, Importance, Reading, Secrecy
from bridges.zendesk.acting import ACTIONS, HOOK_HEADER
from bridges.zendesk.tickets import FIELDS, is_private, ticket_card, words_of
from bridges.zendesk.triggers import read_trigger
from bridges.zendesk.words import OURS, UNSAID, VERBS, become, named, state_of

_FIELDS = {
    "priority_changed": FIELDS[0],
    "type_changed": FIELDS[1],
}
_CHANGES = {"status_changed": "status", "priority_changed": "priority", "type_changed": "type"}
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
    told = kind.removeprefix(_PREFIX)
    event = told if told in VERBS else "changed"
    private = is_private(event, ticket, body.at("event"))
    return Reading(
        event=event,
        card=ticket_card(ticket, event),
        activities=(_step(event, body, ticket),),
        secrecy=Secrecy.CONFIDENTIAL if private else Secrecy.PUBLIC,
    )


def _step(event: str, body: Payload, ticket: Payload) -> Activity:
    comment, current = body.at("event", "comment"), _current(event, body, ticket)
    author, spoken = comment.text("author", "name"), event == "comment_added"
    values = {**_values(event, body, current), "author": author or "?"}
    solved = event == "status_changed" and current.upper() == "SOLVED"
    return Activity(
        key=f"event:{body.word('id') or body.word('time')}",
        verb=become(event, current) or _verb(event, values),
        actor=author or "Zendesk",
        at=milliseconds(body.text("time")),
        values=values,
        text=words_of(comment.text("body")) if spoken else "",
        importance=Importance.LOUD if solved else VERBS[event][1],
        by_bot=ticket.word("actor_id") in _SYSTEM,
        remark=comment.word("id") if spoken else "",
        actor_id=comment.word("author", "id") if spoken else "",
        field=_FIELDS.get(event, ""),
    )


def _verb(event: str, values: Mapping[str, str]) -> str:
    unsaid = (text for name, text in UNSAID.get(event, {}).items() if values[name] == "?")
    return next(unsaid, VERBS[event][0])


def _current(event: str, body: Payload, ticket: Payload) -> str:
    """Return what a value is now; where the event does not say so, its ticket does."""
    said = body.text("event", "current")
    return said or (ticket.text(_CHANGES[event]) if event in _CHANGES else "")


def _values(event: str, body: Payload, current: str) -> Mapping[str, str]:
    """Return what the verbs name, as people read it; of a merger the other ticket."""
    words = {"after": current, "before": body.text("event", "previous")}
    said = {which: _as_read(event, word) for which, word in words.items()}
    return {**said, "target": body.word("event", "target_ticket_id") or "?"}


def _as_read(event: str, word: str) -> str:
    state = state_of(word) if event == "status_changed" else None
    return state.word if state else named(word) or "?"


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
    fields=FIELDS,
    own_values=OURS,
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
