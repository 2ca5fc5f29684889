"""The settings that say how letters go out, and for how long an invitation is good."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from appservice.mail.settings import MailSecurity, MailSettings, is_address
from parvis.setting_types import HostOrNone, Section

_LOOPBACK = re.compile(r"(127\.\d+\.\d+\.\d+|localhost|::1)\Z")


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


class InvitationsSection(Section, frozen=True, kw_only=True):
    """How people are let in."""

    days: Annotated[int, Meta(ge=1, le=90)] = 14
    kept_days: Annotated[int, Meta(ge=1, le=3650)] = 90


def mail_faults(section: MailSection) -> Iterator[tuple[str, str]]:
    """Yield key and reason of what each value alone does not show."""
    if not section.host:
        return
    if not is_address(section.sender):
        yield "sender", "must be an e-mail address, like parvis@example.org"
    if section.security is MailSecurity.NONE and not _LOOPBACK.match(section.host):
        yield "security", "must be tls or starttls; none is for loopback only"
    if bool(section.user) is not bool(section.password):
        yield "password", "and user belong together"
