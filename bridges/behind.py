"""Brings cards up to date that wait behind digests, some at a time."""

import time
from collections.abc import Awaitable, Callable

from bridges.base import App
from bridges.casebook import Casebook, CaseKey
from bridges.connection import Connection
from bridges.teller import Teller

_AT_ONCE = 50


class Behind:
    """Knows when to look again, and after which card."""

    def __init__(
        self,
        *,
        casebook: Casebook,
        teller: Teller,
        place: Callable[[str], Awaitable[tuple[Connection, App] | None]],
        gap: float,
    ) -> None:
        """*place* finds a connection and its app by its id; *gap* is the seconds between two looks."""
        self._casebook = casebook
        self._teller = teller
        self._place = place
        self._gap = gap
        self._at = 0.0
        self._after: CaseKey = ("", "")

    async def catch_up(self) -> float:
        """Bring some up to date; return the seconds until more should be, or 0 if none waits."""
        if (left := self._at - time.time()) > 0:
            return left
        self._at = time.time() + self._gap
        behind = await self._casebook.behind(limit=_AT_ONCE, after=self._after)
        # Those of a room that stays crowded must not hide the others.
        self._after = behind[-1] if len(behind) == _AT_ONCE else ("", "")
        if behind:
            await self._teller.catch_up({key: await self._place(key[0]) for key in behind})
        return self._gap if behind else 0.0
