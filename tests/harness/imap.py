"""A real IMAP server with one mailbox in memory, which can be away for a while."""

import asyncio
import imaplib
from argparse import ArgumentParser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer, IMAPService

from bridges.letterbox.settings import LineSecurity, MailboxSettings
from parvis.demo.synapse import free_port

USER, PASSWORD = "parvis", 'open "sesame" \\'


@dataclass
class ImapServer:
    """Letters are put in as a mail server would."""

    backend: DictBackend
    config: object
    port: int = field(default_factory=free_port)
    lines: int = 0
    _server: asyncio.Server | None = None
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def settings(self, **given: object) -> MailboxSettings:
        usual = {
            "host": "127.0.0.1",
            "port": self.port,
            "security": LineSecurity.NONE,
            "user": USER,
            "password": PASSWORD,
        }
        return MailboxSettings(**{**usual, **given})

    async def open(self) -> None:
        serve = IMAPServer(self.backend.login, self.config)

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.lines += 1
            self._writers.append(writer)
            await serve(reader, writer, SocketInfo.get(writer, None))

        self._server = await asyncio.start_server(connected, "127.0.0.1", self.port)

    async def close(self) -> None:
        """Go away as a machine does: every line breaks."""
        if self._server:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def put(self, *letters: EmailMessage | bytes) -> None:
        await asyncio.to_thread(self._put, letters)

    async def unread(self) -> int:
        """Return how many letters are not marked as read."""
        return await asyncio.to_thread(self._unread)

    def _put(self, letters) -> None:
        with imaplib.IMAP4("127.0.0.1", self.port) as client:
            client.login(USER, PASSWORD)
            for one in letters:
                raw = one if isinstance(one, bytes) else one.as_bytes()
                client.append("INBOX", None, None, raw)

    def _unread(self) -> int:
        with imaplib.IMAP4("127.0.0.1", self.port) as client:
            client.login(USER, PASSWORD)
            client.select("INBOX", readonly=True)
            return len(client.search(None, "UNSEEN")[1][0].split())


@asynccontextmanager
async def open_imap() -> AsyncIterator[ImapServer]:
    """Lend a server with an empty mailbox."""
    parser = ArgumentParser()
    parser.set_defaults(debug=False, passlib_cfg=None)
    IMAPService.add_arguments(parser)
    DictBackend.add_subparser("dict", parser.add_subparsers(dest="backend"))
    args = parser.parse_args(["--no-tls", "dict", "--demo-user", USER, "--demo-password", PASSWORD])
    backend, config = await DictBackend.init(args, secure_auth=False)
    server = ImapServer(backend, config)
    await server.open()
    try:
        yield server
    finally:
        await server.close()
