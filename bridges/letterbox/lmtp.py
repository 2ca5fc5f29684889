"""The door for the organization's own mail server: LMTP, each recipient answered by itself.

    RCPT TO --> is it one of ours? 250 or 550     DATA --> COMMIT for each --> 250 or 451 for each

Never for the internet: whoever reaches it is believed what it says in our mail server's name.
Source: RFC 2033 (LMTP), RFC 5321 (answers), RFC 3463 (their second number).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import SQLAlchemyError

from appservice.errors import CannotListen, ConfigError
from bridges.connection import ConnectionState
from bridges.letterbox.addresses import Addresses
from bridges.letterbox.intake import Intake, letters

_TAKEN = "250 2.0.0 taken in"
_LATER = "451 4.3.0 cannot be kept now, come again"
_UNKNOWN = "550 5.1.1 no such address"
_PAUSED = "450 4.2.1 takes no letters for a while"
_TOO_LARGE = "552 5.3.4 too large"
_MOST_RECIPIENTS = 200
_PATIENCE = 120.0

log = structlog.get_logger(__name__)


class Door:
    """What is done with each recipient and each letter (aiosmtpd's handler)."""

    def __init__(self, *, addresses: Addresses, intake: Intake) -> None:
        self._addresses = addresses
        self._intake = intake

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Say at once whether a letter to *address* would be taken."""
        if len(envelope.rcpt_tos) >= _MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        try:
            refusal = await self._refusal(address)
        except (SQLAlchemyError, OSError, ConfigError):
            log.exception("a recipient cannot be looked up")
            return _LATER
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 known"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Return an answer for each recipient, in their order, a line each."""
        answers = []
        for address in envelope.rcpt_tos:
            try:
                answers.append(await self._take_in(address, envelope))
            except (SQLAlchemyError, OSError, ConfigError):
                log.exception("a letter cannot be stored")
                answers.append(_LATER)
            letters.labels("lmtp", answers[-1][:3]).inc()
        return "\r\n".join(answers)

    async def handle_exception(self, error: Exception) -> str:
        """Let the mail server come again, and tell it nothing of what happened here."""
        log.error("a letter cannot be taken in", exc_info=error)
        return _LATER

    async def _refusal(self, address: str) -> str:
        tokens = self._addresses.tokens_in(address)
        connection = await self._addresses.find(tokens[0]) if len(tokens) == 1 else None
        if connection is None:
            return _UNKNOWN
        # Our mail server keeps it meanwhile, so nothing that is sent in a pause is lost.
        return _PAUSED if connection.state is ConnectionState.PAUSED else ""

    async def _take_in(self, address: str, envelope: Envelope) -> str:
        if refusal := await self._refusal(address):
            return refusal  # Between the address and the letter its owner may have changed it.
        connection = await self._addresses.find(self._addresses.tokens_in(address)[0])
        content = envelope.content
        if connection is None or not isinstance(content, bytes):
            return _UNKNOWN
        path = (envelope.mail_from or "").strip("<>")
        await self._intake.take_in(connection, content, return_path=path)
        return _TAKEN


class _Server(LMTP):
    """LMTP as RFC 2033 has it: what is said of a letter is said once for each recipient."""

    line_length_limit = 1024 * 1024
    """Bytes: letters with longer lines than are allowed are read all the same."""
    _owed = 0
    """How many answers are due after a letter."""

    async def push(self, status: str | bytes) -> None:
        """See SMTP; the first answer after a letter is given for each of its recipients."""
        text = status if isinstance(status, str) else status.decode("ascii", "replace")
        owed, self._owed = self._owed, 0
        if owed:
            text = _TOO_LARGE if text.startswith("552") else text
            text = text if "\r\n" in text else "\r\n".join([text] * owed)
        elif text.startswith("354") and self.envelope is not None:
            # Before the answer they are forgotten.
            self._owed = len(self.envelope.rcpt_tos)
        await super().push(text)


@asynccontextmanager
async def open_door(address: str, door: Door, *, largest: int) -> AsyncIterator[None]:
    """Take letters in at *address* (host:port); leaving it lets in no more."""
    host, _, port = address.rpartition(":")
    loop = asyncio.get_running_loop()

    def make() -> _Server:
        return _Server(
            door,
            data_size_limit=largest,
            hostname="parvis",
            ident="Parvis LMTP",
            enable_SMTPUTF8=True,
            timeout=_PATIENCE,
            loop=loop,
        )

    try:
        server = await loop.create_server(make, host.strip("[]"), int(port))
    except OSError as error:
        raise CannotListen(address, error.strerror or str(error)) from error
    try:
        yield
    finally:
        server.close()
