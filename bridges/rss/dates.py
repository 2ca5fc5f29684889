"""What a feed says of when its entries are from: dates that name months in French, and guids that are none.

Of an RSS entry without a date, fastfeedparser takes a guid for one, by today's, if it is no address.
"""

import re

from bridges.instants import milliseconds

_DATE = re.compile(
    rb"(<(?:\w{1,20}:)?(?:pubdate|date|published|updated|issued|modified|created)\b[^<>]{0,200}>"
    rb"\s*(?:<!\[CDATA\[)?)([^<\]]{0,100})",
    re.IGNORECASE,
)
MARK = "https://guid.invalid/"
_GUID = re.compile(rb"(<guid\b[^<>]{0,200}>)(?!\s*(?:<!\[CDATA\[)?\s*https?://)", re.IGNORECASE)
_MONTHS = {
    "janv": "Jan",
    "févr": "Feb",
    "fevr": "Feb",
    "mars": "Mar",
    "avr": "Apr",
    "mai": "May",
    "juin": "Jun",
    "juil": "Jul",
    "août": "Aug",
    "aout": "Aug",
    "sept": "Sep",
    "oct": "Oct",
    "nov": "Nov",
    "déc": "Dec",
    "dec": "Dec",
}
_DAY = re.compile(r"^(lun|mar|mer|jeu|ven|sam|dim)\w*\.?,?\s+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{3,12}\.?")


def in_english(body: bytes) -> bytes:
    """Return a document whose dates can be read where they name days and months in French."""
    return _DATE.sub(lambda found: found[1] + _date(found[2]), body)


def with_marked_guids(body: bytes) -> bytes:
    """Return a document of whose guids none can be taken for a date; `MARK` stands before them."""
    return _GUID.sub(rb"\1" + MARK.encode(), body)


def _date(raw: bytes) -> bytes:
    text = _text(raw)
    if milliseconds(text) is not None:
        return raw
    said = _WORD.sub(lambda found: _month(found[0]), _DAY.sub("", text))
    return said.encode() if said.isascii() and milliseconds(said) is not None else raw


def _month(word: str) -> str:
    lower = word.lower()
    return next((name for start, name in _MONTHS.items() if lower.startswith(start)), word)


def _text(raw: bytes) -> str:
    return " ".join(raw.decode("utf-8", "replace").split())
