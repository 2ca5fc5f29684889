"""A new app is one folder: copied by a script it is found, and the suite tells what it lacks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bridges.commands import ConnectionCommands
from bridges.discovery import apps
from tests.bridges.apps.goldens import BRIDGES

ROOT = BRIDGES.parent
SETTINGS = "[pytest]\naddopts = --import-mode=importlib -p no:cacheprovider\npythonpath = .\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the house without apps, but for a new folder ``toy``: nothing is touched."""
    house = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "tests/bridges/apps", house / "tests/bridges/apps")
    (house / "bridges").mkdir()
    for path in BRIDGES.iterdir():
        if (path / "app.py").exists():
            continue
        (house / "bridges" / path.name).symlink_to(path)
    (house / "appservice").symlink_to(ROOT / "appservice")
    (house / "pytest.ini").write_text(SETTINGS)
    shutil.copytree(BRIDGES / "helloworld", house / "bridges/toy")
    _replace(house / "bridges/toy/app.py", "helloworld", "toy")
    return house


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def _suite(house: Path) -> tuple[int, str]:
    """Run the part of the suite that is about the toy; return how it ended and what it said."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-k",
        "toy",
        "tests/bridges/apps/test_goldens.py",
    ]
    environment = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    ended = subprocess.run(
        command, cwd=house, capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    return ended.returncode, ended.stdout


def test_a_copied_folder_is_an_app_that_passes(house: Path):
    code, said = _suite(house)

    assert code == 0, said
    assert "passed" in said


def test_an_event_without_fixture_and_an_undeclared_one_fail(house: Path):
    toy = house / "bridges/toy"
    kept = toy / "kept.json"
    (toy / "fixtures/noted.json").rename(kept)
    expected = (toy / "expected/noted.json").read_bytes()
    (toy / "expected/noted.json").unlink()
    code, said = _suite(house)
    assert code == 1
    assert "test_every_declared_event_has_a_fixture" in said

    kept.rename(toy / "fixtures/noted.json")
    (toy / "expected/noted.json").write_bytes(expected)
    _replace(toy / "app.py", "in _VERBS.items()),", 'in _VERBS.items() if name != "noted"),')
    code, said = _suite(house)
    assert code == 1
    assert "test_a_reading_says_only_what_is_declared" in said


def test_the_app_to_copy_cannot_be_connected():
    offered = {
        choice
        for command in ConnectionCommands(
            apps=apps(),
            connections=None,
            outbox=None,
            asking=None,
            pulling=None,
            public_url="",
        ).table()
        for parameter in command.parameters
        if parameter.name == "app"
        for choice in parameter.choices
    }

    assert {slug for slug, app in apps().items() if app.sample} == {"helloworld"}
    assert offered == set(apps()) - {"helloworld"}
