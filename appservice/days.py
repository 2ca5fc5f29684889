"""Days and times of day as people of each language write them (look.md section 10)."""

import re
from datetime import date, datetime, time

from appservice.languages import Language

_MONTHS = {
    Language.FR: (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    Language.EN: (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
AT = {Language.FR: "à", Language.EN: "at"}
_HARD = "\u00a0"
_DAY, _CLOCK = r"\d{4}-\d{2}-\d{2}", r"\d{2}:\d{2}"
_BY_MACHINES = re.compile(
    rf"{_DAY}(?: {_CLOCK})?(?: – (?:{_DAY} )?{_CLOCK}| – {_DAY})?(?: UTC| \([\w+/-]+\))?", re.ASCII
)
_MOMENT = re.compile(rf"({_DAY})(?: ({_CLOCK}))?|({_CLOCK})", re.ASCII)


def day_of_year(moment: date, language: Language) -> str:
    """Return a day of some year: ``1er mars``, ``1 March``."""
    first = "er" if language is Language.FR and moment.day == 1 else ""
    return f"{moment.day}{first} {_MONTHS[language][moment.month - 1]}"


def day_and_year(moment: date, language: Language) -> str:
    """Return a day: ``1er mars 2026``, ``1 March 2026``."""
    return f"{day_of_year(moment, language)} {moment.year}"


def clock(moment: datetime | time, language: Language) -> str:
    """Return the time of day: ``14 h 05``, ``14:05``."""
    if language is Language.FR:
        return f"{moment.hour}{_HARD}h{_HARD}{moment.minute:02}"
    return f"{moment.hour:02}:{moment.minute:02}"


def in_words(value: str, language: Language) -> str:
    """Return *value* as people write it if it is a day (``2026-03-01``), a moment (``2026-03-01 09:05 UTC``)
    or a span of them as machines write it; else as it is.
    """
    if not _BY_MACHINES.fullmatch(value):
        return value
    try:
        return _MOMENT.sub(lambda found: _moment_in_words(found, language), value)
    except ValueError:
        return value


def _moment_in_words(found: re.Match[str], language: Language) -> str:
    on, at, only = found.groups()
    said = [day_and_year(date.fromisoformat(on), language)] if on else []
    if of_day := at or only:
        said.append(clock(time.fromisoformat(of_day), language))
    return f" {AT[language]} ".join(said)
