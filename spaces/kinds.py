"""The kinds of group, as data: what each is called, looks like and begins with."""

from collections.abc import Mapping
from dataclasses import dataclass

from appservice.languages import Language


@dataclass(frozen=True)
class Kind:
    """One kind of group. *rank* is its place in lists; *icon* a Lucide name."""

    key: str
    rank: int
    icon: str
    names: Mapping[Language, str]
    plurals: Mapping[Language, str]
    landmark: bool = False
    """Whether a group of this kind begins as a landmark."""


def _kind(
    key: str,
    rank: int,
    icon: str,
    french: tuple[str, str],
    english: tuple[str, str],
    *,
    landmark: bool = False,
) -> Kind:
    return Kind(
        key,
        rank,
        icon,
        {Language.FR: french[0], Language.EN: english[0]},
        {Language.FR: french[1], Language.EN: english[1]},
        landmark,
    )


GENERAL = "general"

KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        _kind(
            GENERAL, 0, "landmark", ("Général", "Général"), ("General", "General"), landmark=True
        ),
        _kind("place", 1, "map-pin", ("Lieu", "Lieux"), ("Place", "Places"), landmark=True),
        _kind("function", 2, "wrench", ("Métier", "Métiers"), ("Function", "Functions")),
        _kind("product", 3, "package", ("Produit", "Produits"), ("Product", "Products")),
        _kind("project", 4, "flag", ("Projet", "Projets"), ("Project", "Projects")),
        _kind("topic", 5, "hash", ("Thème", "Thèmes"), ("Topic", "Topics")),
        _kind("visibility", 6, "globe", ("Visibilité", "Visibilité"), ("Visibility", "Visibility")),
    )
}
