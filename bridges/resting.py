"""Calls that rest: taken in within the quiet hours of their connection, told when these are over."""

import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from appservice.errors import UnknownConnection
from bridges.connection import Connection, Connections
from bridges.deliveries import Deliveries
from bridges.options import asks_for
from bridges.quiet import is_quiet
from bridges.reader import Said


class Resting:
    """Knows which calls rest, and wakes them."""

    def __init__(
        self,
        *,
        connections: Connections,
        deliveries: Deliveries,
        zone: ZoneInfo,
        every: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """*every* so many seconds it is looked whether the quiet is over."""
        self._connections = connections
        self._deliveries = deliveries
        self._zone = zone
        self._every = every
        self._clock = clock
        self._look_at: float | None = 0.0
        """When to look, in seconds since 1970; None: nothing rests."""

    def holds(self, said: Said) -> bool:
        """Tell whether what was *said* is to rest; then it must be looked after."""
        options = said.connection.options
        rests = self._is_quiet(said.connection) and not asks_for(said.reading.event, options.urgent)
        if rests and self._look_at is None:
            self._look_at = self._clock() + self._every
        return rests

    async def wake(self) -> bool:
        """Let calls whose quiet is over wait for their turn, if it is time to look; tell whether
        some do now.
        """
        if self._look_at is None or self._look_at > self._clock():
            return False
        resting = await self._deliveries.resting()
        over = [name for name in resting if not await self._rests_on(name)]
        if over:
            await self._deliveries.awake(over)
        self._look_at = self._clock() + self._every if len(over) < len(resting) else None
        return bool(over)

    def pause(self) -> float | None:
        """Return the seconds until the next look, None if nothing rests."""
        return None if self._look_at is None else max(self._look_at - self._clock(), 0.01)

    async def _rests_on(self, identifier: str) -> bool:
        try:
            return self._is_quiet(await self._connections.get(identifier))
        except UnknownConnection:
            return False

    def _is_quiet(self, connection: Connection) -> bool:
        now = datetime.fromtimestamp(self._clock(), self._zone)
        return is_quiet(connection.options.quiet, now)
