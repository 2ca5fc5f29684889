"""Keeps a directory that suddenly forgot people from emptying the groups."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from spaces.folding import folded
from spaces.people import DirectoryPerson

LEAST = 5
"""Fewer than so many lost people are never a reason to ask."""


@dataclass(frozen=True)
class Loss:
    """What would be gone if a reading were believed: *lost* of *before* people.

    *attribute* is empty where the people themselves are gone (or no longer staff), else it names what
    they no longer have.
    """

    lost: int
    before: int
    attribute: str = ""


def loss(
    before: Sequence[DirectoryPerson], after: Sequence[DirectoryPerson], *, percent: int
) -> Loss | None:
    """Return the loss that is larger than *percent* of those who counted, or None."""
    counted = [person for person in before if person.counts]
    staying = {person.user_id: person for person in after if person.counts}
    gone = len(counted) - sum(person.user_id in staying for person in counted)
    if _too_many(gone, len(counted), percent):
        return Loss(gone, len(counted))
    had, lost = Counter[str](), Counter[str]()
    for person in counted:
        if (now := staying.get(person.user_id)) is None:
            continue
        names = _filled(person)
        had.update(names)
        lost.update(names - _filled(now))
    for name, number in lost.most_common():
        if _too_many(number, had[name], percent):
            return Loss(number, had[name], name)
    return None


def _too_many(lost: int, before: int, percent: int) -> bool:
    return lost >= LEAST and lost * 100 > before * percent


def _filled(person: DirectoryPerson) -> set[str]:
    return {folded(name) for name, values in person.attributes.items() if values}
