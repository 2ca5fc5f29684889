"""Hands the letters of the tray to a mail server, one after the other over one line (RFC 5321).

    MAIL FROM, RCPT TO --> COMMIT "handed" --> DATA, text, "." --> COMMIT how it ended

Up to the first commit a letter that fails is tried again; from there on only if the server said no.
"""

import asyncio
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, localtime

import aiosmtplib
import structlog
from aiosmtplib import SMTPException, SMTPResponseException

from appservice.mail.settings import MailSecurity, MailSettings
from appservice.mail.tray import Mail, MailState, MailTray, Waiting

_BATCH = 50
_TIMEOUT = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 60_000, 3600_000
"""Milliseconds between two tries of one letter: servers that let strangers wait want minutes."""
_RECONNECT, _LONGEST_RECONNECT = 2.0, 300.0
_LASTING = 500

log = structlog.get_logger(__name__)


class MailCarrier:
    """The task that empties the tray."""

    def __init__(
        self,
        *,
        tray: MailTray,
        settings: MailSettings,
        clock: Callable[[], int] = lambda: int(time.time() * 1000),
    ) -> None:
        self._tray = tray
        self._settings = settings
        self._clock = clock
        self._wake = asyncio.Event()
        self._pause = _RECONNECT

    def wake(self) -> None:
        """Tell that the tray has something new."""
        self._wake.set()

    async def carry_for_ever(self) -> None:
        """Send what waits, whenever something does; what is in doubt from before stays where it is."""
        await self._tray.doubt()
        while True:
            self._wake.clear()
            try:
                await self.carry()
                self._pause = _RECONNECT
                pause = await self._until_due()
            except (SMTPException, OSError, ssl.SSLError) as error:
                # Without its text: servers repeat addresses in it.
                log.warning("the mail server cannot be used", error=type(error).__name__)
                pause, self._pause = self._pause, min(self._pause * 2, _LONGEST_RECONNECT)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)

    async def carry(self) -> None:
        """Send everything that is due; raise what the mail server or the line to it raises."""
        while waiting := await self._tray.due(self._clock(), limit=_BATCH):
            line = self._line()
            await line.connect()
            try:
                for one in waiting:
                    await self._send(line, one)
            finally:
                await _hang_up(line)

    async def _until_due(self) -> float | None:
        due = await self._tray.next_due()
        return None if due is None else max(0.05, (due - self._clock()) / 1000)

    def _line(self) -> aiosmtplib.SMTP:
        settings, security = self._settings, self._settings.security
        secure = security is not MailSecurity.NONE
        context = ssl.create_default_context(cafile=settings.ca_certificates or None)
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.user or None,
            password=settings.password or None,
            use_tls=security is MailSecurity.TLS,
            start_tls=security is MailSecurity.STARTTLS,
            tls_context=context if secure else None,
            timeout=_TIMEOUT,
        )

    async def _send(self, line: aiosmtplib.SMTP, waiting: Waiting) -> None:
        mail = waiting.mail
        if mail.until <= self._clock():
            await self._tray.settle(mail.key, MailState.REFUSED)
            return
        try:
            await line.mail(self._settings.sender)
            await line.rcpt(mail.recipient)
        except SMTPResponseException as error:
            await self._refused(line, waiting, error)
            return
        if not await self._tray.hand(mail.key):
            await line.rset()
            return
        try:
            await line.data(self._wire(mail))
        except SMTPResponseException as error:
            await self._refused(line, waiting, error)
        except (SMTPException, OSError):
            await self._tray.settle(mail.key, MailState.DOUBTFUL)
            raise
        else:
            await self._tray.settle(mail.key, MailState.SENT)

    async def _refused(
        self, line: aiosmtplib.SMTP, waiting: Waiting, error: SMTPResponseException
    ) -> None:
        """Give up, or try again later, as the class of the answer says (RFC 5321, 4.2.1)."""
        key = waiting.mail.key
        # A refused sender or login is ours to mend: the letters wait.
        if error.code >= _LASTING and not isinstance(error, aiosmtplib.SMTPSenderRefused):
            log.info("the mail server refused a letter for good", code=error.code)
            await self._tray.settle(key, MailState.REFUSED)
        else:
            pause = min(_FIRST_PAUSE * 2**waiting.tries, _LONGEST_PAUSE)
            await self._tray.put_off(key, due=self._clock() + pause)
        await line.rset()

    def _wire(self, mail: Mail) -> bytes:
        message = EmailMessage(policy=WIRE)
        domain = self._settings.sender.partition("@")[2]
        message["From"] = Address(self._settings.sender_name, addr_spec=self._settings.sender)
        message["To"] = Address(addr_spec=mail.recipient)
        message["Subject"] = " ".join(mail.subject.split())
        message["Date"] = format_datetime(localtime())
        message["Message-ID"] = f"<{mail.name}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note answers it.
        message.set_content(mail.text)
        return message.as_bytes()


async def _hang_up(line: aiosmtplib.SMTP) -> None:
    with suppress(SMTPException, OSError):
        await line.quit()
    line.close()
