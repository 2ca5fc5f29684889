"""Whether letters to groups can come in: the mailbox is tried, and who may reach the door."""

from collections.abc import AsyncIterator

from appservice.languages import N_
from bridges.letterbox.line import MailboxAway, MailboxRefused, open_line
from bridges.letterbox.settings import MailboxSettings
from parvis.config import Config
from parvis.config_mail import is_loopback
from parvis.doctor.findings import Finding, Pen


async def letter_findings(config: Config, pen: Pen) -> AsyncIterator[Finding]:
    """Yield what is found; nothing where no letters come in."""
    settings = config.incoming_mail.settings()
    if settings is None:
        return
    if settings.lmtp_listen and not is_loopback(settings.lmtp_listen.rpartition(":")[0]):
        yield pen.warning(
            N_("letters are taken in at {address}, from whoever reaches it"),
            N_("let nobody but your mail server reach it, or listen on 127.0.0.1"),
            address=settings.lmtp_listen,
        )
    if settings.mailbox:
        yield await _mailbox(settings.mailbox, pen)


async def _mailbox(settings: MailboxSettings, pen: Pen) -> Finding:
    try:
        async with open_line(settings):
            return pen.fine(N_("mailbox {user} at {host}"), user=settings.user, host=settings.host)
    except MailboxRefused as error:
        return pen.fault(
            N_("{host} refuses: {why}"),
            N_("correct user, password and folder below incoming_mail"),
            host=settings.host,
            why=error,
        )
    except MailboxAway as error:
        return pen.fault(
            N_("the mailbox at {host} cannot be reached: {why}"),
            N_("look at host, port, security and ca_certificates below incoming_mail"),
            host=settings.host,
            why=error,
        )
