"""What commands and pages say to the task that asks sources, and learn of it."""

from collections.abc import Callable
from dataclasses import dataclass

from bridges.pulling.store import Pulls


@dataclass(frozen=True)
class Pulling:
    """What is known of sources, and how the task is told to look."""

    pulls: Pulls
    look: Callable[[], None]

    async def ask_soon(self, connection: str) -> None:
        """Have a source asked now, also one that was stopped or waits after failures."""
        await self.pulls.ask_soon(connection)
        self.look()
