"""Calls a server as fast as it answers, from this process: no server runs in it.

Requests are bytes made beforehand, each connection sends its next one when the answer is there,
so the caller's own work is small beside the server's, and the same for both sides.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

_COME_AGAIN = b"HTTP/1.1 503"
"""Once after its start Parvis refuses a push, so that what got stuck is sent too."""


@dataclass(frozen=True)
class Burst:
    """How a burst of calls went; *times* are the seconds that each took, sorted."""

    seconds: float
    times: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """How many calls were answered in a second."""
        return len(self.times) / self.seconds

    def quantile(self, share: float) -> float:
        """The seconds within which *share* of the calls were answered."""
        return self.times[min(int(len(self.times) * share), len(self.times) - 1)]


def request(
    method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """A request as it goes over the wire."""
    parts = urlsplit(url)
    lines = [f"{method} {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1"]
    lines += [f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def burst(url: str, requests: Sequence[bytes], *, at_once: int) -> Burst:
    """Send *requests* over *at_once* connections; every answer must be a 200."""
    parts, waiting, times = urlsplit(url), iter(requests), list[float]()
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(_one_after_the_other(parts.hostname, parts.port, waiting, times))
    return Burst(time.perf_counter() - started, tuple(sorted(times)))


async def _one_after_the_other(
    host: str | None, port: int | None, waiting: Iterator[bytes], times: list[float]
) -> None:
    reader, writer = await asyncio.open_connection(host, port, limit=2**22)
    try:
        for one in waiting:
            started = time.perf_counter()
            head, _ = await answer(reader, writer, one)
            while head.startswith(_COME_AGAIN):
                head, _ = await answer(reader, writer, one)
            assert head.startswith(b"HTTP/1.1 200"), head
            times.append(time.perf_counter() - started)
    finally:
        writer.close()


async def answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, one: bytes
) -> tuple[bytes, bytes]:
    """Send a request; return the head of its answer, and the body."""
    writer.write(one)
    head = await reader.readuntil(b"\r\n\r\n")
    return head, await _read_body(reader, head.lower())


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    _, found, rest = head.partition(b"content-length:")
    if found:
        return await reader.readexactly(int(rest.partition(b"\r\n")[0]))
    # Synapse sends in pieces, each after its length; the last is empty.
    read = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        read += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return read
