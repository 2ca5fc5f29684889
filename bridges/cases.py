"""A case is what we know of one object in an app: each field with the source's time of it.

Deliveries come late, twice and in any order (bridges.md D5). A field is overwritten by a newer
source time only; at the same time a final state wins, else what came later. A delivery that says
nothing new about what happened is a repetition and wins no tie.
"""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from appservice.languages import N_
from bridges.listed import KnownPart, Part, names_in, with_parts
from bridges.parts import joined
from bridges.readings import Card, StateClass

_MOST_FIELDS = 40
_LONGEST_TEXT = 500
_LONGEST_POST = 12_000


class Dated(msgspec.Struct, frozen=True):
    """A text with the source's time of it, in milliseconds; *place* is where it stood there."""

    value: str
    at: int
    place: int = 0


class DatedState(msgspec.Struct, frozen=True):
    """The app's word for the state, its class, and whether it is an end."""

    word: str
    kind: str
    at: int
    final: bool = False


class Case(msgspec.Struct, frozen=True):
    """All that is known. Empty texts were never said."""

    noun: str = ""
    number: str = ""
    named_at: int = -1
    title: Dated = Dated("", -1)
    url: Dated = Dated("", -1)
    excerpt: Dated = Dated("", -1)
    state: DatedState | None = None
    fields: dict[str, Dated] = {}
    labels: tuple[str, ...] = ()
    labels_at: int = -1
    deleted: bool = False
    deleted_at: int = -1
    begun: int = 0
    """The earliest source time seen, for the card's place in the feed."""
    text: Dated | UnsetType = UNSET
    """Unset where the app has none: then it is not stored, and cards of before look as they did."""
    failed: bool | UnsetType = UNSET
    """True from a failure on until it is well again; else unset, for the same reason."""
    parts: dict[str, dict[str, KnownPart]] | UnsetType = UNSET
    """What *fields* (by name) and *labels* (an empty one) list, for who tells no list as a whole: by id."""
    called: Dated | UnsetType = UNSET
    """How it is called until its title is said."""
    hidden: int | UnsetType = UNSET
    """The source's time at which it became confidential where it may not be told then; unset if it is not."""


def merge(case: Case, card: Card, *, received: int, repeats: bool) -> Case:
    """Return *case* with what *card* says. *repeats*: everything it tells happened before."""
    at = card.updated if card.updated is not None else received
    begun = card.begun if card.begun is not None else at
    strength = _Strength(at, repeats=repeats)
    labels_win = card.labels is not None and strength.beats(case.labels_at)
    names_win = strength.beats(case.named_at)
    deletion_wins = card.deleted is not None and (
        at > case.deleted_at or (at == case.deleted_at and card.deleted)
    )
    state = _newer_state(case.state, card, strength)
    merged = Case(
        noun=(card.noun or case.noun) if names_win else (case.noun or card.noun),
        number=(card.number or case.number) if names_win else (case.number or card.number),
        named_at=max(at, case.named_at),
        title=strength.newer(case.title, card.title),
        url=strength.newer(case.url, card.url),
        excerpt=strength.newer(case.excerpt, _cut(card.excerpt)),
        state=state,
        fields=_merged_fields(case.fields, card, strength),
        labels=card.labels if labels_win and card.labels is not None else case.labels,
        labels_at=at if labels_win else case.labels_at,
        deleted=bool(card.deleted) if deletion_wins else case.deleted,
        deleted_at=at if deletion_wins else case.deleted_at,
        begun=min(begun, case.begun or begun),
        text=_newer_text(case.text, card.text, strength),
        failed=_still_failed(case, state),
        parts=case.parts,
        called=_first_called(case.called, card.called, at),
        hidden=_still_hidden(case, card, at),
    )
    return _with_parts(merged, card.parts, strength) if card.parts else merged


def hide(case: Case, card: Card, *, received: int) -> Case:
    """Return *case* as confidential, as *card* says; unless something newer is known of it."""
    at = card.updated if card.updated is not None else received
    return msgspec.structs.replace(case, hidden=at) if at >= case.named_at else case


def blank(case: Case) -> Case:
    """Return what may be shown of a confidential case: that it is there."""
    state = DatedState(N_("Confidential"), StateClass.BLOCKED.value, 0)
    return Case(noun=case.noun, number=case.number, state=state, deleted=case.deleted)


def without_times(case: Case) -> Case:
    """Return *case* as if everything had been said at once: equal if and only if it looks equal."""
    return msgspec.structs.replace(
        case,
        title=Dated(case.title.value, 0),
        url=Dated(case.url.value, 0),
        excerpt=Dated(case.excerpt.value, 0),
        state=msgspec.structs.replace(case.state, at=0) if case.state else None,
        fields={name: Dated(field.value, 0) for name, field in sorted(case.fields.items())},
        named_at=0,
        labels_at=0,
        deleted_at=0,
        begun=0,
        text=Dated(case.text.value, 0) if case.text else UNSET,
        failed=UNSET,
        parts=UNSET,
        called=Dated(case.called.value, 0) if case.called and not case.title.value else UNSET,
        hidden=UNSET if case.hidden is UNSET else 0,
    )


def encode(case: Case) -> bytes:
    """Return *case* as stored."""
    return msgspec.json.encode(case)


def decode(raw: bytes) -> Case:
    """Return a stored case."""
    return msgspec.json.decode(raw, type=Case)


class _Strength:
    """Whether what is said at a time overwrites what was said at another."""

    def __init__(self, at: int, *, repeats: bool) -> None:
        self.at = at
        self._repeats = repeats

    def beats(self, other: int) -> bool:
        return self.at > other or (self.at == other and not self._repeats)

    def newer(self, known: Dated, said: str | None) -> Dated:
        if said is None or not self.beats(known.at):
            return known
        return Dated(said, self.at)


def _newer_text(
    known: Dated | UnsetType, said: str | None, strength: _Strength
) -> Dated | UnsetType:
    if said is None:
        return known
    return strength.newer(known or Dated("", -1), said[:_LONGEST_POST])


def _still_hidden(case: Case, card: Card, at: int) -> int | UnsetType:
    """What is told says how it is: that it is open to all, or may be told here all the same."""
    opened = card.confidential is not None and case.hidden is not UNSET and at > case.hidden
    return UNSET if opened else case.hidden


def _first_called(known: Dated | UnsetType, said: str | None, at: int) -> Dated | UnsetType:
    if not said or (known and known.at <= at):
        return known
    return Dated(said[:_LONGEST_TEXT], at)


def _newer_state(known: DatedState | None, card: Card, strength: _Strength) -> DatedState | None:
    if card.state is None:
        return known
    at = -1 if card.state.presumed else strength.at
    said = DatedState(card.state.word, card.state.kind.value, at, card.final)
    if known is None or at > known.at:
        return said
    if at < known.at or known.final != card.final:
        return said if at == known.at and card.final else known
    return said if strength.beats(at) else known


def _still_failed(case: Case, state: DatedState | None) -> bool | UnsetType:
    if state and state.kind == StateClass.FAILED:
        return True
    return UNSET if state and state.kind == StateClass.DONE else case.failed


def _merged_fields(known: dict[str, Dated], card: Card, strength: _Strength) -> dict[str, Dated]:
    """Return the fields, those said last before those said long ago, in the order they came in."""
    merged = dict(known)
    for place, field in enumerate(card.fields):
        before = merged.get(field.name, Dated("", -1))
        if strength.beats(before.at):
            merged[field.name] = Dated(field.value[:_LONGEST_TEXT], strength.at, place)
    in_order = sorted(merged, key=lambda name: (-merged[name].at, merged[name].place, name))
    return {name: merged[name] for name in in_order[:_MOST_FIELDS]}


def _with_parts(case: Case, parts: Sequence[Part], strength: _Strength) -> Case:
    """Return *case* with what came and went; what lists it says what is on the list now."""
    known, fields = dict(case.parts or {}), dict(case.fields)
    labels, labels_at = case.labels, case.labels_at
    for field in dict.fromkeys(part.field for part in parts):
        moved = [part for part in parts if part.field == field]
        known[field] = with_parts(known.get(field, {}), moved, strength.at, strength.beats)
        names = names_in(known[field].values())
        if not field:
            labels, labels_at = names, max(labels_at, strength.at)
        else:
            at = max(strength.at, fields.get(field, Dated("", -1)).at)
            fields[field] = Dated(joined(names)[:_LONGEST_TEXT], at, len(fields))
    return msgspec.structs.replace(
        case, parts=known, fields=fields, labels=labels, labels_at=labels_at
    )


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:_LONGEST_TEXT]
