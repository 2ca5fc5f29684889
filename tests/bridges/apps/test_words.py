"""Each text of an app folder is said in French too, with French signs."""

import ast
import re
from functools import cache
from io import BytesIO

import pytest
from babel.messages.pofile import read_po

from appservice.languages import Language, phrases
from bridges.discovery import apps
from tests.bridges.apps.goldens import BRIDGES, folders

PLACES = re.compile(r"\{\w+\}")
# A space that may break before ; ! ? : or inside « », a straight apostrophe, three dots.
WRONG_SIGNS = re.compile(r"[ \w][;!?](?=\s|$)| :|« | »|'|\.\.\.|\w:(?=\s|$)")


@cache
def _french() -> dict[str, str]:
    catalogue = read_po(BytesIO((BRIDGES / "locale" / "fr.po").read_bytes()), locale="fr")
    return {entry.id: entry.string for entry in catalogue if isinstance(entry.id, str)}


def _marked(folder) -> set[str]:
    found = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                found.add(ast.literal_eval(node.args[0]))
    return found


@pytest.mark.parametrize("folder", list(folders()), ids=lambda folder: folder.name)
def test_each_text_is_said_in_french_with_the_same_places_and_french_signs(folder):
    for text in _marked(folder):
        french = _french().get(text, "")
        assert french, f"no French for: {text}"
        assert sorted(PLACES.findall(french)) == sorted(PLACES.findall(text)), text
        if "webhook" not in french and "{url}" not in french:
            assert not WRONG_SIGNS.search(french), french


@pytest.mark.parametrize("slug", sorted(apps()))
def test_what_an_app_declares_is_said_in_both_languages(slug: str):
    app, french = apps()[slug], phrases(Language.FR)

    for event in app.events:
        assert french(event.meaning) != event.meaning
    for step in app.steps:
        assert french(step.text) != step.text


@pytest.mark.parametrize("slug", ["generic", "github"])
def test_three_steps_connect_the_first_apps(slug: str):
    app = apps()[slug]

    assert len(app.steps_of(app.schemes[0].slug)) == 3
