"""Each command loads what it needs itself, and is named as it names itself."""

import subprocess
import sys

import pytest

from parvis.cli import main

_HEAVY = {"aiohttp", "alembic", "nio", "sqlalchemy", "structlog"}


@pytest.mark.parametrize("place", main.places.values(), ids=lambda place: place.name)
def test_the_list_of_commands_says_what_each_says_of_itself(place):
    command = place.load()

    assert command.name == place.name
    assert command.get_short_help_str(200).startswith(place.summary.removesuffix("."))


@pytest.mark.parametrize(
    "code",
    [
        "from parvis.cli import main; main(['--help'], standalone_mode=False)",
        "import parvis.config",
        "import parvis.cli.demo",
    ],
)
def test_help_settings_and_what_comes_before_the_demos_homeserver_are_light(code):
    told = f"import sys; {code}; print(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)

    assert _HEAVY & set(done.stdout.splitlines()[-1].split()) == set()


def test_an_unknown_command_is_told_what_may_be_meant():
    done = subprocess.run(
        [sys.executable, "-m", "parvis", "demi"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "demo" in done.stderr
