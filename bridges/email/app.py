"""E-mail: a letter to a group is a post, the answers to it are comments below it.

A call of this app is a letter as `bridges.letterbox` takes it in. Source: RFC 5322 (threads,
section 3.6.4).
"""

from appservice.languages import N_
from appservice.payload import Payload
from bridges.auth import LetterAddress
from bridges.base import App, Delivery, Enclosing, Event, SetUpStep
from bridges.email.invitations import EVENT, WHEN, WHERE, invited
from bridges.email.letters import Letter, enclosures, read_letter
from bridges.email.posts import EXCERPT, FILES, FROM, UNTITLED, named, short, title
from bridges.email.programs import by_a_program
from bridges.email.proof import is_proved
from bridges.email.trimming import own_words
from bridges.readings import Activity, Card, Ignored, Importance, Reading, Sender, fields

_WROTE, _ANSWERED = N_("{actor} wrote"), N_("{actor} answered")
_SENT, _ANSWERED_WITH = (
    N_("{actor} wrote, and attached {files}"),
    N_("{actor} answered, and attached {files}"),
)
_OLDEST = 7 * 24 * 3600 * 1000


def _read(delivery: Delivery) -> Reading | Ignored:
    body = delivery.body
    if not (raw := body.text("letter")):
        return Ignored("no letter")
    letter = read_letter(raw.encode("latin-1", "replace"))
    if why := by_a_program(letter, body.fields.get("return_path")):
        return Ignored(why)
    answers = bool(letter.ancestors)
    parts = (own_words(letter.text, answers=answers), *letter.forwarded)
    text = "\n\n".join(part for part in parts if part)
    if not (letter.subject or text or letter.files or letter.meeting):
        return Ignored("says nothing")
    sender = _sender(letter, body)
    if letter.meeting:
        return invited(letter, letter.meeting, _step(letter, sender, text, body), sender)
    step = _step(letter, sender, text, body)
    card = _thread(letter, text) if answers else _post(letter, step, text)
    event = "letter.answered" if answers else "letter.sent"
    return Reading(event=event, card=card, activities=(step,), sender=sender)


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
        case=short(letter.id or step.key),
        noun=N_("Letter"),
        title=title(letter, text),
        excerpt=text[:EXCERPT],
        text=text,
        fields=fields((FROM, step.actor), (FILES, named(letter.files) or None)),
        updated=step.at,
    )


def _thread(letter: Letter, text: str) -> Card:
    """Return the post that a letter answers, as far as it tells of it.

    Its time is before all others, so that the first letter's own words win whenever it comes.
    """
    return Card(
        case=short(letter.ancestors[0]),
        noun=N_("Letter"),
        title=title(letter, text),
        excerpt=text[:EXCERPT],
        updated=0,
    )


def _step(letter: Letter, sender: Sender, text: str, body: Payload) -> Activity:
    verb = _ANSWERED if letter.ancestors else _WROTE
    if letter.files:
        verb = _ANSWERED_WITH if letter.ancestors else _SENT
    # A second letter under the id of another must not hide either of them.
    own = f"{letter.id}\n{letter.sender}\n{letter.subject}\n{text}"
    return Activity(
        key=short(own),
        verb=verb,
        actor=_actor(letter, sender),
        at=_at(letter, body.number("received")),
        values={"files": named(letter.files)} if letter.files else {},
        text=text,
        importance=Importance.NORMAL if letter.ancestors else Importance.QUIET,
    )


def _actor(letter: Letter, sender: Sender) -> str:
    """Return who wrote; a name from outside may be anybody's, so its address stands beside it."""
    if letter.name and sender.inside:
        return letter.name
    return f"{letter.name} ({letter.sender})" if letter.name else letter.sender or UNTITLED


def _at(letter: Letter, received: int | None) -> int | None:
    """Return when it was written, where its date can be true; else when it came."""
    if letter.date is None or received is None:
        return received
    return letter.date if received - _OLDEST <= letter.date <= received else received


APP = App(
    slug="email",
    name="E-mail",
    schemes=(LetterAddress(),),
    events=(
        Event("letter.sent", N_("A letter came")),
        Event("letter.answered", N_("A letter was answered")),
        Event(EVENT, N_("A meeting was called, changed, called off, or answered for")),
    ),
    read=_read,
    delivery_id=lambda _delivery: "",
    fields=(FROM, WHEN, WHERE, FILES),
    enclosing=Enclosing(FILES, enclosures),
    steps=(
        SetUpStep(N_("Copy the address, and give it to those who are to write to the group.")),
        SetUpStep(
            N_(
                "Only the organization’s own addresses are heard; the option senders says who else is."
            )
        ),
    ),
    is_place=False,
)
