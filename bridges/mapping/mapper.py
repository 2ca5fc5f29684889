"""Has calls of any form made into their app's own by the mappings that admins wrote."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from appservice.line_worker import LineWorker
from appservice.payload import NotJson, Payload
from bridges.base import App, OwnForm
from bridges.forms import json_of
from bridges.mapping.failures import Failure, MappingFailed, Why
from bridges.mapping.text import entries, made
from bridges.mapping.worker import Outcome, Task

_WITHIN, _GREETS_WITHIN = 10.0, 30.0
"""Seconds for one call, that the machine is busy with other things included; for the start."""
_COSTLY, _REST = frozenset({Why.TIME, Why.SIZE, Why.LOOPS}), 60.0
"""Failures that take long or much, and the seconds in which such a mapping is not tried again: the
calls of other connections wait meanwhile. By the clock, a busy machine would let innocent ones rest.
"""
_LONGEST_LINE = 16 * 1024 * 1024
_SHAPE = "content-type"


@dataclass(frozen=True)
class MadeCall:
    """A call in its app's own form; *skipped*: the mapping says that it says nothing."""

    headers: Mapping[str, str]
    body: bytes
    skipped: bool = False


class Mapper:
    """The process that renders; it begins with the first mapping."""

    def __init__(
        self,
        *,
        within: float = _WITHIN,
        rest: float = _REST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """*within*, *rest*: seconds for one call, and after one that took too long."""
        self._within, self._rest, self._clock = within, rest, clock
        self._worker = LineWorker(
            "bridges.mapping.worker", longest=_LONGEST_LINE, greets_within=_GREETS_WITHIN
        )
        self._turn = asyncio.Lock()
        self._resting: dict[str, float] = {}
        """Until when mappings are not tried, by their text."""

    async def made(
        self, app: App, mapping: str, headers: Mapping[str, str], body: bytes
    ) -> MadeCall:
        """Return what *mapping* makes of a call, or the call as it is if there is none.

        Raises MappingFailed, and NotJson for what is none.
        """
        if not mapping or app.own_form is None:
            return MadeCall(headers, body)
        written = entries(mapping, app.own_form)
        if self._resting.get(mapping, 0.0) > self._clock():
            raise MappingFailed(Failure(Why.RESTS))
        try:
            raw = json_of(headers.get(_SHAPE, ""), body, flat=True)
            said = await self._ask(Task(written, _payload(raw)))
        except MappingFailed as error:
            if error.failure.why in _COSTLY:
                self._let_rest(mapping)
            raise
        return _as_call(said, app.own_form, headers)

    async def check(self, mapping: str, form: OwnForm) -> None:
        """Raise MappingFailed for a mapping that cannot be used."""
        await self._ask(Task(entries(mapping, form), checked=True))

    async def close(self) -> None:
        """End the process."""
        await self._worker.close()

    async def _ask(self, task: Task) -> Mapping[str, str]:
        try:
            async with self._turn:
                line = await self._worker.ask(msgspec.json.encode(task), within=self._within)
            outcome = msgspec.json.decode(line, type=Outcome)
        except TimeoutError as error:
            raise MappingFailed(Failure(Why.TIME)) from error
        except (OSError, ValueError) as error:
            raise MappingFailed(Failure(Why.SIZE)) from error
        if outcome.failure is not None:
            raise MappingFailed(outcome.failure)
        return outcome.said

    def _let_rest(self, mapping: str) -> None:
        now = self._clock()
        self._resting = {one: until for one, until in self._resting.items() if until > now}
        self._resting[mapping] = now + self._rest


def _as_call(said: Mapping[str, str], form: OwnForm, headers: Mapping[str, str]) -> MadeCall:
    body = made(said, form)
    kept = {name: value for name, value in headers.items() if name != _SHAPE}
    return MadeCall(kept, msgspec.json.encode(body or {}), skipped=body is None)


def _payload(raw: bytes) -> msgspec.Raw:
    """Return any JSON on one line; what only lists and plain values hold is read strictly."""
    try:
        return msgspec.Raw(Payload.parse(raw, giants_in_part=True).json())
    except NotJson:
        try:
            return msgspec.Raw(msgspec.json.encode(msgspec.json.decode(raw)))
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise NotJson(str(error)) from error
