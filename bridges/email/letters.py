"""A letter as it came over the wire, read into values; whatever is wrong with it, it is read.

Source: RFC 5322 (letters), RFC 2047 (words of headers).
"""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from appservice.errors import PayloadRejected
from bridges.base import Delivery, Enclosure
from bridges.email.contents import File, files_whole, words_and_files
from bridges.email.tolerance import BROKEN, Tolerant, clean, header

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
    )


def _sender(message: EmailMessage) -> Address | None:
    found = message.get_all("from", [])
    addresses = [one for value in found for one in getattr(value, "addresses", ())]
    # Of several, mail servers and readers choose different ones: that is how people are deceived.
    return addresses[0] if len(addresses) == 1 and "@" in addresses[0].addr_spec else None


def _ids(message: EmailMessage, name: str) -> tuple[str, ...]:
    return tuple(_ID.findall(header(message, name)))


def _date(message: EmailMessage) -> int | None:
    try:
        return int(parsedate_to_datetime(header(message, "date")).timestamp() * 1000)
    except (*BROKEN, OverflowError, OSError):
        return None
