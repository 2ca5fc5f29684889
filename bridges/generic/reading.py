"""What a call says, by our own names, Talkspirit's, or in the envelope of Standard Webhooks.

Sources: https://talkspirit.github.io/docs/incoming-webhooks and
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import re

from appservice.errors import PayloadRejected
from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.generic.facts import as_named, facts, first, lines, names, others, switch
from bridges.instants import milliseconds
from bridges.markup import text_of
from bridges.readings import Activity, Card, Importance, Reading
from bridges.states import state_of

_EXCERPT, _LONGEST_CASE, _LONGEST_WORD = 400, 200, 100
_TITLES = ("title", "subject", "summary", "titre", "objet", "sujet", "your_subject")
_TEXTS = ("content", "text", "message", "body", "description", "msg", "texte", "your_message")
_CASES, _STATES = ("thread_id", "thread_key", "case"), ("state", "status")
_TIMES, _LINKS = ("ts", "time", "date", "timestamp"), ("url", "link")
_PEOPLE = ("contact", "author", "actor", "user", "username", "auteur", "your_name")
_KINDS = ("type", "event_type", "event")
_KNOWN = frozenset(
    (*_TITLES, *_TEXTS, *_CASES, *_STATES, *_TIMES, *_LINKS, *_PEOPLE, "fields", "labels")
)
_CHANGES = (*_STATES, "fields", "deleted")
_WROTE, _NEWS = N_("{actor} wrote"), N_("News")
_NOW, _NOW_BY = N_("It is now: {state}"), N_("{actor}: it is now {state}")
_GONE, _GONE_BY = N_("This was deleted"), N_("{actor} deleted this")
_MARKUP = re.compile(
    r"</(?:p|div|li|td|th|h[1-6]|blockquote|body|html|b|i|u|a|em|strong|span)>|<br ?/?>|&(?:amp|lt|gt|quot|nbsp|#\d{2,4});",
    re.IGNORECASE,
)


def read(delivery: Delivery) -> Reading:
    """Return what a call says, or raise PayloadRejected."""
    body = _opened(as_named(delivery.body))
    title, text = _words(first(body, *_TITLES)), _words(first(body, *_TEXTS))
    state = first(body, *_STATES)[:_LONGEST_WORD]
    if state and not (title or text):
        title = first(body, "name")
    case = next((word for name in _CASES if (word := body.word(name))), "")[:_LONGEST_CASE]
    if not (title or text or (case and any(name in body for name in _CHANGES))):
        raise PayloadRejected("neither title nor text: send at least one of them")
    at = milliseconds(_time(body))
    if not case:
        # A post has no fields of its own, so they are said in its text.
        told = "\n".join(part for part in (text, lines(facts(body))) if part)
        step = _step(delivery, body, told, at, state)
        headline = title or text.partition("\n")[0][:_LONGEST_WORD]
        return Reading(event="message", activities=(step,), title=headline)
    card = Card(
        case=case,
        noun=first(body, "kind")[:_LONGEST_WORD] or N_("Case"),
        number=body.word("number")[:_LONGEST_WORD],
        called=text.partition("\n")[0][:_LONGEST_WORD] or None,
        title=title or None,
        url=first(body, *_LINKS) or None,
        state=state_of(state, body.text("state_class")) if state else None,
        excerpt=text[:_EXCERPT] or None,
        fields=facts(body),
        labels=names(body, "labels"),
        updated=at,
        deleted=switch(body, "deleted"),
    )
    return Reading(
        event="case",
        card=card,
        activities=(_step(delivery, body, text, at, "" if text else state),),
    )


def delivery_id(delivery: Delivery) -> str:
    """Return the id that a caller gave to a call."""
    return delivery.header("idempotency-key") or delivery.header("webhook-id")


def _opened(body: Payload) -> Payload:
    """Return what is in an envelope (type, timestamp, data); any other call is as it stands.

    Its data are facts, where they do not say by our names what is what.
    """
    inner, kind = body.at("data", "object") or body.at("data"), first(body, *_KINDS)
    if not (inner and kind) or first(body, *_TEXTS):
        return body
    data = as_named(inner)
    said = {name: one for name, one in data.fields.items() if name in _KNOWN}
    title = first(body, *_TITLES) or first(data, *_TITLES)
    told = {"type": kind} if title else {}
    told |= {one.name: one.value for one in others(inner, _KNOWN)}
    return Payload({**body.fields, "fields": told, **said, "title": title or kind})


def _step(delivery: Delivery, body: Payload, text: str, at: int | None, state: str) -> Activity:
    """Return what happened; *state* is what it tells, if it is not the card alone that does."""
    actor = first(body, *_PEOPLE)[:_LONGEST_WORD]
    plain, signed = (_NOW, _NOW_BY) if state else (_NEWS, _WROTE)
    if switch(body, "deleted") and not text:
        plain, signed = _GONE, _GONE_BY
    bare = plain is _NEWS and not text and any(name in body for name in _CASES)
    quiet = switch(body, "quiet") or switch(body, "silent") or bare  # The card says all of it.
    return Activity(
        # Without an id nothing tells a repetition from a second message of the same words.
        key=delivery_id(delivery) or delivery.body.word("id"),
        verb=signed if actor else plain,
        actor=actor,
        at=at,
        values={"state": state} if plain is _NOW else {},
        text=text,
        url=first(body, *_LINKS),
        importance=Importance.QUIET if quiet else Importance.NORMAL,
    )


def _time(body: Payload) -> str:
    said = next((body.fields[name] for name in _TIMES if body.fields.get(name)), "")
    return str(said) if isinstance(said, str | int | float) else ""


def _words(text: str) -> str:
    """Return a text as it is, or the words of it if it is HTML."""
    text = text.replace("\r\n", "\n")
    return text_of(text) if _MARKUP.search(text) else text
