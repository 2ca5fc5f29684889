"""A process that renders mappings, one line of JSON in, one line out.

Templates that admins wrote meet payloads that strangers wrote. Liquid reads values and calls
nothing, but loops and filters may take long or much: what is counted here ends the task, and what
cannot be counted is ended with the process.
"""

import os
import resource
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import FrameType
from typing import ClassVar

import msgspec
from liquid import BoundTemplate, Environment
from liquid.exceptions import (
    LiquidError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
    ResourceLimitError,
)

from bridges.mapping.failures import Failure, MappingFailed, Why
from bridges.mapping.text import Entry

_MEMORY = 512 * 1024 * 1024
_SECONDS = 1.0
"""Of this process's own work; that the machine is busy with other things does not count."""
_LARGEST = 2_000_000
"""Bytes of a field, and signs of them all: a call that is shown whole fits."""
_MOST_TEMPLATES, _LONGEST_DETAIL = 500, 120


class Task(msgspec.Struct, frozen=True):
    """Templates, and the JSON that they are to be rendered with; or they are *checked* only."""

    entries: tuple[Entry, ...]
    payload: msgspec.Raw = msgspec.Raw(b"null")
    checked: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """What the templates say, by field, or why they say nothing."""

    said: dict[str, str] = {}
    failure: Failure | None = None


class TooLong(BaseException):
    """The time is over; no filter catches this."""


class _Sandbox(Environment):
    """Liquid that reaches no file, makes no HTML and ends."""

    loop_iteration_limit: ClassVar[int] = 10_000
    local_namespace_limit: ClassVar[int] = 2_000_000
    output_stream_limit: ClassVar[int] = _LARGEST
    block_nesting_limit: ClassVar[int] = 20
    context_depth_limit: ClassVar[int] = 20


def sandbox() -> Environment:
    """Return the language of mappings."""
    made = _Sandbox()
    for tag in ("include", "render", "tablerow"):
        del made.tags[tag]
    return made


_SANDBOX = sandbox()


def rendered(entries: Sequence[Entry], payload: object) -> Mapping[str, str]:
    """Return what each template makes of *payload*, or raise MappingFailed.

    An object's fields are known by their names; the whole, whatever it is, is ``payload``.
    """
    known = {**payload} if isinstance(payload, dict) else {}
    known["payload"] = payload
    said: dict[str, str] = {}
    for entry in entries:
        template = checked(entry)
        try:
            said[entry.field] = template.render(known)
        except TooLong:
            raise _failed(entry, Why.TIME) from None
        except MemoryError:
            raise _failed(entry, Why.SIZE) from None
        except LiquidError as error:
            raise _failed(entry, _why(error), error=error) from error
        except Exception as error:  # whatever a filter makes of a stranger's values
            raise _failed(entry, Why.VALUE) from error
        if sum(map(len, said.values())) > _LARGEST:
            raise _failed(entry, Why.SIZE)
    return said


def checked(entry: Entry) -> BoundTemplate:
    """Return an entry's template, or raise MappingFailed if it is none."""
    try:
        template, filters = _parsed(entry.template)
    except LiquidError as error:
        raise _failed(entry, Why.SYNTAX, error=error, detail=error.args[0]) from error
    except RecursionError as error:
        raise _failed(entry, Why.SIZE) from error
    for name, line in filters:
        if name not in _SANDBOX.filters:
            raise _failed(entry, Why.FILTER, line=line, detail=name)
    return template


@lru_cache(_MOST_TEMPLATES)
def _parsed(template: str) -> tuple[BoundTemplate, Sequence[tuple[str, int]]]:
    """Return a template, and the filters that it names, each with its line, counted from 1."""
    parsed = _SANDBOX.from_string(template)
    named = parsed.analyze().filters.items()
    return parsed, tuple((name, template.count("\n", 0, at[0].index) + 1) for name, at in named)


def _why(error: LiquidError) -> Why:
    if isinstance(error, LoopIterationLimitError):
        return Why.LOOPS
    if isinstance(error, OutputStreamLimitError | LocalNamespaceLimitError):
        return Why.SIZE
    if isinstance(error, ResourceLimitError):
        return Why.LOOPS
    return Why.VALUE  # In which words is not said: they may quote the call.


def _failed(
    entry: Entry,
    why: Why,
    *,
    error: LiquidError | None = None,
    line: int = 1,
    detail: object = "",
) -> MappingFailed:
    """Return the failure of an entry, at the *line* of its template that the *error* names."""
    place = error.context() if error is not None else None
    at = entry.line - 1 + (place[0] if place else line)
    return MappingFailed(Failure(why, at, entry.field, str(detail)[:_LONGEST_DETAIL]))


def main() -> None:
    """Answer until the other side closes."""
    os.environ["TZ"] = "UTC"  # Dates must not depend on where we run.
    time.tzset()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    signal.signal(signal.SIGPROF, _interrupt)
    sys.stdout.buffer.write(b'"ready"\n')
    sys.stdout.buffer.flush()
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(_outcome(line)) + b"\n")
        sys.stdout.buffer.flush()


def _outcome(line: bytes) -> Outcome:
    try:
        signal.setitimer(signal.ITIMER_PROF, _SECONDS)
        try:
            return _done(msgspec.json.decode(line, type=Task))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except MappingFailed as error:
        return Outcome(failure=error.failure)
    except TooLong:
        return Outcome(failure=Failure(Why.TIME))
    except MemoryError:
        return Outcome(failure=Failure(Why.SIZE))


def _done(task: Task) -> Outcome:
    if task.checked:
        for entry in task.entries:
            checked(entry)
        return Outcome()
    return Outcome(dict(rendered(task.entries, msgspec.json.decode(task.payload))))


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise TooLong


if __name__ == "__main__":
    main()
