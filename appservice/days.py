"""Days and times of day as people of each language write them (look.md section 10)."""

import re
from datetime import date, datetime

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
_AT = {Language.FR: "à", Language.EN: "at"}
_HARD = "\u00a0"
_BY_MACHINES = re.compile(r"\d{4}-\d{2}-\d{2}(?: (\d{2}:\d{2}) UTC)?", re.ASCII)


def day_of_year(moment: date, language: Language) -> str:
    """Return a day of some year: ``1er mars``, ``1 March``."""
    first = "er" if language is Language.FR and moment.day == 1 else ""
    return f"{moment.day}{first} {_MONTHS[language][moment.month - 1]}"


def day_and_year(moment: date, language: Language) -> str:
    """Return a day: ``1er mars 2026``, ``1 March 2026``."""
    return f"{day_of_year(moment, language)} {moment.year}"


def clock(moment: datetime, language: Language) -> str:
    """Return the time of day: ``14 h 05``, ``14:05``."""
    if language is Language.FR:
        return f"{moment.hour}{_HARD}h{_HARD}{moment.minute:02}"
    return f"{moment.hour:02}:{moment.minute:02}"


def in_words(value: str, language: Language) -> str:
    """Return *value* as people write it if it is a day (``2026-03-01``) or a moment (``2026-03-01 09:05
    UTC``) as machines do; else as it is.
    """
    found = _BY_MACHINES.fullmatch(value)
    if not found:
        return value
    try:
        moment = datetime.fromisoformat(value.removesuffix(" UTC"))
    except ValueError:
        return value
    said = day_and_year(moment, language)
    return f"{said} {_AT[language]} {clock(moment, language)} UTC" if found[1] else said
