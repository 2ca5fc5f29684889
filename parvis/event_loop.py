"""Which event loop the program serves on."""

import asyncio
from collections.abc import Coroutine
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

T = TypeVar("T")


def serve_on(program: Coroutine[Any, Any, T]) -> T:
    """Carry *program* out on the quickest loop there is: uvloop's with the extra ``fast``, else Python's."""
    # Not for every platform, hence an extra.
    library = import_module("uvloop" if find_spec("uvloop") else "asyncio")
    with asyncio.Runner(loop_factory=library.new_event_loop) as runner:
        return runner.run(program)
