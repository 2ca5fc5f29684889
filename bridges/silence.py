"""When a connection is silent against its own habit: pure."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

_DAY_MS = 24 * 3600 * 1000
_MEDIANS, _LONGESTS = 10, 1.5
_ENOUGH = 10
"""Gaps between calls from which there is a habit."""


def longest_pause(calls: Sequence[int]) -> int | None:
    """Return after how long without a call (milliseconds) something is wrong; None: nobody knows.

    *calls* are the times of the last calls, oldest first. Ten times the usual gap, a day at least;
    and half as much again as the longest gap that was, so that a weekend says nothing.
    """
    gaps = [later - earlier for earlier, later in pairwise(calls)]
    if len(gaps) < _ENOUGH:
        return None
    return int(max(_DAY_MS, _MEDIANS * median(gaps), _LONGESTS * max(gaps)))
