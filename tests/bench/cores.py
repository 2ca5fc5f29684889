"""Who computes on which core, for the time of a measurement."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def apart(homeserver: int, *others: int) -> Iterator[None]:
    """Give the *homeserver* (a process id) one core, and the *others* and ourselves the rest.

    On two cores the scheduler moves the threads of both sides about, at the cost of whoever has two of
    them; a comparison of what each side does must not hang on that. One core changes nothing.
    """
    cores = os.sched_getaffinity(0)
    first, rest = {min(cores)}, cores - {min(cores)}
    try:
        if rest:
            _bind(homeserver, first)
            for process in (os.getpid(), *others):
                _bind(process, rest)
        yield
    finally:
        for process in (homeserver, os.getpid(), *others):
            _bind(process, cores)


def _bind(process: int, cores: set[int]) -> None:
    for thread in Path(f"/proc/{process}/task").iterdir():
        os.sched_setaffinity(int(thread.name), cores)
