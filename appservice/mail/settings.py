"""How letters go out, as values; by itself, so that settings are read without what carries letters."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\Z")
_LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, without its brackets.


class MailSecurity(StrEnum):
    """How the line to the mail server is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True)
class MailSettings:
    """Which mail server, and in whose name letters go out."""

    host: str
    port: int
    sender: str
    sender_name: str = ""
    security: MailSecurity = MailSecurity.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    ca_certificates: str = ""
    """A file with the authority's certificate, if the system does not know it."""


def is_address(text: str) -> bool:
    """Tell whether a letter can be addressed to *text* (RFC 5321, without quoted or foreign signs)."""
    return len(text) <= _LONGEST_ADDRESS and bool(_ADDRESS.match(text))
