"""Quiet hours: when nothing of a connection is told, in the organization's time; pure.

A part is a time of day, ``22:00-07:00`` (over midnight), or a day, ``sat``; any of them is enough.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from appservice.errors import CommandError
from appservice.languages import N_, Language, Phrases, phrases

DAYS: Mapping[str, str] = {
    "mon": N_("mon"),
    "tue": N_("tue"),
    "wed": N_("wed"),
    "thu": N_("thu"),
    "fri": N_("fri"),
    "sat": N_("sat"),
    "sun": N_("sun"),
}
"""In the order of the week; msgids."""
_EXAMPLE = "22:00-07:00"
_SPAN = re.compile(r"(\d{1,2})(?:[:h](\d{2})?)?\s*[-–]\s*(\d{1,2})(?:[:h](\d{2})?)?")
_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001 - any Monday, of no zone
_WEEK = 7 * 24 * 60


def parse(parts: Sequence[str], words: Phrases) -> tuple[str, ...]:
    """Return *parts* as they are kept, or raise CommandError for one that means no time."""
    quiet = tuple(dict.fromkeys(_day(part) or _span(part, words) for part in parts))
    if quiet and all(is_quiet(quiet, _MONDAY + timedelta(minutes=m)) for m in range(_WEEK)):
        raise CommandError(
            N_("Then nothing would ever be told. `connection pause` takes no calls at all.")
        )
    return quiet


def is_quiet(quiet: Sequence[str], at: datetime) -> bool:
    """Tell whether *at*, a local time, lies within *quiet*."""
    today = list(DAYS)[at.weekday()]
    return any(part == today or ("-" in part and _within(part, at.time())) for part in quiet)


def as_said(quiet: Sequence[str], words: Phrases) -> str:
    """Return *quiet* as it is written."""
    return ", ".join(words(DAYS[part]) if part in DAYS else part for part in quiet)


def _day(part: str) -> str:
    """Return the day that *part* names in either language, or an empty text."""
    for day, name in DAYS.items():
        names = {day, *(phrases(language)(name) for language in Language)}
        if part.lower() in names:
            return day
    return ""


def _span(part: str, words: Phrases) -> str:
    found = _SPAN.fullmatch(part)
    if found:
        from_hour, from_minute, to_hour, to_minute = (int(one or 0) for one in found.groups())
        begin, end = (from_hour % 24, from_minute), (to_hour % 24, to_minute)
        right = max(from_hour, to_hour) <= 24 and max(from_minute, to_minute) < 60  # noqa: PLR2004
        if right and begin != end:
            return "{:02}:{:02}-{:02}:{:02}".format(*begin, *end)
    raise CommandError(
        N_("“{part}” is no time of quiet. Write for example: {known}"),
        part=part,
        known=f"{_EXAMPLE}, {words(DAYS['sat'])}, {words(DAYS['sun'])}",
    )


def _within(span: str, now: time) -> bool:
    begin, end = (time.fromisoformat(one) for one in span.split("-"))
    return begin <= now < end if begin < end else now >= begin or now < end
