"""A real mail server on a port of its own, that keeps what it is given."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from parvis.demo.synapse import free_port


@dataclass(frozen=True)
class ServerTls:
    """How a server protects its line and asks who comes; *at_once*: from the first byte on."""

    certificate: Path
    key: Path
    at_once: bool
    user: str
    password: str

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


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
    tls: ServerTls | None = None
    logins: list[str] = field(default_factory=list)
    _server: asyncio.Server | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        at_once = self.tls.context() if self.tls and self.tls.at_once else None
        self._server = await loop.create_server(
            self._server_side, "127.0.0.1", self.port, ssl=at_once
        )

    def _server_side(self) -> SMTP:
        if self.tls is None:
            return SMTP(self, hostname="mail.test", enable_SMTPUTF8=False)
        later = None if self.tls.at_once else self.tls.context()
        return SMTP(
            self,
            hostname="mail.test",
            enable_SMTPUTF8=False,
            tls_context=later,
            require_starttls=later is not None,
            # Where the line is encrypted from the first byte on, aiosmtpd does not know that it is.
            auth_required=later is not None,
            auth_require_tls=later is not None,
            authenticator=self._let_in,
        )

    def _let_in(self, _server, _session, _envelope, _mechanism, given) -> AuthResult:
        known = given == LoginPassword(self.tls.user.encode(), self.tls.password.encode())
        self.logins += [given.login.decode()] if known else []
        return AuthResult(success=known, handled=False)

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
async def open_mailbox(*, tls: ServerTls | None = None) -> AsyncIterator[Mailbox]:
    """Lend a mail server."""
    mailbox = Mailbox(free_port(), tls=tls)
    await mailbox.open()
    try:
        yield mailbox
    finally:
        await mailbox.close()
