"""Every text of the product is said in French, with the places that are filled in."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from appservice.languages import Language, phrases

ROOT = Path(__file__).parents[1]
PACKAGES = ("appservice", "spaces", "bridges", "feed", "parvis")
_PLACES = re.compile(r"\{\w+\}")
_SPACES = re.compile("«[^\u00a0]|[^\u00a0]»|[ \u202f]:(?=\\s|$)|(?<!«)[ \u00a0][;?!](?=\\s|$)")
"""What is no French space beside a sign: a line may break there, or it is not as wide as elsewhere."""


def _marked(package: str) -> set[str]:
    found = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                found.add(ast.literal_eval(node.args[0]))
    return found


def _french(package: str) -> dict[str, str]:
    said = {}
    with (ROOT / package / "locale" / "fr.po").open("rb") as file:
        for entry in read_po(file, locale="fr"):
            single = isinstance(entry.id, str)
            ids, texts = ((entry.id,), (entry.string,)) if single else (entry.id, entry.string)
            said |= dict(zip(ids, texts, strict=True))
    return said


@pytest.mark.parametrize("package", PACKAGES)
def test_each_text_is_said_in_french(package: str):
    french = _french(package)

    missing = {text for text in _marked(package) if not french.get(text)}
    assert missing == set()
    for text in _marked(package):
        assert sorted(_PLACES.findall(text)) == sorted(_PLACES.findall(french[text])), text


@pytest.mark.parametrize("package", PACKAGES)
def test_no_text_is_said_twice(package: str):
    """The later one would win, whatever was meant by the other."""
    raw = (ROOT / package / "locale" / "fr.po").read_text("utf-8")
    texts = Counter(re.findall(r'^msgid (".*"(?:\n".*")*)', raw, re.MULTILINE))

    assert [text for text, times in texts.items() if times > 1] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_french_signs_hold_to_their_words(package: str):
    assert [text for text in _french(package).values() if _SPACES.search(text)] == []


@pytest.mark.parametrize("language", list(Language))
def test_no_text_stays_no_text(language: Language):
    """Gettext itself would answer with the catalogue's header."""
    assert phrases(language)("") == ""
