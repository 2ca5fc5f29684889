"""Whether the homeserver answers: its calls tell, and where they are silent a light one asks.

    a call is answered (any status below 500) -> here
    a call is not                             -> doubt -> GET /versions decides, asked twice
    nothing was heard for a while             ->          GET /versions decides
    away                                      -> GET /versions again and again until it answers

One failed call proves nothing: a join over federation may answer 502 while all is well here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from appservice.errors import HomeserverError, Unreachable

_QUIET = 1.0
"""Seconds. A homeserver that ends and starts again within them is not noticed to have been away."""
_BETWEEN_TRIES = 1.0


class Reachability:
    """What the homeserver's calls note and pages read; `watch` is the task that asks."""

    def __init__(self) -> None:
        self._away = False
        self._heard = 0.0
        self._doubt = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []

    @property
    def away(self) -> bool:
        """Tell whether the homeserver does not answer."""
        return self._away

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call *listener* whenever the homeserver goes or comes back."""
        self._listeners.append(listener)

    def answered(self) -> None:
        """Note that a call was answered, however it was."""
        self._heard = asyncio.get_running_loop().time()
        self._become(away=False)

    def failed(self) -> None:
        """Note that a call was not answered."""
        self._doubt.set()

    async def watch(self, ask: Callable[[], Awaitable[object]]) -> None:
        """Run for ever; *ask* makes one light call, which notes its own outcome."""
        while True:
            await self._wait()
            # A line that broke, or a machine that was busy for a moment, is no outage.
            if not await _answers(ask) and (self._away or not await _answers(ask)):
                self._become(away=True)
            self._doubt.clear()

    async def _wait(self) -> None:
        """Return when it is time to ask."""
        loop = asyncio.get_running_loop()
        if self._away:
            await asyncio.sleep(_BETWEEN_TRIES)
            return
        while not self._doubt.is_set() and (left := self._heard + _QUIET - loop.time()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._doubt.wait(), left)

    def _become(self, *, away: bool) -> None:
        if away is self._away:
            return
        self._away = away
        for listener in self._listeners:
            listener()


async def _answers(ask: Callable[[], Awaitable[object]]) -> bool:
    """Tell whether there is an answer; a refusal is one too."""
    try:
        await ask()
    except Unreachable:
        return False
    except HomeserverError:
        pass
    return True
