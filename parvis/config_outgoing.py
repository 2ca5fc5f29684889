"""The settings of calls that Parvis makes itself: to feeds and to the APIs of apps."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from appservice.outgoing_settings import OutgoingSettings
from parvis.setting_types import ProxyUrlOrNone, Section

_HOST = re.compile(r"[^\s/@:\[\]]+|[0-9a-fA-F:]+")


class OutgoingSection(Section, frozen=True, kw_only=True):
    """By which way calls leave, and which inner hosts they may reach."""

    proxy: ProxyUrlOrNone = ""
    ca_certificates: str = ""
    private_hosts: tuple[str, ...] = ()

    def below(self, folder: Path) -> "OutgoingSection":
        """Return the section with its relative path beginning at *folder*."""
        path = self.ca_certificates
        return msgspec.structs.replace(
            self, ca_certificates=str((folder / path).absolute()) if path else ""
        )

    def settings(self) -> OutgoingSettings:
        """Return what the client is built with."""
        return OutgoingSettings(self.proxy, self.ca_certificates, self.private_hosts)


def outgoing_faults(section: OutgoingSection) -> Iterator[tuple[str, str]]:
    """Yield key and reason of what each value alone does not show."""
    for host in section.private_hosts:
        if not _HOST.fullmatch(host):
            yield "private_hosts", f"{host!r} is not a host alone, like git.example.org or 10.0.0.7"
