"""Calls that a Zendesk trigger makes, from the template that Parvis gives to paste.

The names in it are ours; Zendesk fills the values in, in the account's language, and leaves empty
what it does not know. Source: https://support.zendesk.com/hc/en-us/articles/4408886858138
"""

import hashlib
import html
import re

from appservice.languages import N_
from appservice.payload import Payload
from bridges.instants import milliseconds
from bridges.readings import (
    Activity,
    Card,
    Ignored,
    Importance,
    Reading,
    Secrecy,
    State,
    StateClass,
    fields,
)
from bridges.zendesk.tickets import FIELDS, begun, words_of
from bridges.zendesk.words import DELETION, UNSAID, VERBS, become, named, state_of

_VERBS = {
    "status_changed": (UNSAID["status_changed"]["before"], Importance.NORMAL),
    "priority_changed": VERBS["changed"],
    "type_changed": VERBS["changed"],
    "merged": VERBS["changed"],
}
"""What is said otherwise, for a template does not know what was before."""
_GUESSED = (N_("{actor} wrote"), Importance.NORMAL)
"""Whether a comment is an answer or the question, a template that names no event does not say."""


def read_trigger(body: Payload) -> Reading | Ignored:
    """Return what a trigger tells."""
    number = _said(body, "ticket_id").lstrip("#")
    if not number or _said(body, "kind").lower() not in {"", "ticket"}:
        return Ignored(f"trigger {_said(body, 'kind')}".strip())
    comment = words_of(_said(body, "comment"))
    called = _said(body, "event").lower()
    event = called if called in VERBS else ("comment_added" if comment else "changed")
    state, when = state_of(_said(body, "status")), milliseconds(_said(body, "updated"))
    steps = [_step(event, body, comment, state, when)]
    if event != called and state and state.kind is StateClass.DONE:
        steps.append(_ending(body, comment, state, when))
    return Reading(
        event=event,
        card=_card(body, number, event, when),
        activities=(*steps, _heard(body)),
        secrecy=Secrecy.CONFIDENTIAL if _is_private(body) else Secrecy.PUBLIC,
    )


def _step(
    event: str, body: Payload, comment: str, state: State | None, when: int | None
) -> Activity:
    guessed = event == "comment_added" and _said(body, "event").lower() != event
    verb, importance = _GUESSED if guessed else _VERBS.get(event) or VERBS[event]
    ended = event == "status_changed" and state and state.kind is StateClass.DONE
    which = "status" if event == "status_changed" else "priority"
    return Activity(
        key=_key(event, body, comment),
        verb=become(event, _said(body, which)) or verb,
        actor=_said(body, "actor") or "Zendesk",
        at=when,
        values={"after": state.word if state else "?"},
        text=comment if event in {"comment_added", "created"} else "",
        # A template names no comment: its words alone tell that it is ours.
        remark="?" if event == "comment_added" else "",
        url=_url(body),
        importance=Importance.LOUD if ended else importance,
    )


def _ending(body: Payload, comment: str, state: State, when: int | None) -> Activity:
    """Return that a ticket is at its end, where its trigger does not say what happened: once for
    each answer, since a ticket that is opened again is answered, and one that is solved closes itself.
    """
    return Activity(
        key=f"ended:{_print(comment.encode())}",
        verb=become("status_changed", _said(body, "status")) or _VERBS["status_changed"][0],
        actor=_said(body, "actor") or "Zendesk",
        at=when,
        values={"after": state.word},
        url=_url(body),
        importance=Importance.LOUD,
    )


def _heard(body: Payload) -> Activity:
    """Return what is told nowhere, and says that this call is none that came before: Zendesk's times
    hold minutes, and a template repeats its comment, so nothing else would say so.
    """
    return Activity(
        key=f"call:{_print(body.json())}",
        verb="",
        actor=_said(body, "actor") or "Zendesk",
        importance=Importance.QUIET,
    )


def _card(body: Payload, number: str, event: str, when: int | None) -> Card:
    status = _said(body, "status")
    tags = body.texts("tags") or tuple(re.findall(r"[^\s,]+", _said(body, "tags")))
    return Card(
        case=f"ticket/{number}",
        noun=N_("Ticket"),
        number=f"#{number}",
        title=_said(body, "title") or None,
        url=_url(body) or None,
        state=state_of(status),
        excerpt=begun(_said(body, "description")) if "description" in body else None,
        fields=fields(
            (FIELDS[0], named(_said(body, "priority")) if "priority" in body else None),
            (FIELDS[1], named(_said(body, "type")) if "type" in body else None),
            (FIELDS[2], _said(body, "assignee") if "assignee" in body else None),
            (FIELDS[3], _said(body, "requester") if "requester" in body else None),
        ),
        labels=tags if "tags" in body else None,
        updated=when,
        deleted=DELETION.get(event),
    )


def _key(event: str, body: Payload, comment: str) -> str:
    """Return what makes a step unique: a template has no id, and repeats its latest comment."""
    if event == "comment_added":
        return f"comment:{_print(comment.encode())}"
    return f"trigger:{event}:{_said(body, 'updated')}:{_print(body.json())}"


def _print(said: bytes) -> str:
    return hashlib.sha256(said).hexdigest()[:24]


def _is_private(body: Payload) -> bool:
    """Tell whether a template that says who may read its comment says: agents."""
    said = (body.fields.get(name) for name in ("is_public", "public"))
    return any(one is False or str(one).lower() == "false" for one in said)


def _said(body: Payload, key: str) -> str:
    """Return a value; a placeholder that was left as it stands says nothing."""
    value = html.unescape(body.word(key)).strip()
    # A dash stands for what nobody chose.
    return "" if value.startswith("{{") or value == "-" else value


def _url(body: Payload) -> str:
    """Return the ticket's page; Zendesk leaves out the scheme."""
    url = _said(body, "url")
    host, _, path = url.removeprefix("https://").partition("/")
    known = host.endswith(".zendesk.com") and host.replace(".", "").replace("-", "").isalnum()
    return f"https://{host}/{path}" if known else url
