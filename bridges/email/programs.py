"""Letters that nobody wrote: what answers by itself answers for ever.

Sources: RFC 3834 (programs that answer), RFC 2919 (lists), RFC 6522 (reports).
"""

import re

from bridges.email.letters import Letter
from bridges.email.tolerance import header

_ANSWERS_ITSELF = ("x-autoreply", "x-autorespond", "x-autoresponder")
"""What programs wrote before there was RFC 3834, and some still do."""
_ABSENT = re.compile(
    r"(réponse automatique|automatic reply|automatische antwort|respuesta automática"
    r"|risposta automatica)\s?:",
    re.IGNORECASE,
)
"""How Exchange begins the subject of a note of absence, in which it says by no header what it is."""
_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_DAEMONS = frozenset({"mailer-daemon", "mail-daemon"})


def by_a_program(letter: Letter, return_path: object) -> str:
    """Return why nobody wrote this, or an empty text; *return_path* is empty for what is returned."""
    automatic = header(letter.headers, "auto-submitted").split(";")[0].strip().lower()
    # Calendars send what people ask of them.
    if automatic not in {"", "no"} and not (letter.meeting and automatic == "auto-generated"):
        return "auto-submitted"
    if any(name in letter.headers for name in _ANSWERS_ITSELF) or _ABSENT.match(letter.subject):
        return "auto-submitted"
    if header(letter.headers, "precedence").strip().lower() in _BULK:
        return "bulk"
    if any(name.lower().startswith("list-") for name in letter.headers):
        return "list"
    if letter.headers.get_content_type() == "multipart/report":
        return "report"
    return "bounce" if return_path == "" or _local(letter.sender) in _DAEMONS else ""


def _local(address: str) -> str:
    return address.partition("@")[0]
