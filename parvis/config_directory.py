"""The settings that say which directory tells of people, and how it is read."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from parvis.setting_types import AddressOrNone, BaseUrlOrNone, LdapUrlOrNone, SecretOrNone, Section
from spaces.rosters.mapping import ACCOUNTS, PeopleRules


class DirectoryKind(StrEnum):
    """Where people come from."""

    NONE = "none"
    FILE = "file"
    KEYCLOAK = "keycloak"
    SCIM = "scim"
    LDAP = "ldap"


class KeycloakSection(Section, frozen=True, kw_only=True):
    """A realm of Keycloak, and the client that reads it."""

    url: BaseUrlOrNone = ""
    realm: str = ""
    client_id: str = "parvis"
    client_secret: SecretOrNone = ""


class ScimSection(Section, frozen=True, kw_only=True):
    """The door for identity providers that push people."""

    token: SecretOrNone = ""
    listen: AddressOrNone = ""


class LdapSection(Section, frozen=True, kw_only=True):
    """An LDAP server, and what is read of it."""

    url: LdapUrlOrNone = ""
    start_tls: bool = False
    ca_certificates: str = ""
    bind_dn: str = ""
    password: str = ""
    base: str = ""
    filter: str = "(objectClass=person)"
    username: str = "uid"
    name: str = "cn"
    email: str = "mail"
    more: tuple[str, ...] = ()
    page_size: Annotated[int, Meta(ge=1, le=5000)] = 500


class DirectorySection(Section, frozen=True, kw_only=True):
    """Which directory, and how its people become accounts."""

    source: DirectoryKind = DirectoryKind.NONE
    accounts: str = ACCOUNTS
    staff: str = ""
    attributes: Mapping[str, str | tuple[str, ...]] = {}
    largest_loss: Annotated[int, Meta(ge=1, le=100)] = 20
    every_minutes: Annotated[int, Meta(ge=1, le=24 * 60)] = 10
    file: str = ""
    keycloak: KeycloakSection = KeycloakSection()
    scim: ScimSection = ScimSection()
    ldap: LdapSection = LdapSection()

    def below(self, folder: Path) -> "DirectorySection":
        """Return the section with its relative paths beginning at *folder*."""

        def absolute(path: str) -> str:
            return str((folder / path).absolute()) if path else ""

        authority = absolute(self.ldap.ca_certificates)
        ldap = msgspec.structs.replace(self.ldap, ca_certificates=authority)
        return msgspec.structs.replace(self, file=absolute(self.file), ldap=ldap)

    def rules(self, server: str) -> PeopleRules:
        """Return how entries become people of the homeserver *server*."""
        renamed = {
            ours: (theirs,) if isinstance(theirs, str) else theirs
            for ours, theirs in self.attributes.items()
        }
        return PeopleRules(server, accounts=self.accounts, staff=self.staff, renamed=renamed)


_PRIVATE = re.compile(r"ldaps:|ldap://(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?\Z|\Z")

_NEEDED: Mapping[DirectoryKind, tuple[str, ...]] = {
    DirectoryKind.FILE: ("file",),
    DirectoryKind.KEYCLOAK: ("keycloak.url", "keycloak.realm", "keycloak.client_secret"),
    DirectoryKind.SCIM: ("scim.token",),
    DirectoryKind.LDAP: ("ldap.url", "ldap.base"),
}


def directory_faults(section: DirectorySection, server: str) -> Iterator[tuple[str, str]]:
    """Yield key and reason of what each value alone does not show."""
    yield from section.rules(server).faults()
    for key in _NEEDED.get(section.source, ()):
        value: object = section
        for name in key.split("."):
            value = getattr(value, name)
        if not value:
            yield key, f"is needed where directory.source is {section.source}"
    if section.ldap.start_tls and section.ldap.url.startswith("ldaps:"):
        yield "ldap.start_tls", "is for ldap://; ldaps:// is encrypted already"
    if section.ldap.password and not _is_private(section.ldap):
        yield "ldap.url", "must be ldaps://, or have start_tls: a password would travel unprotected"


def _is_private(section: LdapSection) -> bool:
    """Tell whether nobody on the way can read what is said."""
    return section.start_tls or bool(_PRIVATE.match(section.url))
