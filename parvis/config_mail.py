"""The settings that say how letters go out and come in, and for how long an invitation is good."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from appservice.mail.settings import MailSecurity, MailSettings, is_address
from bridges.letterbox.settings import TOKEN, LetterSettings, LineSecurity, MailboxSettings
from parvis.setting_types import AddressOrNone, HostOrNone, Section

_LOOPBACK = re.compile(r"(127\.\d+\.\d+\.\d+|localhost|::1|\[::1\])\Z")


class MailSection(Section, frozen=True, kw_only=True):
    """A mail server, and in whose name it is asked to send."""

    host: HostOrNone = ""
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    security: MailSecurity = MailSecurity.STARTTLS
    sender: str = ""
    user: str = ""
    password: str = ""
    ca_certificates: str = ""

    def below(self, folder: Path) -> "MailSection":
        """Return the section with its relative path beginning at *folder*."""
        path = self.ca_certificates
        return msgspec.structs.replace(
            self, ca_certificates=str((folder / path).absolute()) if path else ""
        )

    def settings(self, organization: str) -> MailSettings | None:
        """Return how letters of *organization* go out, or None where none do."""
        if not self.host:
            return None
        return MailSettings(
            host=self.host,
            port=self.port,
            sender=self.sender,
            sender_name=" ".join(organization.split()),
            security=self.security,
            user=self.user,
            password=self.password,
            ca_certificates=self.ca_certificates,
        )


class IncomingMailSection(Section, frozen=True, kw_only=True):
    """Where letters to groups come in."""

    address: str = ""
    authserv_id: str = ""
    domains: tuple[str, ...] = ()
    largest_mb: Annotated[int, Meta(ge=1, le=200)] = 25
    lmtp_listen: AddressOrNone = ""
    host: HostOrNone = ""
    port: Annotated[int, Meta(ge=1, le=65535)] = 993
    security: LineSecurity = LineSecurity.TLS
    user: str = ""
    password: str = ""
    folder: str = "INBOX"
    ca_certificates: str = ""

    def below(self, folder: Path) -> "IncomingMailSection":
        """Return the section with its relative path beginning at *folder*."""
        path = self.ca_certificates
        return msgspec.structs.replace(
            self, ca_certificates=str((folder / path).absolute()) if path else ""
        )

    def settings(self, folder: Path | None = None) -> LetterSettings | None:
        """Return how letters come in, or None where none do; in *folder* they wait for their files."""
        if not self.address:
            return None
        return LetterSettings(
            address=self.address,
            authserv_id=self.authserv_id,
            domains=self.domains or (self.address.rpartition("@")[2],),
            lmtp_listen=self.lmtp_listen,
            mailbox=self._mailbox() if self.host else None,
            largest=self.largest_mb * 1024 * 1024,
            folder=folder,
        )

    def _mailbox(self) -> MailboxSettings:
        return MailboxSettings(
            host=self.host,
            port=self.port,
            user=self.user,
            security=self.security,
            password=self.password,
            folder=self.folder,
            ca_certificates=self.ca_certificates,
        )


class InvitationsSection(Section, frozen=True, kw_only=True):
    """How people are let in."""

    days: Annotated[int, Meta(ge=1, le=90)] = 14
    kept_days: Annotated[int, Meta(ge=1, le=3650)] = 90


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    return bool(_LOOPBACK.match(host))


def mail_faults(section: MailSection) -> Iterator[tuple[str, str]]:
    """Yield key and reason of what each value alone does not show."""
    if not section.host:
        return
    if not is_address(section.sender):
        yield "sender", "must be an e-mail address, like parvis@example.org"
    if section.security is MailSecurity.NONE and not is_loopback(section.host):
        yield "security", "must be tls or starttls; none is for loopback only"
    if bool(section.user) is not bool(section.password):
        yield "password", "and user belong together"


def incoming_faults(section: IncomingMailSection) -> Iterator[tuple[str, str]]:
    """Yield key and reason of what each value alone does not show."""
    if not section.address:
        for key in ("lmtp_listen", "host"):
            if getattr(section, key):
                yield "address", f"is missing; {key} brings no letter without it"
        return
    if section.address.count(TOKEN) != 1 or not is_address(section.address.replace(TOKEN, "a")):
        yield "address", "must be an e-mail address with {token}, like parvis+{token}@example.org"
    elif TOKEN in section.address.rpartition("@")[2]:
        yield "address", "must have {token} before the @"
    if not section.authserv_id:
        yield "authserv_id", "is missing: the name in your mail server's Authentication-Results"
    if not (section.lmtp_listen or section.host):
        yield "lmtp_listen", "or host must say where letters come from"
    if section.host and not (section.user and section.password):
        yield "password", "and user are missing"
    if section.security is LineSecurity.NONE and not is_loopback(section.host or "localhost"):
        yield "security", "must be tls or starttls; none is for loopback only"
