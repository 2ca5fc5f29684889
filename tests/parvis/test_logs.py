"""What is written to stderr, as the settings say."""

import json
import subprocess
import sys

import pytest

_SAY = """
import structlog
from parvis.config import LogFormat, LogLevel
from parvis.logs import log_to_stderr
log_to_stderr(LogLevel("{level}"), LogFormat("{shape}"))
structlog.get_logger().info("fine", room="!x")
structlog.get_logger().warning("not fine", room="!y")
"""


def _written(level: str, shape: str) -> list[str]:
    source = _SAY.format(level=level, shape=shape)
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_machines_get_one_object_a_line():
    told = [json.loads(line) for line in _written("info", "json")]

    assert [(one["level"], one["event"], one["room"]) for one in told] == [
        ("info", "fine", "!x"),
        ("warning", "not fine", "!y"),
    ]


@pytest.mark.parametrize(("level", "lines"), [("debug", 2), ("info", 2), ("warning", 1)])
def test_lines_below_the_level_are_left_out(level: str, lines: int):
    assert len(_written(level, "text")) == lines
