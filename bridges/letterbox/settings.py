"""How letters come in, as the config says it."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

TOKEN = "{token}"  # noqa: S105 - a place, not a secret
"""Stands in the address for a connection's secret."""


class LineSecurity(StrEnum):
    """How the line to the mailbox is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True)
class MailboxSettings:
    """One mailbox that is read over IMAP."""

    host: str
    port: int
    user: str
    security: LineSecurity = LineSecurity.TLS
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    ca_certificates: str = ""
    """A file with the authority's certificate, if the system does not know it."""


@dataclass(frozen=True)
class LetterSettings:
    """What letters are addressed to, and whose word about them counts."""

    address: str
    """Like ``parvis+{token}@example.org``."""
    authserv_id: str
    """The name by which our mail server signs what it found out about a letter."""
    domains: tuple[str, ...] = ()
    """The organization's own."""
    lmtp_listen: str = ""
    mailbox: MailboxSettings | None = None
    largest: int = 25 * 1024 * 1024
    """Bytes of one letter."""
    folder: Path | None = None
    """Where letters with files wait until these are shown; None: files are named alone."""
