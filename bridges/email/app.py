"""E-mail: a letter to a group is a post, the answers to it are comments below it.

A call of this app is a letter as `bridges.letterbox` takes it in. Source: RFC 5322 (threads,
section 3.6.4), RFC 3834 (programs that answer), RFC 2919 (lists).
"""

import hashlib
import re

from appservice.languages import N_
from appservice.payload import Payload
from bridges.auth import LetterAddress
from bridges.base import (
    Activity,
    App,
    Card,
    Delivery,
    Enclosing,
    Event,
    Ignored,
    Importance,
    Reading,
    Sender,
    SetUpStep,
    fields,
)
from bridges.email.contents import File
from bridges.email.letters import Letter, enclosures, read_letter
from bridges.email.proof import is_proved
from bridges.email.tolerance import header
from bridges.email.trimming import own_words

_FROM, _FILES = N_("From"), N_("Attachments")
_WROTE, _ANSWERED = N_("{actor} wrote"), N_("{actor} answered")
_SENT, _ANSWERED_WITH = (
    N_("{actor} wrote, and attached {files}"),
    N_("{actor} answered, and attached {files}"),
)
_ANSWER = re.compile(
    r"^\s*((re|r[eé]p?|fwd?|tr|aw|wg|sv|antw)\s?(\[\d{1,3}\])?\s?:\s*)+", re.IGNORECASE
)
_ANSWERS_ITSELF = ("x-autoreply", "x-autorespond", "x-autoresponder")
"""What programs wrote before there was RFC 3834, and some still do."""
_UNTITLED = "…"
_OLDEST = 7 * 24 * 3600 * 1000
_LONGEST_TITLE, _EXCERPT, _KIB = 200, 400, 1000


def _read(delivery: Delivery) -> Reading | Ignored:
    body = delivery.body
    if not (raw := body.text("letter")):
        return Ignored("no letter")
    letter = read_letter(raw.encode("latin-1", "replace"))
    if why := _by_a_program(letter, body):
        return Ignored(why)
    answers = bool(letter.ancestors)
    text = own_words(letter.text, answers=answers)
    if not (letter.subject or text or letter.files):
        return Ignored("says nothing")
    sender = _sender(letter, body)
    step = _step(letter, sender, text, body)
    card = _thread(letter, text) if answers else _post(letter, step, text)
    event = "letter.answered" if answers else "letter.sent"
    return Reading(event=event, card=card, activities=(step,), sender=sender)


def _by_a_program(letter: Letter, body: Payload) -> str:
    """Return why nobody wrote this, or an empty text: what answers by itself answers for ever."""
    if header(letter.headers, "auto-submitted").split(";")[0].strip().lower() not in {"", "no"}:
        return "auto-submitted"
    if any(name in letter.headers for name in _ANSWERS_ITSELF):
        return "auto-submitted"
    if header(letter.headers, "precedence").strip().lower() in {
        "bulk",
        "list",
        "junk",
        "auto_reply",
    }:
        return "bulk"
    if any(name.lower().startswith("list-") for name in letter.headers):
        return "list"
    return "bounce" if body.fields.get("return_path") == "" else ""


def _sender(letter: Letter, body: Payload) -> Sender:
    own = {domain.lower() for domain in body.texts("own")}
    return Sender(
        address=letter.sender,
        proved=is_proved(letter, body.text("authserv")),
        inside=letter.sender.rpartition("@")[2] in own,
    )


def _post(letter: Letter, step: Activity, text: str) -> Card:
    """Return the post that a letter begins."""
    return Card(
        case=_short(letter.id or step.key),
        noun=N_("Letter"),
        title=_title(letter, text),
        excerpt=text[:_EXCERPT],
        text=text,
        fields=fields((_FROM, step.actor), (_FILES, _named(letter.files) or None)),
        updated=step.at,
    )


def _thread(letter: Letter, text: str) -> Card:
    """Return the post that a letter answers, as far as it tells of it.

    Its time is before all others, so that the first letter's own words win whenever it comes.
    """
    return Card(
        case=_short(letter.ancestors[0]),
        noun=N_("Letter"),
        title=_title(letter, text),
        excerpt=text[:_EXCERPT],
        updated=0,
    )


def _step(letter: Letter, sender: Sender, text: str, body: Payload) -> Activity:
    verb = _ANSWERED if letter.ancestors else _WROTE
    if letter.files:
        verb = _ANSWERED_WITH if letter.ancestors else _SENT
    # A second letter under the id of another must not hide either of them.
    own = f"{letter.id}\n{letter.sender}\n{letter.subject}\n{text}"
    return Activity(
        key=_short(own),
        verb=verb,
        actor=_actor(letter, sender),
        at=_at(letter, body.number("received")),
        values={"files": _named(letter.files)} if letter.files else {},
        text=text,
        importance=Importance.NORMAL if letter.ancestors else Importance.QUIET,
    )


def _actor(letter: Letter, sender: Sender) -> str:
    """Return who wrote; a name from outside may be anybody's, so its address stands beside it."""
    if letter.name and sender.inside:
        return letter.name
    return f"{letter.name} ({letter.sender})" if letter.name else letter.sender or _UNTITLED


def _at(letter: Letter, received: int | None) -> int | None:
    """Return when it was written, where its date can be true; else when it came."""
    if letter.date is None or received is None:
        return received
    return letter.date if received - _OLDEST <= letter.date <= received else received


def _title(letter: Letter, text: str) -> str:
    subject = _ANSWER.sub("", letter.subject) if letter.ancestors else letter.subject
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return (subject or first or _UNTITLED)[:_LONGEST_TITLE]


def _named(files: tuple[File, ...]) -> str:
    return ", ".join(f"{file.name} ({_size(file.size)})" for file in files)


def _size(size: int) -> str:
    if size < _KIB * _KIB:
        return f"{max(1, round(size / _KIB))} kB"
    return f"{size / _KIB / _KIB:.1f} MB"


def _short(identifier: str) -> str:
    """Return an id for rooms: what a letter calls itself may be long, and tell of its sender."""
    return hashlib.sha256(identifier.encode("utf-8", "replace")).hexdigest()[:32]


APP = App(
    slug="email",
    name="E-mail",
    schemes=(LetterAddress(),),
    events=(
        Event("letter.sent", N_("A letter came")),
        Event("letter.answered", N_("A letter was answered")),
    ),
    read=_read,
    delivery_id=lambda _delivery: "",
    fields=(_FROM, _FILES),
    enclosing=Enclosing(_FILES, enclosures),
    steps=(
        SetUpStep(N_("Copy the address, and give it to those who are to write to the group.")),
        SetUpStep(
            N_(
                "Only the organization’s own addresses are heard; the option senders says who else is."
            )
        ),
    ),
)
