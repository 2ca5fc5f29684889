"""The one order of groups: the same in m.space.child, on the web and in the bot's lists.

Landmarks first, in the admins' order; living groups below, by kind and name.
"""

import re
from bisect import bisect
from collections.abc import Mapping, Sequence

from spaces.folding import folded
from spaces.kinds import Kind
from spaces.model import Declaration

_LONGEST = 50
_LAST = 99


def order_key(group: Declaration, kinds: Mapping[str, Kind]) -> str:
    """Return the ``order`` of m.space.child for *group*.

    At most 50 characters between 0x20 and 0x7E, or clients ignore it (Client-Server API,
    "Ordering of children within a space"). It holds the name itself, so that a new group never
    moves its neighbours, and a part of the uuid, so that two groups of one name never tie.
    """
    rank = kinds[group.kind].rank if group.kind in kinds else _LAST
    tier = f"0{_two_digits(group.place)}" if group.landmark else "1"
    sortable = re.sub(r"[^a-z0-9]+", " ", _ascii(group.name)).strip()
    own = group.uuid.replace("-", "")[:4]
    # Two spaces sort before any word, so that a name stands before the names that begin with it.
    return f"{tier}{_two_digits(rank)} {sortable}"[: _LONGEST - 6].strip() + f"  {own}"


def neighbours(
    new: Declaration, listed: Sequence[Declaration], kinds: Mapping[str, Kind]
) -> tuple[Declaration | None, Declaration | None]:
    """Return between which of *listed* a *new* group would stand, the organization above it."""
    uuids = {one.uuid for one in listed}
    beside = [one for one in listed if one.parent not in uuids]
    beside.sort(key=lambda one: order_key(one, kinds))
    place = bisect([order_key(one, kinds) for one in beside], order_key(new, kinds))
    before, after = beside[:place], beside[place:]
    return before[-1] if before else None, after[0] if after else None


def _two_digits(number: int) -> str:
    return f"{min(max(number, 0), _LAST):02d}"


def _ascii(name: str) -> str:
    return "".join(sign for sign in folded(name) if sign.isascii())
