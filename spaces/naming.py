"""Names that addresses and lists are made of: pure functions."""

import re
import secrets
import unicodedata
from collections.abc import Collection

from spaces.kinds import KINDS

_LONGEST_SLUG = 40
_LONGEST_ORDER = 50


def folded(text: str) -> str:
    """Return *text* in lower-case ASCII, accents dropped: "Saint-Étienne" is "saint-etienne"."""
    text = text.casefold().replace("œ", "oe").replace("æ", "ae")
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain if sign.isascii())


def slug_of(name: str, *, taken: Collection[str] = ()) -> str:
    """Return an address for *name* that is not among *taken*."""
    base = re.sub(r"[^a-z0-9]+", "-", folded(name)).strip("-")[:_LONGEST_SLUG].strip("-")
    slug, number = base or "groupe", 2
    while slug in taken:
        slug, number = f"{base or 'groupe'}-{number}", number + 1
    return slug


def secret_slug_of(name: str) -> str:
    """Return an address that nobody can guess, nor clash with."""
    return f"{slug_of(name)[:20].strip('-')}-{secrets.token_hex(8)}"


def order_key(name: str, kind: str, *, landmark: bool) -> str:
    """Return the ``order`` of m.space.child: landmarks first, then by kind, then by name.

    At most 50 characters between 0x20 and 0x7E, or clients ignore it (matrix.md 2.2).
    """
    rank = KINDS[kind].rank if kind in KINDS else len(KINDS)
    sortable = re.sub(r"[^a-z0-9]+", " ", folded(name)).strip()
    return f"{0 if landmark else 1}{rank:02d} {sortable}"[:_LONGEST_ORDER].strip()
