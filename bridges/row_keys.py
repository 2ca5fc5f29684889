"""How the outbox rows are named that tell of connections: for who writes, counts or takes them back.

    KIND ":" connection ":" what tells it from others of its kind

Each is a stable function of what happened, so that what is told again is known again.
"""

import hashlib
import re

_KINDS = "card\\d*|continued:\\d+|edit|step|flat|loud|post|digest|file"
_OF_A_CONNECTION = re.compile(rf"(?:{_KINDS}):([\w-]+):")
_WITH_A_THREAD = ("card", "flat:")


def root_key(connection: str, case_id: str, generation: int = 0) -> str:
    """Return the key of a case's card, which was renewed *generation* times."""
    return f"card{generation or ''}:{connection}:{case_id}"


def root_mark(key: str) -> str:
    """Return the word by which a card's echo is known again; it tells nothing of the address."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def edit_key(connection: str, case_id: str, number: int) -> str:
    """Return the key of a card's *number*th edit."""
    return f"edit:{connection}:{case_id}:{number}"


def continued_key(connection: str, case_id: str, generation: int) -> str:
    """Return the key of a former card's last edit, which leads to the card of *generation*."""
    return f"continued:{generation}:{connection}:{case_id}"


def step_key(connection: str, case_id: str, activity: str) -> str:
    """Return the key of a comment below a card."""
    return f"step:{connection}:{case_id}:{activity}"


def flat_key(connection: str, case_id: str, activity: str) -> str:
    """Return the key of a post about something that happened to a case."""
    return f"flat:{connection}:{case_id}:{activity}"


def loud_key(connection: str, case_id: str, activity: str) -> str:
    """Return the key of the line that says something loud once more in the room itself."""
    return f"loud:{connection}:{case_id}:{activity}"


def post_key(connection: str, activity: str) -> str:
    """Return the key of a post about what has no case."""
    return f"post:{connection}:{activity}"


def digest_key(connection: str, first: int | str, number: int) -> str:
    """Return the key of the *number*th post of a digest; *first* tells it from others."""
    return f"digest:{connection}:{first}:{number}"


def file_key(connection: str, letter: str, number: int) -> str:
    """Return the key of the *number*th file of a letter."""
    return f"file:{connection}:{letter}:{number}"


def connection_of(key: str) -> str:
    """Return the connection that a row belongs to, or an empty text."""
    found = _OF_A_CONNECTION.match(key)
    return found[1] if found else ""


def may_have_thread(key: str) -> bool:
    """Tell whether something may stand below what a row became."""
    return key.startswith(_WITH_A_THREAD)
