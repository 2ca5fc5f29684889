"""Headers and texts in whatever state, as the standard library's modern policy reads them."""

import re
import unicodedata
from email.errors import MessageError
from email.headerregistry import BaseHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from functools import lru_cache

from bridges.charsets import decoded

BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError, MessageError)
"""What the standard library raises for letters that nobody should have written."""
_LONGEST_HEADER, _MOST_HEADERS = 1000, 20
_LONGER = {"authentication-results": 4000, "references": 8000, "from": 8000}
_LATIN_WORD = re.compile(r"=\?(?:iso-8859-1|latin1)(?=[?*])", re.IGNORECASE)
_PLAIN = EmailPolicy()


class Tolerant(EmailPolicy):
    """The modern policy, for headers of any length and in any state."""

    def header_fetch_parse(self, name: str, value: str) -> BaseHeader:
        """See EmailPolicy."""
        longest = _LONGER.get(name.lower(), _LONGEST_HEADER)
        short = value if isinstance(value, BaseHeader) else value[:longest]
        return short if isinstance(short, BaseHeader) else _parsed(name, _as_written(short))


def header(message: EmailMessage, name: str) -> str:
    """Return the first header of that name, or an empty text."""
    return next(iter(headers(message, name)), "")


def headers(message: EmailMessage, name: str) -> list[str]:
    """Return all headers of that name, decoded, from the top down."""
    return [str(value) for value in message.get_all(name, [])[:_MOST_HEADERS]]


def clean(text: str) -> str:
    """Return *text* without half characters, and without signs that steer instead of being read."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(
        sign
        for sign in whole
        if sign in "\n\t\u200d" or unicodedata.category(sign) not in {"Cc", "Cf"}
    )


def _as_written(value: str) -> str:
    """Return a header whose letters stand as they are (RFC 6532), in whatever charset in truth, and
    whose words in Latin-1 are what Windows takes for it.
    """
    raw = value.encode("utf-8", "surrogateescape")
    return _LATIN_WORD.sub("=?cp1252", value if raw.isascii() else decoded(raw, "utf-8"))


@lru_cache(maxsize=256)
def _parsed(name: str, value: str) -> BaseHeader:
    """Return a header; the library asks for the same ones again and again."""
    parsed: BaseHeader
    try:
        parsed = _PLAIN.header_fetch_parse(name, value)
    except BROKEN:
        parsed = _PLAIN.header_fetch_parse("x-unreadable", clean(value))
    return parsed
