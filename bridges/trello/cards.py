"""What one Trello action says of its card: a change, never the card as a whole.

Source: https://developer.atlassian.com/cloud/trello/guides/rest-api/action-types/
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.listed import Part
from bridges.parts import summary
from bridges.readings import Card, State, StateClass, fields
from bridges.states import state_of

_STATES = {
    "archived": State(N_("Archived"), StateClass.DONE),
    "completed": State(N_("Complete"), StateClass.DONE),
    "moved_away": State(N_("Moved"), StateClass.DONE),
}
_AGAIN = State(N_("Open"), StateClass.OPEN)
"""What comes back to a list that is not named: it is at its end no more."""
_PLACED = {"created", "moved", "moved_here", "restored", "uncompleted"}
"""Where a card is, is its state; another action names its list too, also that of an archived card."""
FIELDS = (
    N_("Board"),
    N_("Members"),
    N_("Due"),
    N_("Start"),
    N_("Attachments"),
    N_("Custom fields"),
)
_PUT_ON = {
    "member_added": (FIELDS[1], True),
    "member_removed": (FIELDS[1], False),
    "label_added": ("", True),
    "label_removed": ("", False),
    "attached": (FIELDS[4], True),
    "detached": (FIELDS[4], False),
}


def card_of(event: str, action: Payload, when: int | None) -> Card:
    """Return what an action says of its card."""
    data, card = action.at("data"), action.at("data", "card")
    return Card(
        case=card.word("id"),
        noun=N_("Card"),
        number=f"#{card.word('idShort')}" if card.word("idShort") else "",
        title=card.text("name") or None,
        url=url_of(data, "card") or None,
        state=_state(event, data),
        excerpt=summary(card, "desc"),
        fields=fields(
            (FIELDS[0], _board(data) or None),
            (FIELDS[2], day_of(card.text("due")) if "due" in card else None),
            (FIELDS[3], day_of(card.text("start")) if "start" in card else None),
        ),
        parts=_parts(event, action),
        updated=when,
        deleted=event == "deleted" or None,
    )


def values_of(action: Payload, data: Payload) -> dict[str, str]:
    """Return what the verbs name; what Trello leaves out is a question mark."""
    said = {
        "list": list_of(data),
        "before": data.text("listBefore", "name"),
        "board": _board(data),
        "member": _member(action),
        "label": _label(data),
        "file": data.text("attachment", "name"),
        "checklist": data.text("checklist", "name"),
        "item": data.text("checkItem", "name"),
        "field": data.text("customField", "name"),
        "due": day_of(data.text("card", "due")),
    }
    return {name: value or "?" for name, value in said.items()}


def day_of(moment: str) -> str:
    """Return the day of a time."""
    return moment[:10]


def _parts(event: str, action: Payload) -> tuple[Part, ...]:
    """Return the member, label, file or value that an action puts on its card or takes off."""
    if event == "field_changed":
        return _value(action.at("data"))
    if event not in _PUT_ON:
        return ()
    data, (field, there) = action.at("data"), _PUT_ON[event]
    identifier, name = {
        FIELDS[1]: (data.word("idMember"), _member(action)),
        FIELDS[4]: (data.word("attachment", "id"), data.text("attachment", "name")),
        "": (data.word("label", "id"), _label(data)),
    }[field]
    known = identifier or name
    return (Part(field, known, name, there=there),) if known else ()


def _value(data: Payload) -> tuple[Part, ...]:
    """Return a custom field with its value; of one that is chosen from a list only an id is told."""
    name, held = data.text("customField", "name"), data.at("customFieldItem", "value")
    value = held.word("text") or held.word("number") or day_of(held.text("date"))
    ticked = "✓" if held.word("checked") == "true" or held.flag("checked") else ""
    known = data.word("customField", "id")
    said = f"{name} = {value or ticked}" if name and (value or ticked) else ""
    return (Part(FIELDS[5], known, said, there=bool(said)),) if known else ()


def _member(action: Payload) -> str:
    who = action.at("memberCreator")
    return (
        action.text("member", "fullName").strip()
        or action.text("data", "member", "name")
        or action.text("member", "username")
        or (who.text("fullName") if who.word("id") == action.word("data", "idMember") else "")
    )


def _label(data: Payload) -> str:
    """Return the name of a label, which once stood beside its colour, or the colour of one without."""
    named = data.text("label", "name") or (data.text("text") if "value" in data else "")
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
    if name and event in _PLACED:
        return state_of(name)
    return _AGAIN if event in {"restored", "uncompleted"} else None
