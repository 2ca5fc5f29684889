"""Letters as programs write them, and a mail server that hands them over by LMTP."""

import asyncio
import re
import smtplib
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.utils import format_datetime, localtime

from bridges.letterbox.settings import LetterSettings
from parvis.demo.synapse import free_port

SERVER = "mx.example.org"
PROVED = f"{SERVER}; dmarc=pass header.from=example.org"


def letter_settings(**given: object) -> LetterSettings:
    """Return settings with a door on a free port."""
    usual = {
        "address": "parvis+{token}@example.org",
        "authserv_id": SERVER,
        "domains": ("example.org",),
        "lmtp_listen": f"127.0.0.1:{free_port()}",
    }
    return LetterSettings(**{**usual, **given})


def letter(
    subject: str,
    text: str,
    *,
    by: str = "Ana Lopes <ana@example.org>",
    to: str = "parvis@example.org",
    proof: str = PROVED,
    headers: Mapping[str, str] | None = None,
) -> EmailMessage:
    """Return a letter as our mail server passes it on; *headers* are more of them."""
    made = EmailMessage()
    if proof:
        made["Authentication-Results"] = proof
    made["From"], made["To"], made["Subject"] = by, to, subject
    made["Date"] = format_datetime(localtime())
    for name, value in (headers or {}).items():
        made[name] = value
    made.set_content(text)
    return made


def _hand_over(
    listen: str, raw: bytes, recipients: Sequence[str], sender: str
) -> dict[str, tuple[int, str]]:
    """Say one letter by LMTP and return what is answered for each recipient (RFC 2033)."""
    host, _, port = listen.rpartition(":")
    answers: dict[str, tuple[int, str]] = {}
    with smtplib.LMTP(host, int(port), timeout=20) as line:
        line.ehlo()
        line.mail(sender)
        taken = []
        for recipient in recipients:
            code, said = line.rcpt(recipient)
            if code == 250:
                taken.append(recipient)
            else:
                answers[recipient] = (code, said.decode())
        if not taken:
            return answers
        assert line.docmd("DATA")[0] == 354
        line.send(re.sub(rb"(?m)^\.", b"..", re.sub(rb"\r?\n", b"\r\n", raw)))
        line.send(b"\r\n.\r\n")
        for recipient in taken:
            code, said = line.getreply()
            answers[recipient] = (code, said.decode())
    return answers


async def hand_over(
    listen: str,
    made: EmailMessage | bytes,
    *recipients: str,
    sender: str = "<ana@example.org>",
) -> dict[str, tuple[int, str]]:
    """See above; it runs beside the loop that answers."""
    raw = made if isinstance(made, bytes) else made.as_bytes()
    return await asyncio.to_thread(_hand_over, listen, raw, recipients, sender)
