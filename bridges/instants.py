"""Times as apps write them."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS_END = 100_000_000_000
"""As seconds this is the year 5138, as milliseconds 1973: what is larger counts milliseconds."""
_LATEST = 253_402_300_799_000
_WITHIN = 998
"""Milliseconds of the second in which something began; one is left for what ended."""


def milliseconds(text: str) -> int | None:
    """Return the time since 1970 that *text* names, or None.

    It is ISO 8601 (without zone it is taken as UTC), Unix time in seconds or milliseconds, or the
    date of a letter (RFC 5322).
    """
    try:
        if text.replace(".", "", 1).isdecimal():
            return _number(text)
        return _since(_moment(text))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def ranked(begun: int, seen: int, *, steps: int) -> int:
    """Return a time by which what began later is newer, whatever was *seen* last; of one beginning, what
    was seen later. With 60 *steps* for each doubling a day uses up the second, with 39 a year.
    """
    return begun + min(_WITHIN, int(steps * math.log2(1 + max(0, seen - begun) / 1000)))


def _number(text: str) -> int | None:
    number = float(text)
    if not math.isfinite(number):
        return None
    at = int(number if number >= _SECONDS_END else number * 1000)
    return at if at <= _LATEST else None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parsedate_to_datetime(text)


def _since(moment: datetime) -> int | None:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    at = int(moment.timestamp() * 1000)
    return at if 0 <= at <= _LATEST else None
