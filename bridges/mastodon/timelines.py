"""What is new in a timeline, page by page, so that nothing is lost when nobody asked for long.

    newest page --> holds what we know: all is there ----------------------> next part
         `--> nothing that we know: a gap --> min_id, page after page ------> next part

The newest page is looked at each time, because what was told may stand there edited. Of the cursor
each part has the id up to which all is told, and the state of what was told last.

Ids are texts that grow; they are compared by length, then by sign, which is right for Mastodon's
numbers, and for the letters of GoToSocial (ULID) and Pleroma (Flake).
Source: https://docs.joinmastodon.org/api/guidelines/#pagination
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from appservice.errors import PayloadRejected
from appservice.languages import N_
from appservice.payload import NotJson, Payload
from bridges.base import Found, Harvest, Question, SourceAnswer
from bridges.mastodon.sources import MENTIONS, PAGE, followed, question
from bridges.mastodon.statuses import Seen, seen_in

_FIRST = 3
_MOST_KNOWN = 100
_LONGEST_ID = 200


@dataclass(frozen=True)
class _Part:
    """How far one part is told: up to *last* (None: it was never read; empty: nothing was there).

    *known* is what was told last, by id, with its state of then.
    """

    last: str | None = None
    known: Mapping[str, str] = field(default_factory=dict)

    def with_told(self, told: Iterable[Seen], newest: str) -> "_Part":
        known = {**self.known, **{one.id: one.stamp for one in told}}
        return _Part(newest, dict(list(known.items())[-_MOST_KNOWN:]))


@dataclass(frozen=True)
class _Place:
    """Where the reading stands: at the part number *turn*, in a *gap* or not."""

    turn: int = 0
    gap: bool = False
    parts: Mapping[str, _Part] = field(default_factory=dict)


def ask(source: str, cursor: str) -> Question:
    """Return the question that comes next."""
    named, place = followed(source), _read(cursor)
    part = named.parts[place.turn % len(named.parts)]
    last = place.parts.get(part, _Part()).last
    return question(named.server, part, after=(last or "") if place.gap else "")


def harvest(answer: SourceAnswer, cursor: str) -> Harvest:
    """Return what an answer tells that was not told, and where to go on."""
    place = _read(cursor)
    # A sample has no source; it stands for a part of its own.
    parts = followed(answer.source).parts if answer.source else (MENTIONS,)
    part = parts[place.turn % len(parts)]
    page = sorted(_seen(answer), key=lambda one: _order(one.id))
    told, after, gap = _told(page, place.parts.get(part, _Part()), gap=place.gap)
    turn = place.turn % len(parts) if gap else (place.turn + 1) % len(parts)
    following = _Place(turn, gap, {**place.parts, part: after})
    found = tuple(Found(one.delivery, one.body) for one in told)
    return Harvest(found, _write(following), more=gap or turn != 0)


def _told(page: Sequence[Seen], known: _Part, *, gap: bool) -> tuple[Sequence[Seen], _Part, bool]:
    """Return what of a *page*, oldest first, is told now, how far that is, and whether a gap is left."""
    last, newest = known.last, page[-1].id if page else known.last or ""
    newer = [one for one in page if last is None or _order(one.id) > _order(last)]
    if gap:
        return newer, known.with_told(newer, newest if newer else last or ""), bool(newer)
    if last is None:
        return page[-_FIRST:], known.with_told(page[-_FIRST:], newest), False
    if newer and len(newer) == len(page) and (last or len(page) >= PAGE):
        # Where nothing stood before, the gap begins before the first id of this form.
        return (), replace(known, last=last or "0" * len(newest)), True
    changed = [one for one in page if known.known.get(one.id, one.stamp) != one.stamp]
    return (
        [*changed, *newer],
        known.with_told([*changed, *newer], max(last, newest, key=_order)),
        False,
    )


def _seen(answer: SourceAnswer) -> Sequence[Seen]:
    """Return what stands in an answer; raise PayloadRejected if it is no timeline.

    Of a hashtag that nobody ever used a server says that it does not exist.
    """
    try:
        said = Payload.parse(b'{"list":' + answer.body + b"}")
    except (NotJson, UnicodeError) as error:
        raise PayloadRejected(N_("this is no timeline of a Mastodon server")) from error
    if not isinstance(said.fields.get("list"), list) and not said.text("list", "error"):
        raise PayloadRejected(N_("this is no timeline of a Mastodon server"))
    every = (seen_in(one) for one in said.items("list"))
    return [one for one in every if 0 < len(one.id) <= _LONGEST_ID]


def _order(identifier: str) -> tuple[int, str]:
    return len(identifier), identifier


def _write(place: _Place) -> str:
    parts = {name: [one.last, dict(one.known)] for name, one in place.parts.items()}
    return json.dumps([place.turn, place.gap, parts], ensure_ascii=False)


def _read(cursor: str) -> _Place:
    if not cursor:
        return _Place()
    turn, gap, parts = json.loads(cursor)
    return _Place(turn, gap, {name: _Part(last, known) for name, (last, known) in parts.items()})
