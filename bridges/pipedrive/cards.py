"""The cards of deals and leads, from a whole object or from what belongs to one.

Source: https://pipedrive.readme.io/docs/guide-for-webhooks-v2
"""

import re

from appservice.languages import N_
from appservice.payload import Payload
from bridges.instants import milliseconds
from bridges.pipedrive.words import ARCHIVED, FIELDS, LEAD, state_of
from bridges.readings import Card, Field, State, fields

_OWNER_ONLY = "1"
_LARGEST = 1e15
_EXPECTED = "expected_close_date"


def case_card(
    entity: str, identifier: str, said: Payload, meta: Payload, *, deleted: bool | None
) -> Card:
    """Return the card of a deal or a lead; *said* is the object as it is, or as it last was."""
    status = said.text("status")
    return Card(
        case=f"{entity}/{identifier}",
        noun=N_("Deal") if entity == "deal" else N_("Lead"),
        title=said.text("title") or None,
        url=page_of(entity, identifier, meta) or None,
        state=_lead_state(said) if entity == "lead" else _deal_state(said),
        fields=_fields(said),
        confidential=is_private(said) if "visible_to" in said else None,
        updated=changed_at(said, meta),
        final=status in {"won", "lost", "deleted"},
        deleted=deleted,
    )


def is_private(said: Payload) -> bool:
    """Tell whether its owner alone may see a deal or a lead."""
    return said.word("visible_to") == _OWNER_ONLY


def mention_card(entity: str, identifier: str, said: Payload, meta: Payload) -> Card:
    """Return the card of what a note or an activity belongs to: its name at most is known."""
    named = said.text(entity, "title") or said.text(f"{entity}_title")
    return Card(
        case=f"{entity}/{identifier}",
        noun=N_("Deal") if entity == "deal" else N_("Lead"),
        title=named or None,
        url=page_of(entity, identifier, meta) or None,
        updated=changed_at(said, meta),
    )


def changed_at(said: Payload, meta: Payload) -> int | None:
    """Return when it changed, in Pipedrive's time; its samples write times in several ways."""
    of_object, of_call = (
        milliseconds(said.word("update_time")),
        milliseconds(meta.word("timestamp")),
    )
    # What is deleted comes as it last was; only the call knows when it went.
    times = (of_call, of_object) if meta.text("action") == "delete" else (of_object, of_call)
    return next((at for at in times if at is not None), None)


def amount(said: Payload, now: Payload) -> str:
    """Return an amount with its currency; a deal has two fields for them, a lead an object."""
    inner = said.at("value")
    value = inner.fields.get("amount") if inner else said.fields.get("value")
    currency = inner.text("currency") or said.text("currency") or now.text("currency")
    if isinstance(value, str):
        value = float(value) if re.fullmatch(r"-?\d{1,15}(\.\d{1,6})?", value, re.ASCII) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _LARGEST:
        return ""
    # A narrow space between thousands is read in either language.
    said_so = f"{value:,.2f}".removesuffix(".00").replace(",", "\u202f")
    return f"{said_so} {currency}".strip()


def page_of(entity: str, identifier: str, meta: Payload) -> str:
    """Return the page of a deal or lead, on Pipedrive's own hosts alone."""
    host = meta.text("host")
    known = host.endswith(".pipedrive.com") and host.replace(".", "").replace("-", "").isalnum()
    plain = identifier.isascii() and identifier.replace("-", "").isalnum()
    kind = "deal" if entity == "deal" else "leads/inbox"
    return f"https://{host}/{kind}/{identifier}" if known and plain else ""


def id_in(said: Payload, key: str) -> str:
    """Return the id of what *key* names: an id, or an object that holds it."""
    return said.word(key) or said.word(key, "value") or said.word(key, "id")


def day_of(said: Payload, key: str) -> str:
    """Return a day, of which a time may be told."""
    return said.text(key)[:10]


def _name_in(said: Payload, kind: str) -> str | None:
    return said.text(f"{kind}_id", "name") or said.text(f"{kind}_name") or None


def _fields(said: Payload) -> tuple[Field, ...]:
    probability = said.fields.get("probability")
    return fields(
        (FIELDS[0], _money(said) if "value" in said else None),
        (FIELDS[1], day_of(said, _EXPECTED) if _EXPECTED in said else None),
        (FIELDS[2], _percent(probability) if "probability" in said else None),
        (FIELDS[3], _name_in(said, "org")),
        (FIELDS[4], _name_in(said, "person")),
        (FIELDS[5], _name_in(said, "owner")),
        (FIELDS[6], said.text("lost_reason") if "lost_reason" in said else None),
    )


def _money(said: Payload) -> str:
    return "" if said.fields.get("value") is None else amount(said, said)


def _percent(probability: object) -> str:
    said = isinstance(probability, str | int | float) and not isinstance(probability, bool)
    return f"{probability} %" if said and probability != "" else ""


def _deal_state(said: Payload) -> State | None:
    """Return a deal's state; one that is put away while it is open is at an end."""
    is_open = said.text("status") == "open"
    return ARCHIVED if is_open and said.flag("is_archived") else state_of(said.text("status"))


def _lead_state(said: Payload) -> State | None:
    if not said:
        return None
    return ARCHIVED if said.flag("is_archived") else LEAD
