"""What is told of a status: a card, and what happened to it."""

import hashlib
import re

from appservice.languages import N_
from appservice.payload import Payload
from bridges.base import Delivery
from bridges.mastodon.statuses import HASHTAG, MENTION
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

FROM, WARNING, POLL, FILES = N_("From"), N_("Content warning"), N_("Poll"), N_("Attachments")
_VERBS = {
    MENTION: N_("{actor} mentioned the account"),
    HASHTAG: N_("{actor} published a post with a hashtag"),
}
_PUBLISHED = State(N_("Published"), StateClass.DONE)
_UNANSWERED = State(N_("No reply yet"), StateClass.OPEN)
_ANSWERED = State(N_("Has replies"), StateClass.DONE)
_TO_ANYBODY = frozenset({"public", "unlisted"})
_ADDRESSED = re.compile(r"\ARE: https?://\S{1,2000}\Z|\A(?:@[\w.@-]{1,200}[\s,:]*)+")
"""Whom a line speaks to, and what it quotes: neither says what it is about."""
_LED_TO = re.compile(r" \(https?://[^\s()]{1,2000}\)")
_UNTITLED, _LONGEST_TITLE, _LONGEST_CASE, _EXCERPT = "…", 100, 300, 400


def read(delivery: Delivery) -> Reading | Ignored:
    """Return what a status as `statuses` reduced it says."""
    body = delivery.body
    if why := body.text("why"):
        return Ignored(why)
    uri, event = body.text("uri"), MENTION if body.text("event") == MENTION else HASHTAG
    if not uri:
        return Ignored("status without address")
    # Who is not sure to have written for everybody has not.
    is_public = body.text("visibility") in _TO_ANYBODY
    return Reading(
        event=event,
        card=_card(body, uri, event),
        activities=_steps(body, event),
        secrecy=Secrecy.PUBLIC if is_public else Secrecy.CONFIDENTIAL,
    )


def _card(body: Payload, uri: str, event: str) -> Card:
    warning, text = body.text("warning"), _text(body)
    files = len(body.items("files"))
    choices = "" if warning else " · ".join(body.texts("choices"))
    at = body.number("edited") or body.number("at")
    # The same post may come as both, in any order; as a mention more is known of it.
    earlier = 1 if at and event == HASHTAG else 0
    return Card(
        case=uri if len(uri) <= _LONGEST_CASE else hashlib.sha256(_bytes(uri)).hexdigest(),
        noun=N_("Fediverse post"),
        title=warning or _title(body) or _UNTITLED,
        url=body.text("url"),
        state=_state(body, event),
        excerpt=text[:_EXCERPT],
        text=text,
        fields=fields(
            (FROM, body.text("author")),
            (WARNING, warning),
            (POLL, choices),
            (FILES, str(files) if files else ""),
        ),
        labels=body.texts("tags"),
        updated=at - earlier if at else None,
    )


def _state(body: Payload, event: str) -> State:
    """Return what can be known: whether anybody replied to a mention, not whether we did."""
    if event == HASHTAG:
        return _PUBLISHED
    return _ANSWERED if body.flag("answered") else _UNANSWERED


def _title(body: Payload) -> str:
    lines = (_LED_TO.sub("", _ADDRESSED.sub("", line)) for line in body.text("text").splitlines())
    first = next((line for line in lines if line), "")[:_LONGEST_TITLE]
    shown = [] if body.flag("sensitive") else [one.text("alt") for one in body.items("files")]
    others = (" · ".join(body.texts("choices")), *shown, body.text("author"))
    return first or next((words[:_LONGEST_TITLE] for words in others if words), "")


def _text(body: Payload) -> str:
    """Return the author's own words; what stands behind a warning is read at its source."""
    if body.text("warning"):
        return ""
    shown = () if body.flag("sensitive") else body.items("files")
    files = [f"{one.text('alt')} {one.text('url')}".strip() for one in shown]
    quoted = "\n".join(f"> {line}" for line in body.text("quoted").splitlines())
    return "\n".join(part for part in (body.text("text"), quoted, *files) if part)


def _steps(body: Payload, event: str) -> tuple[Activity, ...]:
    """Return what happened; the card says all of it, so its thread is left to people."""
    steps = [(event, _VERBS[event], body.number("at"))]
    if edited := body.number("edited"):
        steps.append((f"edited:{edited}", N_("{actor} edited this post"), edited))
    if body.flag("answered"):
        steps.append(("answered", N_("Somebody replied to {actor}"), None))
    return tuple(
        Activity(
            key=key,
            verb=verb,
            actor=body.text("author") or _UNTITLED,
            at=at or None,
            text=_text(body),
            url=body.text("url"),
            importance=Importance.QUIET,
            by_bot=body.flag("bot"),
            actor_id=body.text("handle"),
        )
        for key, verb, at in steps
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
