"""Text as the search compares it: without case, accents and signs."""

import re
import unicodedata

_SIGNS = re.compile(r"[^\w]+")
_MOST_WORDS = 8


def folded(text: str) -> str:
    """Return *text* in small letters without accents, words apart by one space."""
    bare = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    letters = "".join(sign for sign in bare if not unicodedata.combining(sign))
    return " ".join(_SIGNS.sub(" ", letters).replace("_", " ").split())


def words_of(query: str) -> tuple[str, ...]:
    """Return the words that a search looks for, at most eight."""
    return tuple(dict.fromkeys(folded(query).split()))[:_MOST_WORDS]
