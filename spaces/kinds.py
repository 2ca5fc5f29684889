"""The kinds of group, as data: what each is called, looks like, begins with and allows.

A config may add kinds, or change these, without any code (`kinds_with`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from appservice.errors import ConfigError
from appservice.languages import Language
from spaces.model import Access, Posting


@dataclass(frozen=True)
class Kind:
    """One kind of group. *rank* is its place in lists; *icon* a Lucide name (look.md 6)."""

    key: str
    rank: int
    icon: str
    names: Mapping[Language, str]
    plurals: Mapping[Language, str]
    examples: Mapping[Language, str]
    """A name that follows the convention, shown to whoever makes a group."""
    landmark: bool = False
    """Whether a group of this kind begins as a landmark."""
    access: Access = Access.OPEN
    """Who may join, unless the command says otherwise."""
    posting: Posting = Posting.EVERYONE
    prefix: str = ""
    """What every name of this kind begins with; empty where the list order needs no help."""


class _Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A kind as the config writes it."""

    names: Mapping[Language, str]
    plurals: Mapping[Language, str] = {}
    examples: Mapping[Language, str] = {}
    rank: int = 50
    icon: str = "users"
    landmark: bool = False
    access: Access = Access.OPEN
    posting: Posting = Posting.EVERYONE
    prefix: str = ""


def _kind(
    key: str,
    rank: int,
    icon: str,
    *,
    names: tuple[str, str],
    plurals: tuple[str, str],
    examples: tuple[str, str],
    landmark: bool = False,
    posting: Posting = Posting.EVERYONE,
) -> Kind:
    return Kind(
        key,
        rank,
        icon,
        _both(names),
        _both(plurals),
        _both(examples),
        landmark=landmark,
        posting=posting,
    )


def _both(texts: tuple[str, str]) -> Mapping[Language, str]:
    """Return French and English, in this order, by language."""
    return {Language.FR: texts[0], Language.EN: texts[1]}


GENERAL = "general"

KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        _kind(
            GENERAL,
            0,
            "landmark",
            names=("Général", "General"),
            plurals=("Général", "General"),
            examples=("Toute la maison", "The whole house"),
            landmark=True,
            posting=Posting.SOME,
        ),
        _kind(
            "place",
            1,
            "map-pin",
            names=("Lieu", "Place"),
            plurals=("Lieux", "Places"),
            examples=("Lyon", "Lyon"),
            landmark=True,
        ),
        _kind(
            "function",
            2,
            "wrench",
            names=("Métier", "Function"),
            plurals=("Métiers", "Functions"),
            examples=("Acheteurs", "Buyers"),
        ),
        _kind(
            "product",
            3,
            "package",
            names=("Produit", "Product"),
            plurals=("Produits", "Products"),
            examples=("Pompe Atlas", "Atlas pump"),
        ),
        _kind(
            "project",
            4,
            "flag",
            names=("Projet", "Project"),
            plurals=("Projets", "Projects"),
            examples=("Nouvel atelier", "New workshop"),
        ),
        _kind(
            "topic",
            5,
            "hash",
            names=("Thème", "Topic"),
            plurals=("Thèmes", "Topics"),
            examples=("Vélo", "Cycling"),
        ),
        _kind(
            "visibility",
            6,
            "globe",
            names=("Visibilité", "Visibility"),
            plurals=("Visibilité", "Visibility"),
            examples=("On parle de nous", "In the press"),
            posting=Posting.SOME,
        ),
    )
}


def kinds_with(extra: Mapping[str, object]) -> Mapping[str, Kind]:
    """Return the kinds with those of the config, which win; raise ConfigError naming the key."""
    kinds = dict(KINDS)
    for key, raw in extra.items():
        try:
            kinds[key] = _from_settings(key, msgspec.convert(raw, _Settings))
        except msgspec.ValidationError as error:
            raise ConfigError(f"kinds.{key}", str(error)) from error
    return dict(sorted(kinds.items(), key=lambda item: item[1].rank))


def _from_settings(key: str, settings: _Settings) -> Kind:
    missing = [language for language in Language if not settings.names.get(language)]
    if missing:
        raise ConfigError(f"kinds.{key}.names.{missing[0]}", "is missing")
    return Kind(
        key=key,
        rank=settings.rank,
        icon=settings.icon,
        names=settings.names,
        plurals={**settings.names, **settings.plurals},
        examples={**settings.names, **settings.examples},
        landmark=settings.landmark,
        access=settings.access,
        posting=settings.posting,
        prefix=settings.prefix,
    )
