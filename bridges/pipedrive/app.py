"""Pipedrive (webhooks v2): deals and leads as living cards, notes and activities in their threads.

Source: https://pipedrive.readme.io/docs/guide-for-webhooks-v2 and
https://pipedrive.readme.io/docs/list-of-webhooks-v2
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.auth import BasicAuth
from bridges.base import App, Delivery, Event, SetUpStep
from bridges.pipedrive.acting import ACTIONS
from bridges.pipedrive.cards import case_card, id_in, is_private, mention_card
from bridges.pipedrive.steps import event_in, step_of
from bridges.pipedrive.words import FIELDS, VERBS
from bridges.readings import Card, Ignored, Reading, Secrecy

_CASES = ("deal", "lead")


def _read(delivery: Delivery) -> Reading | Ignored:
    body, meta = delivery.body, delivery.body.at("meta")
    if "current" in body and "data" not in body:
        return Ignored("webhook version 1: choose version 2 in Pipedrive")
    entity, now, before = meta.text("entity"), body.at("data"), body.at("previous")
    # What is deleted comes without data: its last state is what was before.
    said = now or (before if meta.text("action") == "delete" else now)
    event = event_in(meta, now, before)
    card = _card(entity, event, said, meta) if event else None
    if card is None:
        return Ignored(f"{meta.text('action')}.{entity}".strip(".")[:100])
    # A note does not say who may see its deal, so it stays inside.
    secrecy = Secrecy.PUBLIC if entity in _CASES else Secrecy.INTERNAL
    return Reading(
        event=event,
        card=card,
        activities=(step_of(event, body, said, card),),
        secrecy=Secrecy.CONFIDENTIAL if is_private(said) else secrecy,
    )


def _card(entity: str, event: str, said: Payload, meta: Payload) -> Card | None:
    if entity in _CASES:
        identifier = meta.word("entity_id") or said.word("id")
        deleted = _is_gone(event, said)
        return case_card(entity, identifier, said, meta, deleted=deleted) if identifier else None
    belongs = ((one, id_in(said, f"{one}_id")) for one in _CASES)
    place = next(((one, identifier) for one, identifier in belongs if identifier), None)
    return mention_card(*place, said, meta) if place else None


def _is_gone(event: str, said: Payload) -> bool | None:
    """Tell whether it is deleted; what says that it is not was brought back, if it ever was gone."""
    if event.endswith((".deleted", ".merged")):
        return True
    there = said.fields.get("is_deleted") is False
    return False if there or event in {"deal.reopened", "deal.restored", "lead.restored"} else None


def _delivery_id(delivery: Delivery) -> str:
    meta = delivery.body.at("meta")
    names = ("correlation_id", "entity", "entity_id", "action")
    return meta.word("id") or ":".join(meta.word(name) for name in names).strip(":")


APP = App(
    slug="pipedrive",
    name="Pipedrive",
    actions=ACTIONS,
    schemes=(BasicAuth(),),
    events=tuple(Event(name, verb) for name, (verb, _) in VERBS.items()),
    read=_read,
    delivery_id=_delivery_id,
    fields=FIELDS,
    when_silent=N_(
        "Pipedrive drops a webhook after three days without success; then create it again."
    ),
    steps=(
        SetUpStep(N_("In Pipedrive: Settings, Tools and apps, Webhooks, Create new webhook.")),
        SetUpStep(N_("Choose deal, lead, note and activity events, version 2; paste the address.")),
        SetUpStep(N_("Put the part of the secret before the colon as user, the rest as password.")),
        SetUpStep(
            N_(
                "Choose as its user somebody who sees no more than the group may: only that is sent."
            )
        ),
    ),
)
