"""Has answers read in a process of its own, which is ended when one takes too long."""

import asyncio

import msgspec

from appservice.errors import PayloadRejected
from appservice.languages import N_
from appservice.line_worker import LineWorker
from bridges.base import Harvest, SourceAnswer
from bridges.pulling.worker import Outcome, Task

_WITHIN = 20.0
_LONGEST_LINE = 64 * 1024 * 1024


class Harvester:
    """The process; it begins with the first answer."""

    def __init__(self, *, within: float = _WITHIN) -> None:
        """*within*: seconds for one answer, the loading of what reads it included."""
        self._within = within
        self._worker = LineWorker("bridges.pulling.worker", longest=_LONGEST_LINE)
        self._turn = asyncio.Lock()

    async def read(self, app: str, answer: SourceAnswer, cursor: str) -> Harvest:
        """Return what is new in *answer*; raise PayloadRejected for what cannot be read."""
        task = msgspec.json.encode(Task(app, answer, cursor))
        try:
            async with self._turn:
                line = await self._worker.ask(task, within=self._within)
            outcome = msgspec.json.decode(line, type=Outcome)
        except (TimeoutError, OSError, ValueError, msgspec.DecodeError) as error:
            raise PayloadRejected(N_("it takes too long to read")) from error
        if outcome.harvest is None:
            raise PayloadRejected(outcome.refused)
        return outcome.harvest

    async def close(self) -> None:
        """End the process."""
        await self._worker.close()
