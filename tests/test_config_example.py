"""The example and the docs know every setting."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from parvis.config import settings

ROOT = Path(__file__).parent.parent


def _stands_in(document, path: str) -> bool:
    for name in path.split("."):
        if name not in document:
            return False
        document = document[name]
    return True


@pytest.mark.parametrize("path", list(settings()))
def test_every_setting_stands_in_the_example_with_a_comment(path: str):
    text = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
    lines = text.splitlines()
    document = YAML().load(text)

    assert _stands_in(document, path)
    node = document
    *sections, name = path.split(".")
    for section in sections:
        node = node[section]
    assert lines[node.lc.key(name)[0] - 1].lstrip().startswith("#"), path


@pytest.mark.parametrize("path", list(settings()))
def test_every_setting_is_documented(path: str):
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")

    assert f"`{path}`" in text
