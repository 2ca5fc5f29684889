"""Times and numbers as people of each language write them (look.md section 10); times are
milliseconds since 1970, shown in the reader's zone.
"""

from datetime import UTC, datetime, tzinfo

from appservice.days import AT, clock, day_and_year, day_of_year
from appservice.languages import Language

_DAYS = {
    Language.FR: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    Language.EN: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
_TODAY = {Language.FR: "aujourd’hui", Language.EN: "today"}
_YESTERDAY = {Language.FR: "hier", Language.EN: "yesterday"}
_WEEK = 6
_LATEST_MS = 253_370_764_800_000  # The year 9999.
_NARROW, _HARD = "\u202f", "\u00a0"
_UNITS = {
    Language.FR: ("octets", "ko", "Mo", "Go"),
    Language.EN: ("bytes", "kB", "MB", "GB"),
}


def when(at: int, *, now: int, zone: tzinfo, language: Language) -> str:
    """Return a time as lists and by-lines show it."""
    moment, today = _moment(at, zone), _moment(now, zone)
    days = (today.date() - moment.date()).days
    if days == 0:
        return f"{_TODAY[language]}, {clock(moment, language)}"
    if days == 1:
        return f"{_YESTERDAY[language]}, {clock(moment, language)}"
    if 1 < days <= _WEEK:
        return f"{_DAYS[language][moment.weekday()]}, {clock(moment, language)}"
    if moment.year == today.year:
        return day_of_year(moment, language)
    return day_and_year(moment, language)


def at_time(at: int, *, now: int, zone: tzinfo, language: Language) -> str:
    """Return a time as a sentence names it: ``hier à 18 h 40``, ``on 12 March at 09:05``."""
    moment, today = _moment(at, zone), _moment(now, zone)
    days = (today.date() - moment.date()).days
    if days == 0:
        day = _TODAY[language]
    elif days == 1:
        day = _YESTERDAY[language]
    elif 1 < days <= _WEEK:
        day = _DAYS[language][moment.weekday()]
    else:
        year = "" if moment.year == today.year else f" {moment.year}"
        day = f"{'le' if language is Language.FR else 'on'} {day_of_year(moment, language)}{year}"
    return f"{day} {AT[language]} {clock(moment, language)}"


def in_full(at: int, *, zone: tzinfo, language: Language) -> str:
    """Return a time as a post's own page shows it."""
    moment = _moment(at, zone)
    day = f"{_DAYS[language][moment.weekday()]} {day_of_year(moment, language)} {moment.year}"
    return f"{day} {AT[language]} {clock(moment, language)}"


def on_day(at: int, *, zone: tzinfo, language: Language) -> str:
    """Return the day of a time: ``1er mars 2026``, ``1 March 2026``."""
    return day_and_year(_moment(at, zone), language)


def iso(at: int) -> str:
    """Return a time for machines."""
    return _moment(at, UTC).isoformat().replace("+00:00", "Z")


def number(value: int, language: Language) -> str:
    """Return a count with its thousands apart."""
    return f"{value:,}".replace(",", _NARROW if language is Language.FR else ",")


def size(value: int, language: Language) -> str:
    """Return a number of bytes in the unit that people know."""
    amount, step = float(value), 0
    while amount >= 1000 and step < len(_UNITS[language]) - 1:  # noqa: PLR2004 - SI units
        amount, step = amount / 1000, step + 1
    text = f"{amount:.1f}".removesuffix(".0") if step else str(value)
    if language is Language.FR:
        text = text.replace(".", ",")
    return f"{text}{_HARD}{_UNITS[language][step]}"


def _moment(at: int, zone: tzinfo) -> datetime:
    """Return a time that calendars know in every zone: strangers write any number."""
    return datetime.fromtimestamp(min(max(at, 0), _LATEST_MS) / 1000, zone)
