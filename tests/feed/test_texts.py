"""Every text of the pages is said in both languages, with the signs of each."""

import ast
import re
from pathlib import Path

from babel.messages.pofile import read_po

FEED = Path(__file__).parents[2] / "feed"
_ONE = re.compile(r"\b(?:t|say)\(\s*(\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')")
_TWO = re.compile(r"\btn\(\s*(\"[^\"]*\"),\s*(\"[^\"]*\")")
_PLACES = re.compile(r"\{\w+\}")
_BREAKABLE = re.compile(r" [;:!?»]|« |'|\.\.\.")
_FOREIGN_WORDS = re.compile(r"\b(homeserver|room|space|MXID|salon)\b", re.IGNORECASE)


def _texts() -> set[str | tuple[str, str]]:
    found: set[str | tuple[str, str]] = set()
    for path in FEED.glob("templates/*.html"):
        source = path.read_text("utf-8")
        found |= {ast.literal_eval(match[1]) for match in _ONE.finditer(source)}
        found |= {
            (ast.literal_eval(match[1]), ast.literal_eval(match[2]))
            for match in _TWO.finditer(source)
        }
    for path in FEED.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                found.add(ast.literal_eval(node.args[0]))
    return found


def _catalogue() -> dict[str | tuple[str, str], str | tuple[str, str]]:
    with (FEED / "locale" / "fr.po").open("rb") as file:
        return {entry.id: entry.string for entry in read_po(file, locale="fr") if entry.id}


def test_the_catalogue_holds_every_text_and_no_other():
    assert set(_catalogue()) == _texts()


def test_each_translation_has_the_places_and_signs_that_it_needs():
    for text, french in _catalogue().items():
        english = text if isinstance(text, tuple) else (text,)
        said = french if isinstance(french, tuple) else (french,)
        for one, other in zip(english, said, strict=True):
            assert other
            assert sorted(_PLACES.findall(one)) == sorted(_PLACES.findall(other))
            assert not _BREAKABLE.search(other.replace("> citation", "")), other
            assert not _FOREIGN_WORDS.search(other), other
            assert not _FOREIGN_WORDS.search(one), one
