"""Names that addresses and lists are made of: pure functions."""

import re
import secrets
import unicodedata
from collections.abc import Collection

from appservice.errors import CommandError
from appservice.languages import N_
from spaces.folding import folded
from spaces.kinds import Case, Kind

_LONGEST_NAME = 80
_LONGEST_SLUG = 40


def same_name(one: str, other: str) -> bool:
    """Tell whether people would read two names as one: case, accents and spaces do not count."""
    return folded(one) == folded(other)


def readable_name(text: str) -> str:
    """Return *text* as a name that people can read, or raise CommandError."""
    name = " ".join(text.split())
    if len(name) > _LONGEST_NAME:
        raise CommandError(N_("A name has at most {n} characters."), n=_LONGEST_NAME)
    if not any(sign.isalnum() for sign in name):
        raise CommandError(N_("A name needs a letter or a digit."))
    # Invisible and direction-changing signs would let one group pass for another.
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cs"} for sign in name):
        raise CommandError(N_("That name holds characters that nobody sees."))
    return name


def checked_name(text: str, kind: Kind) -> str:
    """Return *text* as a group's name, or raise CommandError saying what to write instead."""
    name = readable_name(text)
    proposal = conforming(name, kind)
    if proposal != name:
        raise CommandError(
            N_("Names of this kind are written like “{example}”. Write `{proposal}`."),
            example=conforming(next(iter(kind.example.values()), name), kind),
            proposal=proposal,
        )
    return name


def conforming(name: str, kind: Kind) -> str:
    """Return *name* as the convention of its kind writes it; a conforming one comes back as it is."""
    convention = kind.convention
    own = name
    if convention.prefix and folded(name).startswith(folded(convention.prefix)):
        own = name[len(convention.prefix) :].lstrip(" :·-–—\u00a0\u202f") or name
    own = _cased(own, convention.case)
    return f"{convention.prefix}{convention.separator}{own}" if convention.prefix else own


def _cased(text: str, case: Case) -> str:
    """Return *text* in *case*; capitals inside words (P4, SNCF) are left where they stand."""
    if case is Case.LOWER:
        first = text.partition(" ")[0][1:]
        return text[:1].lower() + text[1:] if not first or first.islower() else text
    if case is Case.SENTENCE:
        return text[:1].upper() + text[1:]
    if case is Case.TITLE:
        return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))
    return text


def slug_of(name: str, *, taken: Collection[str] = ()) -> str:
    """Return an address for *name* that is not among *taken*.

    Secret groups may stand in *taken*: their endings are random, so no number betrays one.
    """
    base = _ascii(name, "-")[:_LONGEST_SLUG].strip("-")
    slug, number = base or "groupe", 2
    while slug in taken:
        slug, number = f"{base or 'groupe'}-{number}", number + 1
    return slug


def secret_slug_of(name: str) -> str:
    """Return an address that nobody can guess, nor clash with."""
    return f"{slug_of(name)[:20].strip('-')}-{secrets.token_hex(8)}"


def _ascii(name: str, between: str) -> str:
    plain = "".join(sign for sign in folded(name) if sign.isascii())
    return re.sub(r"[^a-z0-9]+", between, plain).strip(between)
