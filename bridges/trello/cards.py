"""What one Trello action says of its card: a change, never the card as a whole.

Source: https://developer.atlassian.com/cloud/trello/guides/rest-api/action-types/
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Card, State, StateClass, fields
from bridges.states import state_of

_EXCERPT = 400
_STATES = {
    "archived": State(N_("Archived"), StateClass.DONE),
    "completed": State(N_("Complete"), StateClass.DONE),
    "moved_away": State(N_("Moved"), StateClass.DONE),
}
_PLACED = {"created", "moved", "moved_here", "restored", "uncompleted"}
"""Where a card is, is its state; another action names its list too, also that of an archived card."""
FIELDS = (N_("Board"), N_("Due"), N_("Start"))


def card_of(event: str, data: Payload, when: int | None) -> Card:
    """Return what an action says of its card."""
    card = data.at("card")
    return Card(
        case=card.word("id"),
        noun=N_("Card"),
        number=f"#{card.word('idShort')}" if card.word("idShort") else "",
        title=card.text("name") or None,
        url=url_of(data, "card") or None,
        state=_state(event, data),
        excerpt=card.text("desc")[:_EXCERPT] if "desc" in card else None,
        fields=fields(
            (FIELDS[0], _board(data) or None),
            (FIELDS[1], card.text("due")[:10] if "due" in card else None),
            (FIELDS[2], card.text("start")[:10] if "start" in card else None),
        ),
        updated=when,
        deleted=event == "deleted" or None,
    )


def values_of(action: Payload, data: Payload) -> dict[str, str]:
    """Return what the verbs name; what Trello leaves out is a question mark."""
    said = {
        "list": list_of(data),
        "before": data.text("listBefore", "name"),
        "board": _board(data),
        "member": action.text("member", "fullName")
        or data.text("member", "name")
        or action.text("member", "username"),
        # A label may have a colour alone.
        "label": data.text("label", "name") or _former_label(data),
        "file": data.text("attachment", "name"),
        "checklist": data.text("checklist", "name"),
        "item": data.text("checkItem", "name"),
    }
    return {name: value or "?" for name, value in said.items()}


def _former_label(data: Payload) -> str:
    """Return the name of a label that stands beside its colour, or the colour of one without."""
    named = data.text("text") if "value" in data else ""
    return named or (data.text("label", "color") or data.text("value")).replace("_", " ")


def list_of(data: Payload) -> str:
    """Return the name of the list that the card is in now."""
    return data.text("listAfter", "name") or data.text("list", "name")


def url_of(data: Payload, kind: str) -> str:
    """Return the page of the action's card or board (*kind*), or an empty text."""
    short = data.text(kind, "shortLink")
    known = short.isascii() and short.isalnum()
    return f"https://trello.com/{kind[0]}/{short}" if known else ""


def _board(data: Payload) -> str:
    """Return the board that the card is on after this action."""
    return data.text("boardTarget" if "boardTarget" in data else "board", "name")


def _state(event: str, data: Payload) -> State | None:
    """Return the state as far as this action says it."""
    if event in _STATES:
        return _STATES[event]
    name = list_of(data)
    return state_of(name) if name and event in _PLACED else None
