"""Trello: a board's cards as living cards; a card's list is its state.

Source: https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/ and
https://developer.atlassian.com/cloud/trello/guides/rest-api/action-types/
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.auth import HmacHeader
from bridges.base import (
    Activity,
    Answer,
    Answers,
    App,
    Card,
    Delivery,
    Event,
    Ignored,
    Reading,
    SetUpStep,
    State,
    StateClass,
    fields,
)
from bridges.instants import milliseconds
from bridges.states import state_of
from bridges.trello.words import VERBS

_SIMPLE = {
    "createCard": "created",
    "copyCard": "created",
    "emailCard": "created",
    "convertToCardFromCheckItem": "created",
    "commentCard": "commented",
    "addMemberToCard": "member_added",
    "removeMemberFromCard": "member_removed",
    "addAttachmentToCard": "attached",
    "deleteCard": "deleted",
}


def _read(delivery: Delivery) -> Reading | Ignored:
    action, data = delivery.body.at("action"), delivery.body.at("action", "data")
    event = _event(action.text("type"), data)
    card_id = data.word("card", "id")
    if not event or not card_id:
        return Ignored(f"{action.text('type') or 'no action'} {_changed(data)}".strip())
    when = milliseconds(action.text("date"))
    verb, importance = VERBS[event]
    step = Activity(
        key=f"action:{action.word('id')}",
        verb=verb,
        actor=action.text("memberCreator", "fullName")
        or action.text("memberCreator", "username")
        or "Trello",
        at=when,
        values=_values(action, data),
        text=data.text("text") if event == "commented" else "",
        url=_url(data),
        importance=importance,
    )
    return Reading(
        event=event,
        card=_card(event, data, when),
        activities=(step,),
        project=data.text("board", "name"),
    )


def _event(kind: str, data: Payload) -> str:
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if kind == "updateCheckItemStateOnCard":
        return "checked" if data.text("checkItem", "state") == "complete" else "unchecked"
    if kind != "updateCard":
        return ""
    card, old = data.at("card"), data.at("old")
    if "idList" in old or "listAfter" in data:
        return "moved"
    if "closed" in old:
        return "archived" if card.flag("closed") else "restored"
    if "dueComplete" in old:
        return "completed" if card.flag("dueComplete") else "due"
    changed = {"name": "renamed", "desc": "described", "due": "due"}
    return next((event for key, event in changed.items() if key in old), "")


def _card(event: str, data: Payload, when: int | None) -> Card:
    card = data.at("card")
    return Card(
        case=card.word("id"),
        noun=N_("Card"),
        number=f"#{card.word('idShort')}" if card.word("idShort") else "",
        title=card.text("name") or None,
        url=_url(data) or None,
        state=_state(event, data),
        excerpt=card.text("desc")[:400] if "desc" in card else None,
        fields=fields(
            (N_("Board"), data.text("board", "name") or None),
            (N_("Due"), card.text("due")[:10] if "due" in card else None),
        ),
        updated=when,
        deleted=event == "deleted" or None,
    )


def _state(event: str, data: Payload) -> State | None:
    """Return the state as far as this action says it."""
    if event == "archived":
        return State(N_("Archived"), StateClass.DONE)
    if event == "completed":
        return State(N_("Complete"), StateClass.DONE)
    name = data.text("listAfter", "name") or data.text("list", "name")
    return state_of(name) if name and event in {"created", "moved", "restored"} else None


def _values(action: Payload, data: Payload) -> dict[str, str]:
    member = action.text("member", "fullName") or data.text("member", "name")
    return {
        "list": data.text("listAfter", "name") or data.text("list", "name") or "?",
        "before": data.text("listBefore", "name") or "?",
        "member": member or "?",
        "file": data.text("attachment", "name") or "?",
        "item": data.text("checkItem", "name") or "?",
    }


def _changed(data: Payload) -> str:
    return ",".join(sorted(data.at("old").keys()))


def _url(data: Payload) -> str:
    short = data.text("card", "shortLink")
    return f"https://trello.com/c/{short}" if short.isalnum() else ""


APP = App(
    slug="trello",
    name="Trello",
    schemes=(HmacHeader("X-Trello-Webhook", "sha1", encoding="base64", url_after_body=True),),
    events=tuple(Event(name, verb) for name, (verb, _) in VERBS.items()),
    read=_read,
    delivery_id=lambda delivery: delivery.body.word("action", "id"),
    fields=(N_("Board"), N_("Due")),
    app_makes_secret=True,
    answers=Answers(removed=Answer(410)),
    steps=(
        SetUpStep(N_("On trello.com/power-ups/admin, open your Power-Up; copy its key and token.")),
        SetUpStep(N_("Create a webhook for the board with {url} as callbackURL.")),
        SetUpStep(N_("Give Parvis the Power-Up’s secret: Trello signs its calls with it.")),
    ),
)
