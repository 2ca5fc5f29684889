"""Pipedrive: deals as living cards (webhooks v2).

Source: https://pipedrive.readme.io/docs/guide-for-webhooks-v2
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.auth import BasicAuth
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
    fields,
)
from bridges.instants import milliseconds
from bridges.pipedrive.words import STATES, VERBS


def _read(delivery: Delivery) -> Reading | Ignored:
    body, meta, deal = delivery.body, delivery.body.at("meta"), delivery.body.at("data")
    event = _event(meta, deal, body.at("previous"))
    identifier = meta.word("entity_id") or deal.word("id") or body.word("previous", "id")
    if not event or not identifier:
        return Ignored(f"{meta.text('action')}.{meta.text('entity')}".strip("."))
    verb, importance = VERBS[event]
    when = milliseconds(deal.text("update_time")) or milliseconds(meta.text("timestamp"))
    step = Activity(
        key=f"event:{meta.word('id') or _delivery_id(delivery)}",
        verb=verb,
        actor="Pipedrive",
        at=when,
        values={"before": _value(body.at("previous"), deal), "after": _value(deal, deal)},
        url=_url(meta, identifier),
        importance=importance,
        field=N_("Value") if event == "deal.value" else "",
    )
    card = Card(
        case=f"deal/{identifier}",
        noun=N_("Deal"),
        title=deal.text("title") or None,
        url=step.url or None,
        state=_state(deal.text("status")),
        fields=_fields(deal),
        updated=when,
        deleted=event == "deal.deleted" or None,
    )
    return Reading(event=event, card=card, activities=(step,))


def _event(meta: Payload, deal: Payload, previous: Payload) -> str:
    action, entity = meta.text("action"), meta.text("entity")
    if entity != "deal":
        return ""
    if action in {"create", "delete"}:
        return "deal.created" if action == "create" else "deal.deleted"
    if action != "change":
        return ""
    if previous.text("status"):
        kinds = {"won": "deal.won", "lost": "deal.lost", "open": "deal.reopened"}
        return kinds.get(deal.text("status"), "deal.changed")
    if "stage_id" in previous:
        return "deal.moved"
    return "deal.value" if "value" in previous else "deal.changed"


def _fields(deal: Payload) -> tuple[Field, ...]:
    return fields(
        (N_("Value"), _value(deal, deal) if "value" in deal else None),
        (N_("Expected"), _said(deal, "expected_close_date")),
        (N_("Reason"), _said(deal, "lost_reason")),
    )


def _said(deal: Payload, key: str) -> str | None:
    return deal.text(key) if key in deal else None


def _value(deal: Payload, now: Payload) -> str:
    """Return an amount with its currency; it comes as a whole number or with cents."""
    amount = deal.fields.get("value")
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        return "?"
    shown = f"{amount:.2f}".removesuffix(".00")
    return f"{shown} {deal.text('currency') or now.text('currency')}".strip()


def _state(status: str) -> State | None:
    return STATES.get(status) or (State(status, StateClass.PROGRESS) if status else None)


def _url(meta: Payload, identifier: str) -> str:
    host = meta.text("host")
    known = host.endswith(".pipedrive.com") and host.replace(".", "").replace("-", "").isalnum()
    return f"https://{host}/deal/{identifier}" if known and identifier.isdecimal() else ""


def _delivery_id(delivery: Delivery) -> str:
    meta = delivery.body.at("meta")
    names = ("correlation_id", "entity", "entity_id", "action")
    return meta.word("id") or ":".join(meta.word(name) for name in names).strip(":")


APP = App(
    slug="pipedrive",
    name="Pipedrive",
    schemes=(BasicAuth(),),
    events=tuple(Event(name, verb) for name, (verb, _) in VERBS.items()),
    read=_read,
    delivery_id=_delivery_id,
    fields=(N_("Value"), N_("Expected"), N_("Reason")),
    steps=(
        SetUpStep(N_("In Pipedrive: Settings, Tools and apps, Webhooks, Create new webhook.")),
        SetUpStep(N_("Choose deal events and version 2, and paste the address.")),
        SetUpStep(N_("Put the part of the secret before the colon as user, the rest as password.")),
    ),
)
