"""How fast calls may come: a bucket that fills as time goes by."""

import math
import time
from collections.abc import Callable


class Pace:
    """Lets *burst* calls through at once, and *per_second* in the long run."""

    def __init__(
        self,
        *,
        per_second: float = 50.0,
        burst: float = 200.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._left = burst
        self._at = clock()

    def wait(self) -> int:
        """Take one call in; return 0, or after how many seconds to come again."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return math.ceil((1 - self._left) / self._per_second)
        self._left -= 1
        return 0
