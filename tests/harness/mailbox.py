"""A real mail server on a port of its own, that keeps what it is given."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP

from parvis.demo.synapse import free_port


@dataclass
class Mailbox:
    """Letters by their recipient, in the order in which they came."""

    port: int
    letters: dict[str, list[EmailMessage]] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    """What the server answers to these recipients."""
    silent: bool = False
    """Whether it takes a letter and never says so."""
    connections: int = 0
    _server: asyncio.Server | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        make = lambda: SMTP(self, hostname="mail.test", enable_SMTPUTF8=False)  # noqa: E731
        self._server = await loop.create_server(make, "127.0.0.1", self.port)

    async def close(self) -> None:
        if self._server:
            self._server.close()

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if refusal := self.refusals.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        letter = message_from_bytes(envelope.content, policy=default)
        for recipient in envelope.rcpt_tos:
            self.letters.setdefault(recipient, []).append(letter)
        if self.silent:
            await asyncio.Event().wait()
        return "250 OK"


@asynccontextmanager
async def open_mailbox() -> AsyncIterator[Mailbox]:
    """Lend a mail server."""
    mailbox = Mailbox(free_port())
    await mailbox.open()
    try:
        yield mailbox
    finally:
        await mailbox.close()
