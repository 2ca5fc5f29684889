"""What the deliveries of one case say in its room: pure, from what was known and what came."""

import hashlib
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from appservice.languages import Phrases
from appservice.outbox import Outgoing
from bridges import cards
from bridges.base import Activity, App, Importance, Reading
from bridges.casebook import KnownCase, root_mark
from bridges.cases import Case, encode, merge, without_times
from bridges.connection import Connection

_DIGEST_BYTES = 10_000
_BACKDATED_MS = 3600 * 1000


@dataclass(frozen=True)
class Said:
    """A delivery with what its app read in it; *received* is milliseconds since 1970."""

    seq: int
    received: int
    connection: Connection
    app: App
    reading: Reading

    @property
    def case_id(self) -> str:
        """Return the case that it is about, or an empty text."""
        return self.reading.card.case if self.reading.card else ""


@dataclass(frozen=True)
class Telling:
    """What is to be said, and what is known then; *shown* is the look that the room will have."""

    rows: tuple[Outgoing, ...]
    new: tuple[Activity, ...]
    case: Case
    shown: str


def tell(
    group: Sequence[Said],
    known: KnownCase | None,
    told: Collection[str],
    words: Phrases,
    *,
    crowded: bool,
) -> Telling:
    """Return what *group*, all of one case, says.

    *told* are the keys of activities that were told before. *crowded*: so much waits for the room
    that a digest must do.
    """
    new, case = _take_together(group, known, told)
    if crowded:
        rows = _digest(group, new, case, words)
        shown = known.shown if known else ""
    else:
        rows = [*_posts(group, new, words), *_card(group, new, known, case, words)]
        shown = _hash(case)
    if known and known.muted:
        rows = []
    return Telling(tuple(rows), tuple(new), case, shown)


def _take_together(
    group: Sequence[Said], known: KnownCase | None, told: Collection[str]
) -> tuple[list[Activity], Case]:
    """Return what happened that was not told before, and the case with all of it merged."""
    case, heard = known.case if known else Case(), set(told)
    new: list[Activity] = []
    for said in group:
        fresh = [item for item in said.reading.activities if item.key not in heard]
        heard |= {item.key for item in fresh}
        new += fresh
        if said.reading.card:
            repeats = bool(said.reading.activities) and not fresh
            case = merge(case, said.reading.card, received=said.received, repeats=repeats)
    return new, case


def _posts(group: Sequence[Said], new: Sequence[Activity], words: Phrases) -> list[Outgoing]:
    """Return a post for each thing that happened to no case."""
    titles = {
        item.key: said.reading.title
        for said in group
        if said.reading.card is None
        for item in said.reading.activities
    }
    first = group[0]
    return [
        Outgoing(
            key=f"post:{first.connection.id}:{item.key}",
            room_id=first.connection.room_id,
            content=cards.post_content(
                item, titles[item.key], words, app=first.app.slug, app_name=first.app.name
            ),
            ts=_backdated(item.at),
        )
        for item in new
        if item.key in titles
    ]


def _card(
    group: Sequence[Said],
    new: Sequence[Activity],
    known: KnownCase | None,
    case: Case,
    words: Phrases,
) -> list[Outgoing]:
    """Return the card or its edit, and the steps that are told in its thread."""
    first = group[0]
    if first.reading.card is None:
        return []
    connection, room_id = first.connection.id, first.connection.room_id
    root = f"card:{connection}:{first.case_id}"
    content = cards.card_content(
        app=first.app.slug,
        app_name=first.app.name,
        connection=first.connection.short,
        case_id=first.case_id,
        case=case,
        words=words,
    )
    content["org.parvis.root"] = root_mark(root)
    rows = []
    if known is None or not known.shown:
        rows.append(Outgoing(root, room_id, content, ts=_backdated(case.begun)))
    elif known.shown != _hash(case):
        key = f"edit:{connection}:{first.case_id}:{known.edits + 1}"
        rows.append(Outgoing(key, room_id, cards.edit_of(root, content)))
    for item in sorted(new, key=lambda item: item.at or 0):
        if item.importance is not Importance.QUIET:
            step = cards.step_content(item, root, words, app=first.app.slug)
            key = f"step:{connection}:{first.case_id}:{item.key}"
            rows.append(Outgoing(key, room_id, step, ts=_backdated(item.at)))
    return rows


def _digest(
    group: Sequence[Said], new: Sequence[Activity], case: Case, words: Phrases
) -> list[Outgoing]:
    """Return posts that list what happened, as many as its length needs."""
    first = group[0]
    name = cards.one_line(case.title.value)
    lines = [
        (" — ".join(part for part in (name, cards.sentence(item, words)) if part), item.url)
        for item in new
    ]
    rows: list[Outgoing] = []
    while lines:
        taken, size = 0, 0
        while taken < len(lines) and size < _DIGEST_BYTES:
            size += len(str(lines[taken]).encode())
            taken += 1
        content = cards.digest_content(lines[:taken], words, app=first.app.slug)
        key = f"digest:{first.connection.id}:{first.seq}:{len(rows)}"
        rows.append(Outgoing(key, first.connection.room_id, content))
        lines = lines[taken:]
    return rows


def _hash(case: Case) -> str:
    """Return what changes when the card looks different."""
    return hashlib.sha256(encode(without_times(case))).hexdigest()


def _backdated(at: int | None) -> int | None:
    """Return the time to send with, for what is older than an hour at its source."""
    return at if at and at < time.time() * 1000 - _BACKDATED_MS else None
