"""Trello: a board's cards as living cards; a card's list is its state.

Source: https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/ and
https://developer.atlassian.com/cloud/trello/guides/rest-api/action-types/
"""

from collections.abc import Mapping
from dataclasses import replace

from appservice.languages import N_
from appservice.payload import Payload
from bridges.auth import HmacHeader
from bridges.base import Answer, Answers, App, Delivery, Event, SetUpStep
from bridges.instants import milliseconds
from bridges.prose import prose
from bridges.readings import Activity, Ignored, Importance, Reading, Secrecy, StateClass
from bridges.trello.acting import ACTIONS
from bridges.trello.cards import FIELDS, card_of, url_of, values_of
from bridges.trello.words import BOARD_VERBS, SIMPLE, THEMSELVES, UNSAID, VERBS

_CHANGES = {"name": "renamed", "desc": "described", "due": "due", "start": "start"}
_FIELDS = {
    "due": "Due",
    "start": "Start",
    "member_added": "Members",
    "member_removed": "Members",
    "attached": "Attachments",
    "detached": "Attachments",
    "field_changed": "Custom fields",
}


def _read(delivery: Delivery) -> Reading | Ignored:
    body, action = delivery.body, delivery.body.at("action")
    data = action.at("data")
    event, when = _event(action.text("type"), data), milliseconds(action.text("date"))
    on_card = event in VERBS and bool(data.word("card", "id"))
    if not on_card and event not in BOARD_VERBS:
        changed = ",".join(sorted(data.at("old").keys()))
        return Ignored(f"{action.text('type') or 'no action'} {changed}".strip()[:100])
    board = data.text("board", "name")
    card = card_of(event, action, when) if on_card else None
    step = _step(event, action, when)
    done = event == "moved" and card and card.state and card.state.kind is StateClass.DONE
    return Reading(
        event=event,
        card=card,
        activities=(replace(step, importance=Importance.LOUD) if done else step,),
        title="" if on_card else board or "Trello",
        project=board,
        # A board that not everybody on the web may read is the organization's.
        secrecy=Secrecy.PUBLIC if _is_open(body) else Secrecy.INTERNAL,
    )


def _step(event: str, action: Payload, when: int | None) -> Activity:
    data, who = action.at("data"), action.at("memberCreator")
    verb, importance = VERBS.get(event) or (BOARD_VERBS[event], Importance.NORMAL)
    values = values_of(action, data)
    verb = next((UNSAID[event, name] for name in values if _is_unsaid(event, name, values)), verb)
    if who.word("id") and who.word("id") == data.word("idMember"):
        verb = THEMSELVES.get(event, verb)
    return Activity(
        key=f"action:{action.word('id')}",
        verb=verb,
        actor=who.text("fullName").strip() or who.text("username") or "Trello",
        at=when,
        values=values,
        text=prose(data.text("text")) if event == "commented" else "",
        url=url_of(data, "card" if event in VERBS else "board"),
        importance=importance,
        by_bot=bool(action.at("appCreator")),
        remark=action.word("id") if event == "commented" else "",
        actor_id=who.word("id") if event == "commented" else "",
        field=_FIELDS.get(event, ""),
    )


def _is_unsaid(event: str, name: str, values: Mapping[str, str]) -> bool:
    return (event, name) in UNSAID and values[name] == "?"


def _event(kind: str, data: Payload) -> str:
    if kind in SIMPLE:
        return SIMPLE[kind]
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
        return "completed" if card.flag("dueComplete") else "uncompleted"
    return next((event for key, event in _CHANGES.items() if key in old), "")


def _is_open(body: Payload) -> bool:
    """Tell whether a board is public; a call that does not say stays as its owner connected it."""
    return body.text("model", "prefs", "permissionLevel") in {"public", ""}


APP = App(
    slug="trello",
    name="Trello",
    actions=ACTIONS,
    schemes=(HmacHeader("X-Trello-Webhook", "sha1", encoding="base64", url_after_body=True),),
    events=(
        *(Event(name, verb) for name, (verb, _) in VERBS.items()),
        *(Event(name, verb, default=False) for name, verb in BOARD_VERBS.items()),
    ),
    read=_read,
    delivery_id=lambda delivery: delivery.body.word("action", "id"),
    fields=FIELDS,
    app_makes_secret=True,
    answers=Answers(removed=Answer(410)),
    when_silent=N_(
        "Trello drops a webhook when its token ends or its calls fail for long; then create it again."
    ),
    steps=(
        SetUpStep(N_("On trello.com/power-ups/admin, open your Power-Up; copy its key and token.")),
        SetUpStep(N_("Create a webhook for the board with {url} as callbackURL.")),
        SetUpStep(N_("Give Parvis the Power-Up’s secret: Trello signs its calls with it.")),
    ),
)
