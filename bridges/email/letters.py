"""A letter as it came over the wire, read into values; whatever is wrong with it, it is read.

Source: RFC 5322 (letters), RFC 2047 (words of headers).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from appservice.errors import PayloadRejected
from bridges.base import Delivery, Enclosure
from bridges.email.calendar import Meeting, meeting
from bridges.email.contents import (
    File,
    calendars_in,
    files_whole,
    forwarded_in,
    words_and_files,
)
from bridges.email.tolerance import BROKEN, Tolerant, clean, header
from bridges.email.trimming import own_words

_DEEPEST = 40
_ID = re.compile(r"<([^<>\s]{1,900})>")


@dataclass(frozen=True)
class Letter:
    """What was understood. *date* is milliseconds since 1970; ids stand without their brackets."""

    headers: EmailMessage
    sender: str
    """The one address that it is from, in lower case; empty where there is none, or several."""
    name: str
    subject: str
    id: str
    ancestors: tuple[str, ...]
    date: int | None
    text: str
    files: tuple[File, ...]
    forwarded: tuple[str, ...] = ()
    """The letters that it encloses, each with who wrote it."""
    meeting: Meeting | None = None


def enclosures(delivery: Delivery) -> tuple[Enclosure, ...]:
    """Return the files that a letter brings, or raise PayloadRejected."""
    message = _message(delivery.body.text("letter").encode("latin-1", "replace"))
    return tuple(Enclosure(name, content) for name, content in files_whole(message))


def _message(raw: bytes) -> EmailMessage:
    if raw.lower().count(b"boundary=") > _DEEPEST:
        raise PayloadRejected("it has too many parts inside each other")
    try:
        message = message_from_bytes(raw, policy=Tolerant())
    except BROKEN as error:
        raise PayloadRejected("it is no letter that can be read") from error
    if not isinstance(message, EmailMessage) or not message.keys():
        raise PayloadRejected("it has no headers")
    return message


def read_letter(raw: bytes) -> Letter:
    """Return what *raw* says, or raise PayloadRejected for what only looks like a letter."""
    message = _message(raw)
    text, files = words_and_files(message)
    sender = _sender(message)
    return Letter(
        headers=message,
        sender=clean(sender.addr_spec).lower() if sender else "",
        name=clean(sender.display_name) if sender else "",
        subject=" ".join(clean(header(message, "subject")).split()),
        id=next(iter(_ids(message, "message-id")), ""),
        ancestors=_ids(message, "references") or _ids(message, "in-reply-to"),
        date=_date(message),
        text=text,
        files=files,
        forwarded=tuple(_told(one) for one in forwarded_in(message)),
        meeting=next(filter(None, map(meeting, calendars_in(message))), None),
    )


def _told(message: EmailMessage) -> str:
    """Return an enclosed letter: who wrote what when, as it says itself, and its words."""
    moment = _moment(message)
    sender, subject = (" ".join(clean(header(message, one)).split()) for one in ("from", "subject"))
    heads = (sender, moment.strftime("%Y-%m-%d %H:%M") if moment else "", subject)
    words = own_words(words_and_files(message)[0], answers=False)
    return "\n".join(part for part in (" · ".join(filter(None, heads)), words) if part)


def _sender(message: EmailMessage) -> Address | None:
    found = message.get_all("from", [])
    addresses = [one for value in found for one in getattr(value, "addresses", ())]
    # Of several, mail servers and readers choose different ones: that is how people are deceived.
    return addresses[0] if len(addresses) == 1 and "@" in addresses[0].addr_spec else None


def _ids(message: EmailMessage, name: str) -> tuple[str, ...]:
    return tuple(_ID.findall(header(message, name)))


def _date(message: EmailMessage) -> int | None:
    moment = _moment(message)
    try:
        return int(moment.timestamp() * 1000) if moment else None
    except (ValueError, OverflowError, OSError):
        return None


def _moment(message: EmailMessage) -> datetime | None:
    try:
        return parsedate_to_datetime(header(message, "date"))
    except (*BROKEN, OverflowError):
        return None
