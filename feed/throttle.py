"""How often one address may be wrong: a bound on guessing that keeps nobody else out."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

from aiohttp import web

_MOST_ADDRESSES = 10_000


class Throttle:
    """Counts failures of each address; *most* within so many seconds, then it must wait."""

    def __init__(
        self, *, most: int, within: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._within = within
        self._clock = clock
        self._failures: OrderedDict[str, list[float]] = OrderedDict()

    def wait(self, address: str) -> float:
        """Return for how many seconds an address must wait, 0 for not at all."""
        recent = self._recent(address)
        return (
            0.0 if len(recent) < self._most else recent[-self._most] + self._within - self._clock()
        )

    def failed(self, address: str) -> None:
        """Count a failure."""
        self._failures[address] = [*self._recent(address), self._clock()][-self._most :]
        self._failures.move_to_end(address)
        if len(self._failures) > _MOST_ADDRESSES:
            self._failures.popitem(last=False)

    def _recent(self, address: str) -> list[float]:
        since = self._clock() - self._within
        return [one for one in self._failures.get(address, ()) if one > since]


def address_of(request: web.Request) -> str:
    """Return where a request comes from: behind a proxy on this machine, what that has noted last.

    Of an IPv6 address its first half: whoever has one has the whole network.
    """
    peer = request.remote or ""
    if _is_loopback(peer):
        peer = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or peer
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return ""
    if address.version == 6:  # noqa: PLR2004
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return str(address)


def _is_loopback(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
