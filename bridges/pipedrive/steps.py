"""What happened, from what Pipedrive says is and what it says was.

Source: https://pipedrive.readme.io/docs/guide-for-webhooks-v2
"""

from appservice.payload import Payload
from bridges.base import Activity, Card, Importance
from bridges.pipedrive.cards import amount, changed_at, plain_text
from bridges.pipedrive.words import FIELDS, VERBS, event_of

_VALUES = {"deal.value": FIELDS[0], "deal.expected": FIELDS[1]}


def step_of(event: str, body: Payload, said: Payload, card: Card) -> Activity:
    """Return what happened; *said* is the object as it is, or as it last was."""
    meta, before = body.at("meta"), body.at("previous")
    verb, importance = VERBS[event]
    return Activity(
        key=_key(body),
        verb=verb,
        actor=said.text("user", "name") or "Pipedrive",
        at=changed_at(said, meta),
        values={
            "before": amount(before, said),
            "after": amount(said, said),
            "expected": said.text("expected_close_date") or "?",
            "target": meta.word("merged_to_id") or "?",
            "subject": said.text("subject") or "?",
        },
        text=plain_text(said.text("content")) if event == "note.created" else "",
        url=card.url or "",
        # Hundreds at once are no news each.
        importance=Importance.QUIET if meta.flag("is_bulk_edit") else importance,
        by_bot=meta.text("change_source") == "api",
        remark=said.word("id") if event == "note.created" else "",
        actor_id=meta.word("user_id") if event == "note.created" else "",
        field=_VALUES.get(event, ""),
    )


def event_in(meta: Payload, now: Payload, before: Payload) -> str:
    """Return the event of a call, or an empty text; *before* holds what changed."""
    entity, action = meta.text("entity"), meta.text("action")
    plain = event_of(entity, action)
    if plain == "deal.deleted" and meta.word("merged_to_id"):
        return "deal.merged"
    if action != "change" or not plain:
        return plain
    if entity == "lead" and "is_archived" in before:
        return "lead.archived" if now.flag("is_archived") else "lead.restored"
    if entity == "activity" and "done" in before:
        return "activity.done" if now.flag("done") or now.number("done") == 1 else plain
    return _deal_event(now, before) if entity == "deal" else plain


def _deal_event(now: Payload, before: Payload) -> str:
    if before.text("status"):
        ends = {"won": "won", "lost": "lost", "open": "reopened", "deleted": "deleted"}
        return f"deal.{ends.get(now.text('status'), 'changed')}"
    kinds = {"stage_id": "moved", "value": "value", "expected_close_date": "expected"}
    return f"deal.{next((kind for key, kind in kinds.items() if key in before), 'changed')}"


def _key(body: Payload) -> str:
    """Return what a change is known by: nobody promises that a repeated call keeps its id."""
    meta, changed = body.at("meta"), ",".join(sorted(body.at("previous").keys()))[:100]
    names = ("correlation_id", "entity", "entity_id", "action")
    moment = body.word("data", "update_time") or meta.word("timestamp")
    known = ":".join([*(meta.word(name) for name in names), moment, changed])
    return f"event:{known if meta.word('correlation_id') else meta.word('id') or known}"
