"""A process that reads sources' answers by their apps, one line of JSON in, one line out.

What strangers publish may take a parser long, or much memory. Here it can be ended without harm.
"""

import importlib
import resource
import sys

import msgspec

from appservice.errors import PayloadRejected
from bridges.base import Harvest, Pull, SourceAnswer

_MEMORY = 1024 * 1024 * 1024


class Task(msgspec.Struct, frozen=True):
    """An answer for the app in folder *app* to read."""

    app: str
    answer: SourceAnswer
    cursor: str


class Outcome(msgspec.Struct, frozen=True):
    """What became of it; *refused* says why there is no harvest."""

    harvest: Harvest | None = None
    refused: str = ""


def main() -> None:
    """Answer until the other side closes."""
    # fastfeedparser looks for it anew at every entry without a date, which takes a millisecond.
    sys.modules.setdefault("dateparser", None)  # type: ignore[arg-type]
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    for line in sys.stdin.buffer:
        outcome = _outcome(msgspec.json.decode(line, type=Task))
        sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
        sys.stdout.buffer.flush()


def _outcome(task: Task) -> Outcome:
    pull: Pull = importlib.import_module(f"bridges.{task.app}.app").APP.pull
    try:
        return Outcome(pull.harvest(task.answer, task.cursor))
    except PayloadRejected as error:
        return Outcome(refused=str(error))
    except Exception as error:  # noqa: BLE001 - whatever a parser raises belongs to this document
        return Outcome(refused=type(error).__name__)


if __name__ == "__main__":
    main()
