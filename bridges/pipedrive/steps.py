"""What happened, from what Pipedrive says is and what it says was.

Source: https://pipedrive.readme.io/docs/guide-for-webhooks-v2
"""

from appservice.payload import Payload
from bridges.markup import text_of
from bridges.pipedrive.cards import amount, changed_at, day_of, page_of
from bridges.pipedrive.words import FIELDS, UNSAID, VERBS, event_of
from bridges.readings import Activity, Card, Importance

_VALUES = {"deal.value": FIELDS[0], "deal.expected": FIELDS[1]}


def step_of(event: str, body: Payload, said: Payload, card: Card) -> Activity:
    """Return what happened; *said* is the object as it is, or as it last was."""
    meta = body.at("meta")
    verb, importance = VERBS[event]
    values = _values(body, said)
    verb = next(
        (UNSAID[name, event] for name in values if (name, event) in UNSAID and not values[name]),
        verb,
    )
    return Activity(
        key=_key(body),
        verb=verb,
        actor=values["actor"] or "Pipedrive",
        at=changed_at(said, meta),
        values={name: value or "?" for name, value in values.items() if name != "actor"},
        text=text_of(said.text("content")) if event == "note.created" else "",
        # What was merged has no page any more; the other has.
        url=page_of("deal", meta.word("merged_to_id"), meta) or card.url or "",
        # Hundreds at once are no news each.
        importance=Importance.QUIET if meta.flag("is_bulk_edit") else importance,
        by_bot=meta.text("change_source") == "api",
        remark=said.word("id") if event == "note.created" else "",
        actor_id=meta.word("user_id") if event == "note.created" else "",
        field=_VALUES.get(event, ""),
    )


def _values(body: Payload, said: Payload) -> dict[str, str]:
    """Return what the verbs name; empty where nobody said it."""
    before = body.at("previous")
    # Of what was before, only what changed is there.
    former = (
        before
        if "value" in before
        else Payload({**before.fields, "value": said.fields.get("value")})
    )
    return {
        "actor": said.text("user", "name"),
        "after": amount(said, said),
        "before": amount(former, said),
        "expected": day_of(said, "expected_close_date"),
        "target": body.word("meta", "merged_to_id"),
        "source": body.word("meta", "merged_from_id"),
        "subject": said.text("subject"),
    }


def event_in(meta: Payload, now: Payload, before: Payload) -> str:
    """Return the event of a call, or an empty text; *before* holds what changed."""
    entity, action = meta.text("entity"), meta.text("action")
    plain = event_of(entity, action)
    if plain == "deal.deleted" and meta.word("merged_to_id"):
        return "deal.merged"
    if action != "change" or not plain:
        return plain
    if plain == "deal.changed" and meta.word("merged_from_id"):
        return "deal.joined"
    if entity == "lead" and "is_archived" in before:
        return "lead.archived" if now.flag("is_archived") else "lead.restored"
    if entity == "activity" and "done" in before:
        return "activity.done" if now.flag("done") or now.number("done") == 1 else plain
    return _deal_event(now, before) if entity == "deal" else plain


def _deal_event(now: Payload, before: Payload) -> str:
    if before.text("status"):
        ends = {"won": "won", "lost": "lost", "open": "reopened", "deleted": "deleted"}
        return f"deal.{ends.get(now.text('status'), 'changed')}"
    if "is_deleted" in before:
        return "deal.deleted" if now.flag("is_deleted") else "deal.restored"
    if "is_archived" in before:
        return "deal.archived" if now.flag("is_archived") else "deal.restored"
    kinds = {
        "stage_id": "moved",
        "value": "value",
        "currency": "value",
        "expected_close_date": "expected",
    }
    return f"deal.{next((kind for key, kind in kinds.items() if key in before), 'changed')}"


def _key(body: Payload) -> str:
    """Return what a change is known by: nobody promises that a repeated call keeps its id."""
    meta, changed = body.at("meta"), ",".join(sorted(body.at("previous").keys()))[:100]
    names = ("correlation_id", "entity", "entity_id", "action")
    moment = body.word("data", "update_time") or meta.word("timestamp")
    known = ":".join([*(meta.word(name) for name in names), moment, changed])
    return f"event:{known if meta.word('correlation_id') else meta.word('id') or known}"
