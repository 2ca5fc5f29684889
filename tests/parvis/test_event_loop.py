"""The program serves on the quickest event loop that is installed."""

import asyncio
from importlib.util import find_spec

import pytest

from parvis import event_loop


async def _kind_of_loop() -> str:
    return type(asyncio.get_running_loop()).__module__.partition(".")[0]


@pytest.mark.skipif(not find_spec("uvloop"), reason="needs the extra fast")
def test_with_the_extra_it_serves_on_uvloop():
    assert event_loop.serve_on(_kind_of_loop()) == "uvloop"


def test_without_the_extra_it_serves_on_the_loop_of_python(monkeypatch):
    monkeypatch.setattr(event_loop, "find_spec", lambda _name: None)
    assert event_loop.serve_on(_kind_of_loop()) == "asyncio"
