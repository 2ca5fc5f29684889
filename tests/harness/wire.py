"""A wire between a client and a server on which somebody listens."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from parvis.demo.synapse import free_port


@dataclass
class Wire:
    """What clients said over it, as it went by; *port* leads to the server."""

    server: int
    port: int = field(default_factory=free_port)
    said: bytearray = field(default_factory=bytearray)

    def changes(self) -> int:
        """Return how many calls went by that make a homeserver's rooms, or change them."""
        return sum(
            method != b"GET" and (b"/rooms/" in path or path.endswith(b"/createRoom"))
            for method, path in self._calls()
        )

    def questions(self) -> int:
        """Return how many calls went by that ask it something."""
        return sum(method == b"GET" for method, _ in self._calls())

    def _calls(self) -> list[tuple[bytes, bytes]]:
        # A request follows the body of the one before without a line between.
        return re.findall(rb"(GET|PUT|POST) (/_matrix/[^\s?]+)\S* HTTP/1\.1\r\n", bytes(self.said))

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, questions = await asyncio.open_connection("127.0.0.1", self.server)

        async def pass_on(source, target, heard: bytearray | None) -> None:
            with suppress(OSError):
                while piece := await source.read(65536):
                    if heard is not None:
                        heard += piece
                    target.write(piece)
                    await target.drain()
            target.close()

        await asyncio.gather(pass_on(reader, questions, self.said), pass_on(answers, writer, None))


@asynccontextmanager
async def tapped(port: int) -> AsyncIterator[Wire]:
    """Lend a wire to a port of the loopback interface."""
    wire = Wire(port)
    server = await asyncio.start_server(wire.carry, "127.0.0.1", wire.port)
    try:
        yield wire
    finally:
        server.close()
