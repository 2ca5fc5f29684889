"""People without a picture: initials and a tint (look.md section 5)."""

import hashlib
import unicodedata

_TINTS = 8


def initials(name: str) -> str:
    """Return the first letters of first and last name, accents kept."""
    words = [word for word in name.replace("@", " ").split() if word[0].isalpha()]
    chosen = [words[0], words[-1]] if len(words) > 1 else words[:1]
    return "".join(_first_letter(word) for word in chosen) or "?"


def tint(user_id: str) -> str:
    """Return the class that colours a person's initials, the same for ever."""
    return f"tint-{hashlib.sha256(user_id.encode()).digest()[0] % _TINTS}"


def _first_letter(word: str) -> str:
    letter = word[0]
    for sign in word[1:]:
        if not unicodedata.combining(sign):
            break
        letter += sign
    return letter.upper()
