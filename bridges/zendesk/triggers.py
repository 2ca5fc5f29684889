"""Calls that a Zendesk trigger makes, from the template that Parvis gives to paste.

The names in it are ours; Zendesk fills the values in, in the account's language, and leaves empty
what it does not know. Source: https://support.zendesk.com/hc/en-us/articles/4408886858138
"""

import hashlib
import re

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Activity, Card, Ignored, Importance, Reading, StateClass, fields
from bridges.instants import milliseconds
from bridges.markup import text_of
from bridges.zendesk.words import DELETION, VERBS, state_of

_HEADING = re.compile(r"\A-{10,80}\s+[^\n]{1,200},[^\n]{0,60}\d:\d\d[^\n]{0,20}\n+")
_MARKUP = re.compile(r"\s*<(?:p|div|br|span|ul|ol|h\d)\b[^<>]{0,300}>", re.IGNORECASE)
FIELDS = (N_("Assignee"), N_("Requester"))
_VERBS = {
    "status_changed": (N_("The ticket is now: {after}"), Importance.NORMAL),
    "priority_changed": VERBS["changed"],
    "type_changed": VERBS["changed"],
    "merged": VERBS["changed"],
}
"""What is said otherwise, for a template does not know what was before."""


def read_trigger(body: Payload) -> Reading | Ignored:
    """Return what a trigger tells."""
    number = _said(body, "ticket_id")
    if not number or _said(body, "kind") not in {"", "ticket"}:
        return Ignored(f"trigger {_said(body, 'kind')}".strip())
    comment = _comment(body)
    named = _said(body, "event").lower()
    event = named if named in VERBS else ("comment_added" if comment else "changed")
    verb, importance = _VERBS.get(event) or VERBS[event]
    state = state_of(_said(body, "status"))
    ended = event == "status_changed" and state and state.kind is StateClass.DONE
    when = milliseconds(_said(body, "updated"))
    step = Activity(
        key=_key(event, body, comment),
        verb=verb,
        actor=_said(body, "actor") or "Zendesk",
        at=when,
        values={"after": state.word if state else "?"},
        text=comment if event in {"comment_added", "created"} else "",
        # A template names no comment: its words alone tell that it is ours.
        remark="?" if event == "comment_added" else "",
        url=_url(body),
        importance=Importance.LOUD if ended else importance,
    )
    return Reading(event=event, card=_card(body, number, event, when), activities=(step,))


def _card(body: Payload, number: str, event: str, when: int | None) -> Card:
    status = _said(body, "status")
    return Card(
        case=f"ticket/{number}",
        noun=N_("Ticket"),
        number=number,
        title=_said(body, "title") or None,
        url=_url(body) or None,
        state=state_of(status),
        excerpt=_said(body, "description")[:400] if "description" in body else None,
        fields=fields(
            (N_("Priority"), _said(body, "priority") if "priority" in body else None),
            (N_("Type"), _said(body, "type") if "type" in body else None),
            (FIELDS[0], _said(body, "assignee") if "assignee" in body else None),
            (FIELDS[1], _said(body, "requester") if "requester" in body else None),
        ),
        labels=tuple(_said(body, "tags").split()) if "tags" in body else None,
        updated=when,
        deleted=DELETION.get(event),
    )


def _key(event: str, body: Payload, comment: str) -> str:
    """Return what makes a step unique: a template has no id, and repeats its latest comment."""
    if event == "comment_added":
        return "comment:" + hashlib.sha256(comment.encode()).hexdigest()[:24]
    moment = _said(body, "updated") or hashlib.sha256(body.json()).hexdigest()[:24]
    return f"trigger:{event}:{moment}"


def _said(body: Payload, key: str) -> str:
    """Return a value; a placeholder that was left as it stands says nothing."""
    value = body.word(key).strip()
    # A dash stands for what nobody chose.
    return "" if value.startswith("{{") or value == "-" else value


def _comment(body: Payload) -> str:
    """Return the words of a comment: some placeholders bring its author and date, or HTML."""
    said = _HEADING.sub("", _said(body, "comment"), count=1)
    return text_of(said) if _MARKUP.match(said) else said


def _url(body: Payload) -> str:
    """Return the ticket's page; Zendesk leaves out the scheme."""
    url = _said(body, "url")
    host, _, path = url.removeprefix("https://").partition("/")
    known = host.endswith(".zendesk.com") and host.replace(".", "").replace("-", "").isalnum()
    return f"https://{host}/{path}" if known else url
