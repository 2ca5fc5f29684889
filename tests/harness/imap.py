"""A real IMAP server with one mailbox in memory, which can be away for a while."""

import asyncio
import imaplib
import ssl
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
from tests.harness.mailbox import ServerTls

USER, PASSWORD = "parvis", 'open "sesame" \\'


@dataclass
class ImapServer:
    """Letters are put in as a mail server would."""

    backend: DictBackend
    config: object
    port: int = field(default_factory=free_port)
    lines: int = 0
    tls: ServerTls | None = None
    _server: asyncio.Server | None = None
    _transports: list[asyncio.BaseTransport] = field(default_factory=list)

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
            transport = writer.transport
            self._transports.append(transport)
            try:
                await serve(reader, writer, SocketInfo.get(writer, None))
            finally:
                if writer.transport is None:
                    # Where a handshake fails asyncio forgets the line, and stumbles over that.
                    writer._transport = transport

        at_once = self.tls.context() if self.tls and self.tls.at_once else None
        self._server = await asyncio.start_server(connected, "127.0.0.1", self.port, ssl=at_once)

    async def close(self) -> None:
        """Go away as a machine does: every line breaks."""
        if self._server:
            self._server.close()
        for transport in self._transports:
            transport.abort()
        self._transports.clear()

    async def put(self, *letters: EmailMessage | bytes) -> None:
        await asyncio.to_thread(self._put, letters)

    async def unread(self) -> int:
        """Return how many letters are not marked as read."""
        return await asyncio.to_thread(self._unread)

    def _put(self, letters) -> None:
        with self._client() as client:
            for one in letters:
                raw = one if isinstance(one, bytes) else one.as_bytes()
                client.append("INBOX", None, None, raw)

    def _unread(self) -> int:
        with self._client() as client:
            client.select("INBOX", readonly=True)
            return len(client.search(None, "UNSEEN")[1][0].split())

    def _client(self) -> imaplib.IMAP4:
        """Return a line of our own, signed in; it trusts this server's certificate alone."""
        if self.tls is None:
            client = imaplib.IMAP4("127.0.0.1", self.port)
        else:
            context = ssl.create_default_context(cafile=str(self.tls.certificate))
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            if self.tls.at_once:
                client = imaplib.IMAP4_SSL("localhost", self.port, ssl_context=context)
            else:
                client = imaplib.IMAP4("localhost", self.port)
                client.starttls(context)
        client.login(USER, PASSWORD)
        return client


@asynccontextmanager
async def open_imap(*, tls: ServerTls | None = None) -> AsyncIterator[ImapServer]:
    """Lend a server with an empty mailbox."""
    parser = ArgumentParser()
    parser.set_defaults(debug=False, passlib_cfg=None)
    IMAPService.add_arguments(parser)
    DictBackend.add_subparser("dict", parser.add_subparsers(dest="backend"))
    upgrading = tls and not tls.at_once
    lines = ["--cert", str(tls.certificate), "--key", str(tls.key)] if upgrading else ["--no-tls"]
    mailbox = ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
    args = parser.parse_args([*lines, *mailbox])
    backend, config = await DictBackend.init(args, secure_auth=False)
    server = ImapServer(backend, config, tls=tls)
    await server.open()
    try:
        yield server
    finally:
        await server.close()
