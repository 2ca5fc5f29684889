"""What the deliveries of one case say in its room: pure, from what was known and what came."""

import hashlib
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from appservice.languages import Phrases
from appservice.outbox_rows import Outgoing
from bridges import cards
from bridges.base import App
from bridges.broadcasting import broadcast
from bridges.casebook import KnownCase
from bridges.cases import Case, encode, hide, merge, without_times
from bridges.connection import Connection
from bridges.options import Mode
from bridges.reader import Said
from bridges.readings import Activity, Importance
from bridges.renewing import begins_anew
from bridges.repetition import with_repetition
from bridges.row_keys import digest_key, edit_key, flat_key, post_key, root_key, root_mark, step_key

_DIGEST_BYTES = 25_000
_BACKDATED_MS = 3600 * 1000


@dataclass(frozen=True)
class Line:
    """One thing in a digest."""

    text: str
    url: str


@dataclass(frozen=True)
class Telling:
    """What is to be said, and what is known then; *shown* is the look that the room will have.

    *lines* are what a digest is to say instead of *rows*.
    """

    rows: tuple[Outgoing, ...]
    lines: tuple[Line, ...]
    new: tuple[Activity, ...]
    case: Case
    shown: str
    behind: bool = False
    """The card in the room is older than what is known."""
    renewed: bool = False
    """The card is a new one, in the place of one that lies far below."""
    announced: bool = False
    """It is said once more in the room itself."""


def tell(
    group: Sequence[Said],
    known: KnownCase | None,
    told: Collection[str],
    words: Phrases,
    *,
    crowded: bool,
    via: str = "",
) -> Telling:
    """Return what *group*, all of one case, says.

    *told* are the keys of activities that were told before. *crowded*: so much waits for the room
    that lines in a digest must do. *via* is our server, for links.
    """
    new, case = _take_together(group, known, told)
    look = look_of(case)
    if known and known.muted:
        return Telling((), (), tuple(new), case, look)
    shown, mode = known.shown if known else "", group[0].connection.options.mode
    if crowded:
        behind = mode is Mode.CARD and bool(shown) and shown != look
        return Telling((), _lines(group, new, case, words), tuple(new), case, shown, behind)
    rows = _posts(group, new, words)
    at = max(said.received for said in group)
    renewed = known is not None and begins_anew(
        known, case, new, group[0].connection, group[0].app, at=at
    )
    if known and renewed:
        known = replace(known, shown="", generation=known.generation + 1)
    if not group[0].reading.card:
        return Telling(tuple(rows), (), tuple(new), case, look)
    if mode is Mode.FLAT:
        rows += _flat(group[0], new, case, words)
        return Telling(tuple(rows), (), tuple(new), case, shown)
    if _looks_after_card(mode, known, case):
        rows += card_rows(group[0].connection, group[0].app, group[0].case_id, known, case, words)
        shown = look
    root = root_key(group[0].connection.id, group[0].case_id, known.generation if known else 0)
    rows += _steps(group[0], new, words, root=root, quiet=mode is Mode.THREAD)
    line = None if renewed else broadcast(group, new, case, known, words, via=via)
    rows += [line] if line else []
    announced = line is not None
    return Telling(tuple(rows), (), tuple(new), case, shown, renewed=renewed, announced=announced)


def is_news(telling: Telling, app: App) -> bool:
    """Tell whether *telling* says more than that a case goes on."""
    said = bool(telling.rows or telling.lines)
    return said and (bool(telling.new) or not app.told_again)


def card_rows(
    connection: Connection,
    app: App,
    case_id: str,
    known: KnownCase | None,
    case: Case,
    words: Phrases,
) -> list[Outgoing]:
    """Return the card, or its edit if the room has an older one; nothing if it looks the same."""
    generation = known.generation if known else 0
    root = root_key(connection.id, case_id, generation)
    content = cards.card_content(
        app=app, connection=connection.short, case_id=case_id, case=case, words=words
    )
    content["org.parvis.root"] = root_mark(root)
    if known is None or not known.shown:
        # What begins anew does so now.
        ts = None if generation else _backdated(case.begun)
        return [Outgoing(root, connection.room_id, content, ts=ts)]
    if known.shown == look_of(case):
        return []
    key = edit_key(connection.id, case_id, known.edits + 1)
    return [Outgoing(key, connection.room_id, cards.edit_of(root, content))]


def digest_rows(
    connection: Connection, app: App, lines: Sequence[Line], words: Phrases, first: int
) -> list[Outgoing]:
    """Return posts that list *lines*, as many as their length needs; *first* delivery's number
    tells this digest from others.
    """
    rows: list[Outgoing] = []
    rest = list(lines)
    while rest:
        taken, size = 0, 0
        while taken < len(rest) and size < _DIGEST_BYTES:
            size += cards.weight(rest[taken].text, rest[taken].url)
            taken += 1
        pairs = [(line.text, line.url) for line in rest[:taken]]
        content = cards.digest_content(pairs, words, app=app.slug)
        key = digest_key(connection.id, first, len(rows))
        rows.append(Outgoing(key, connection.room_id, content))
        rest = rest[taken:]
    return rows


def _take_together(
    group: Sequence[Said], known: KnownCase | None, told: Collection[str]
) -> tuple[list[Activity], Case]:
    """Return what happened that was not told before, and the case with all of it merged."""
    case, heard = known.case if known else Case(), set(told)
    new: list[Activity] = []
    for said in group:
        fresh = [item for item in said.reading.activities if item.key not in heard]
        heard |= {item.key for item in fresh}
        had_failed = case.failed
        if said.kept_back and said.reading.card:
            case = hide(case, said.reading.card, received=said.received)
        elif said.reading.card:
            repeats = bool(said.reading.activities) and not fresh
            case = merge(case, said.reading.card, received=said.received, repeats=repeats)
            case = with_repetition(case, said, repeats=repeats)
        new += _weighed(fresh, ends_failure=bool(had_failed and not case.failed))
    return new, case


def _weighed(activities: Sequence[Activity], *, ends_failure: bool) -> list[Activity]:
    """Return *activities* with what may be a recovery as loud as it is."""
    loudness = Importance.NORMAL if ends_failure else Importance.QUIET
    return [
        replace(item, importance=loudness) if item.importance is Importance.RECOVERY else item
        for item in activities
    ]


def _posts(group: Sequence[Said], new: Sequence[Activity], words: Phrases) -> list[Outgoing]:
    """Return a post for each thing that happened to no case."""
    titles = _titles(group)
    first = group[0]
    return [
        Outgoing(
            key=post_key(first.connection.id, item.key),
            room_id=first.connection.room_id,
            content=cards.post_content(item, titles[item.key], words, app=first.app),
            ts=_backdated(item.at),
        )
        for item in new
        if item.key in titles
    ]


def _titles(group: Sequence[Said]) -> Mapping[str, str]:
    """Return the title of each thing that happened to no case, by its key."""
    return {
        item.key: said.reading.title
        for said in group
        if said.reading.card is None
        for item in said.reading.activities
    }


def _looks_after_card(mode: Mode, known: KnownCase | None, case: Case) -> bool:
    """Tell whether the card is to be made, or kept up to date.

    In a thread it stays as it was opened, but what is gone at its source, or confidential, goes here too.
    """
    is_there = known is not None and bool(known.shown)
    return (
        mode is Mode.CARD
        or not is_there
        or (known is not None and case.deleted != known.case.deleted)
        or (known is not None and bool(case.hidden) != bool(known.case.hidden))
    )


def _flat(first: Said, new: Sequence[Activity], case: Case, words: Phrases) -> list[Outgoing]:
    """Return a post for each thing that happened to a case."""
    return [
        Outgoing(
            key=flat_key(first.connection.id, first.case_id, item.key),
            room_id=first.connection.room_id,
            content=cards.flat_content(item, case, words, app=first.app),
            ts=_backdated(item.at),
        )
        for item in _in_order(new)
        if item.verb
    ]


def _steps(
    first: Said, new: Sequence[Activity], words: Phrases, *, root: str, quiet: bool
) -> list[Outgoing]:
    """Return what is told in the thread of the card *root*, as it happened; *quiet*: also what is.

    What may not be told has no words.
    """
    return [
        Outgoing(
            key=step_key(first.connection.id, first.case_id, item.key),
            room_id=first.connection.room_id,
            content=cards.step_content(item, root, words, app=first.app.slug),
            ts=_backdated(item.at),
        )
        for item in _in_order(new)
        if item.importance is not Importance.QUIET or (quiet and item.verb)
    ]


def _in_order(new: Sequence[Activity]) -> list[Activity]:
    return sorted(new, key=lambda item: item.at or 0)


def _lines(
    group: Sequence[Said], new: Sequence[Activity], case: Case, words: Phrases
) -> tuple[Line, ...]:
    """Return what a digest says: all but what may not be told, which has no words."""
    titles, named = _titles(group), cards.one_line(case.title.value)
    return tuple(
        Line(" — ".join(part for part in (name, cards.sentence(item, words)) if part), item.url)
        for item in new
        if item.verb
        for name in (cards.one_line(titles.get(item.key, "")) or named,)
    )


def look_of(case: Case) -> str:
    """Return a word that changes when the card looks different."""
    return hashlib.sha256(encode(without_times(case))).hexdigest()


def _backdated(at: int | None) -> int | None:
    """Return the time to send with, for what is older than an hour at its source."""
    return at if at and at < time.time() * 1000 - _BACKDATED_MS else None
