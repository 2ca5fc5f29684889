"""The two languages, and how a text is found in the reader's.

English msgids stand in the code, marked by ``N_`` or handed to Phrases; ``<package>/locale/fr.po``
holds the French. Catalogues are read from the .po files at start, so none can be stale.
"""

import gettext
import io
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from importlib.resources import files

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

_PACKAGES = ("appservice", "spaces", "bridges", "feed", "parvis")


class Language(StrEnum):
    """A language the product speaks."""

    FR = "fr"
    EN = "en"


DEFAULT_LANGUAGE = Language.FR
LANGUAGES = {Language.FR: "Français", Language.EN: "English"}
"""What each calls itself."""


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark *message* for the catalogues and return it as it is."""
    return message


class Phrases:
    """The product's texts in one language."""

    def __init__(self, language: Language, catalogues: Iterable[gettext.NullTranslations]) -> None:
        self.language = language
        self._catalogues = tuple(catalogues)

    def __call__(self, message: str, /, **values: object) -> str:
        """Return *message* translated, with {name} places filled from *values*."""
        return _fill(self._find(message), values)

    def plural(self, one: str, many: str, number: int, /, **values: object) -> str:
        """Return the form that *number* asks for; {n} is the number (French: 0 and 1 are one)."""
        text = one if number == 1 else many
        for catalogue in self._catalogues:
            found = catalogue.ngettext(one, many, number)
            if found not in {one, many}:
                text = found
                break
        return _fill(text, {"n": number} | values)

    def _find(self, message: str) -> str:
        if not message:
            return ""  # Gettext keeps the catalogue's own header under the empty text.
        for catalogue in self._catalogues:
            found = catalogue.gettext(message)
            if found != message:
                return found
        return message


def _fill(text: str, values: dict[str, object]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


@cache
def phrases(language: Language) -> Phrases:
    """Return the texts in *language*; English needs no catalogue."""
    if language is Language.EN:
        return Phrases(language, ())
    return Phrases(language, [_catalogue(package, language) for package in _PACKAGES])


def _catalogue(package: str, language: Language) -> gettext.NullTranslations:
    source = files(package) / "locale" / f"{language}.po"
    if not source.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source.read_bytes()), locale=str(language)))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
