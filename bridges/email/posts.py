"""How a letter and what comes with it are called on a card."""

import hashlib
import re

from appservice.languages import N_
from bridges.email.contents import File
from bridges.email.letters import Letter

FROM, FILES, UNTITLED = N_("From"), N_("Attachments"), "…"
EXCERPT = 400
_ANSWER = re.compile(
    r"^\s*((re|r[eé]p?|fwd?|tr|aw|wg|sv|antw)\s?(\[\d{1,3}\])?\s?:\s*)+", re.IGNORECASE
)
_LONGEST_TITLE, _KIB = 200, 1000


def title(letter: Letter, text: str) -> str:
    """Return what a letter is about, in its own words."""
    subject = _ANSWER.sub("", letter.subject) if letter.ancestors else letter.subject
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    files = [file.name for file in letter.files]
    return next((one for one in (subject, first, *files) if one), UNTITLED)[:_LONGEST_TITLE]


def named(files: tuple[File, ...]) -> str:
    """Return the names of files, each with its size."""
    return ", ".join(f"{file.name} ({_size(file.size)})" for file in files)


def _size(size: int) -> str:
    if size < _KIB * _KIB:
        return f"{max(1, round(size / _KIB))} kB"
    return f"{size / _KIB / _KIB:.1f} MB"


def short(identifier: str) -> str:
    """Return an id for rooms: what a letter calls itself may be long, and tell of its sender."""
    return hashlib.sha256(identifier.encode("utf-8", "replace")).hexdigest()[:32]
