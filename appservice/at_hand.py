"""What was read a moment ago, so that a burst of equal questions asks the database once.

get(key) --> known, and younger than a second --> that
`-> read --> kept, unless something was changed while it was read
"""

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_SECONDS = 1.0
_MOST = 1000


class AtHand(Generic[T]):
    """Rows of one kind, by key, each as it was within the last second."""

    def __init__(
        self, read: Callable[[str], Awaitable[T]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """*read* returns one row, or raises; *clock* gives seconds that never go back."""
        self._read = read
        self._clock = clock
        self._known: dict[str, tuple[float, T]] = {}
        self._changes = 0

    async def get(self, key: str) -> T:
        """Return the row, or raise what reading it raises."""
        if (known := self._known.get(key)) and self._clock() < known[0]:
            return known[1]
        before = self._changes
        found = await self._read(key)
        # What was read while something was written may be old already.
        if self._changes == before:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = (self._clock() + _SECONDS, found)
        return found

    def changed(self, key: str) -> None:
        """Have the row read anew by whoever asks from now on."""
        self._changes += 1
        self._known.pop(key, None)
