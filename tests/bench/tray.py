"""Looks into a running program's trays, from outside, to wait until its work is done."""

import sqlite3
from pathlib import Path

from tests.harness.wait import until

_WAITING = {
    "deliveries": "SELECT count(*) FROM deliveries WHERE state = 0",
    "outbox": "SELECT count(*) FROM outbox WHERE state = 0",
    "events": "SELECT count(*) FROM event_inbox WHERE state = 0",
}


class Tray:
    """The SQLite file of an installation in *folder*, opened to read only."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(f"file:{folder}/data/parvis.db?mode=ro", uri=True)

    def count(self, query: str) -> int:
        """The number that *query* yields."""
        return int(self._database.execute(query).fetchone()[0])

    def waiting(self, *trays: str) -> int:
        """How many rows wait in *trays*, or in all."""
        return sum(self.count(_WAITING[name]) for name in trays or _WAITING)

    def __str__(self) -> str:
        return ", ".join(f"{self.count(query)} {name}" for name, query in _WAITING.items())

    async def empty(self, *trays: str, within: float = 120.0) -> None:
        """Wait until nothing waits in *trays*, or in any."""

        async def nothing() -> bool:
            return self.waiting(*trays) == 0

        try:
            await until(nothing, "the trays are empty", within=within)
        except AssertionError as error:
            raise AssertionError(f"still waiting after {within:g} s: {self}") from error

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()
