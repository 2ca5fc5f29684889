"""A meeting that a letter invites to, calls off, or answers for.

Sources: RFC 5545 (iCalendar), RFC 5546 (its methods), RFC 6047 (in letters).
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bridges.email.tolerance import clean

_FOLD = re.compile(r"\r?\n[ \t]")
_BEGIN, _END = "BEGIN:VEVENT", "END:VEVENT"
_METHOD = re.compile(r"^METHOD:([A-Za-z]{1,20})\s*$", re.MULTILINE)
_LINE = re.compile(r"([A-Za-z-]{1,40})((?:;(?:\"[^\"]*\"|[^\":;])*)*):(.*)")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_ZONE = re.compile(r";TZID=\"?([A-Za-z_+-]{1,30}/[A-Za-z_/+-]{1,40})", re.IGNORECASE)
_PART = re.compile(r";PARTSTAT=\"?([A-Za-z-]{1,20})", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([\\,;nN])")
_LONGEST, _MOST_LINES = 200_000, 2000


class Method(StrEnum):
    """What a letter does about a meeting."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    REPLY = "REPLY"
    COUNTER = "COUNTER"


@dataclass(frozen=True)
class Meeting:
    """A meeting; *answer* is ACCEPTED, DECLINED or TENTATIVE, *again*: it was invited to before."""

    uid: str
    method: Method
    title: str
    when: str
    where: str
    text: str
    answer: str
    again: bool


def meeting(calendar: str) -> Meeting | None:
    """Return the first meeting of a calendar that is sent to be answered; None if there is none."""
    text = _FOLD.sub("", calendar[:_LONGEST])
    _, begun, event = text.partition(_BEGIN)
    method = _METHOD.search(text)
    if not begun or not method or method[1].upper() not in Method.__members__:
        return None
    said: dict[str, tuple[str, str]] = {}
    for line in event.partition(_END)[0].splitlines()[:_MOST_LINES]:
        if (found := _LINE.match(line)) and found[1].upper() not in said:
            said[found[1].upper()] = (found[2], found[3].strip())
    if not (uid := said.get("UID", ("", ""))[1]):
        return None
    off = said.get("STATUS", ("", ""))[1].upper() == "CANCELLED"
    part = _PART.search(said.get("ATTENDEE", ("", ""))[0])
    return Meeting(
        uid=uid,
        method=Method.CANCEL if off else Method(method[1].upper()),
        title=" ".join(_text(said, "SUMMARY").split()),
        when=_when(said),
        where=" ".join(_text(said, "LOCATION").split()),
        text=_text(said, "DESCRIPTION").strip(),
        answer=part[1].upper() if part else "",
        again=said.get("SEQUENCE", ("", "0"))[1] not in {"0", ""},
    )


def _text(said: dict[str, tuple[str, str]], name: str) -> str:
    value = said.get(name, ("", ""))[1]
    return clean(_ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value))


def _when(said: dict[str, tuple[str, str]]) -> str:
    """Return from when until when it is, by the clock of its place, as far as that is said."""
    (zone, begin), (_, end) = said.get("DTSTART", ("", "")), said.get("DTEND", ("", ""))
    start, stop = _MOMENT.match(begin), _MOMENT.match(end)
    if not start:
        return ""
    first, last = _day(start), _day(stop) if stop else ""
    if not start[4]:
        last = _day_before(last)
        return first if last <= first else f"{first} – {last}"
    named = _ZONE.search(zone)
    place = " UTC" if start[6] else f" ({named[1]})" if named else ""
    until = f"{stop[4]}:{stop[5]}" if stop and stop[4] else ""
    if until and last != first:
        until = f"{last} {until}"
    return " – ".join(part for part in (f"{first} {start[4]}:{start[5]}", until) if part) + place


def _day(moment: re.Match[str]) -> str:
    return f"{moment[1]}-{moment[2]}-{moment[3]}"


def _day_before(day: str) -> str:
    """Return the last day of those that end before *day*."""
    try:
        return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return ""
