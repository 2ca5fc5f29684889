"""Names that addresses and lists are made of: pure functions."""

import re
import secrets
import unicodedata
from collections.abc import Collection, Mapping

from appservice.errors import CommandError
from appservice.languages import N_
from spaces.kinds import KINDS, Kind

_LONGEST_NAME = 80
_LONGEST_SLUG = 40
_LONGEST_ORDER = 50


def folded(text: str) -> str:
    """Return *text* in lower-case ASCII, accents dropped: "Saint-Étienne" is "saint-etienne"."""
    text = text.casefold().replace("œ", "oe").replace("æ", "ae")
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain if sign.isascii())


def same_name(one: str, other: str) -> bool:
    """Tell whether people would read two names as one: case, accents and spaces do not count."""
    return _read_as(one) == _read_as(other)


def _read_as(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    return "".join(sign for sign in decomposed if unicodedata.category(sign) != "Mn")


def checked_name(text: str, kind: Kind) -> str:
    """Return *text* as a group's name, or raise CommandError saying what to write instead."""
    name = " ".join(text.split())
    if len(name) > _LONGEST_NAME:
        raise CommandError(N_("A name has at most {n} characters."), n=_LONGEST_NAME)
    if not any(sign.isalnum() for sign in name):
        raise CommandError(N_("A name needs a letter or a digit."))
    # Invisible and direction-changing signs would let one group pass for another.
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cs"} for sign in name):
        raise CommandError(N_("That name holds characters that nobody sees."))
    if not name.startswith(kind.prefix):
        raise CommandError(
            N_("Names of this kind begin with “{prefix}”. Write `{proposal}`."),
            prefix=kind.prefix,
            proposal=kind.prefix + name,
        )
    return name


def slug_of(name: str, *, taken: Collection[str] = ()) -> str:
    """Return an address for *name* that is not among *taken*.

    Secret groups may stand in *taken*: their endings are random, so no number betrays one.
    """
    base = re.sub(r"[^a-z0-9]+", "-", folded(name)).strip("-")[:_LONGEST_SLUG].strip("-")
    slug, number = base or "groupe", 2
    while slug in taken:
        slug, number = f"{base or 'groupe'}-{number}", number + 1
    return slug


def secret_slug_of(name: str) -> str:
    """Return an address that nobody can guess, nor clash with."""
    return f"{slug_of(name)[:20].strip('-')}-{secrets.token_hex(8)}"


def order_key(
    name: str, kind: str, *, landmark: bool, kinds: Mapping[str, Kind] | None = None
) -> str:
    """Return the ``order`` of m.space.child: landmarks first, then by kind, then by name.

    At most 50 characters between 0x20 and 0x7E, or clients ignore it (matrix.md 2.2). The name
    itself ends the key, so that a new group never moves its neighbours.
    """
    known = kinds or KINDS
    rank = known[kind].rank if kind in known else 99
    sortable = re.sub(r"[^a-z0-9]+", " ", folded(name)).strip()
    return f"{0 if landmark else 1}{min(max(rank, 0), 99):02d} {sortable}"[:_LONGEST_ORDER].strip()
