"""Lists of which an app never tells the whole, but what comes and what goes, one by one: the members
of a Trello card, its labels, its files. Who is on them now is the same in whichever order that is heard.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

_MOST, _LONGEST_NAME = 100, 100


@dataclass(frozen=True)
class Part:
    """What came to or left the list that the fact *field* is (a msgid; empty: the labels).

    *name* may be unsaid where *id* was named before.
    """

    field: str
    id: str
    name: str
    there: bool


class KnownPart(msgspec.Struct, frozen=True):
    """One thing of a list, whether it is on it, and the source's time of that."""

    name: str
    at: int
    there: bool


_UNKNOWN = KnownPart("", -1, there=False)


def with_parts(
    known: Mapping[str, KnownPart], parts: Iterable[Part], at: int, beats: Callable[[int], bool]
) -> dict[str, KnownPart]:
    """Return what is known of one list, by id, after *parts* that came and went *at* a time.

    *beats* tells whether what is said then overwrites what was said at another time.
    """
    those = dict(known)
    for part in parts:
        before, name = those.get(part.id, _UNKNOWN), part.name[:_LONGEST_NAME]
        if beats(before.at):
            those[part.id] = KnownPart(name or before.name, at, part.there)
        elif not before.name:
            those[part.id] = msgspec.structs.replace(before, name=name)
    return dict(sorted(those.items(), key=_newest)[:_MOST])


def names_in(parts: Iterable[KnownPart]) -> tuple[str, ...]:
    """Return the names of those that are there, in the order in which they came."""
    there = [part for part in parts if part.there and part.name]
    return tuple(part.name for part in sorted(there, key=lambda part: (part.at, part.name)))


def labels_after(labels: Sequence[str], parts: Iterable[Part]) -> list[str]:
    """Return the *labels* of a case after those among *parts* came and went."""
    moved = [part for part in parts if not part.field]
    gone = {part.name for part in moved if not part.there}
    came = [part.name for part in moved if part.there and part.name not in labels]
    return [*(label for label in labels if label not in gone), *came]


def _newest(part: tuple[str, KnownPart]) -> tuple[int, str]:
    return -part[1].at, part[0]
