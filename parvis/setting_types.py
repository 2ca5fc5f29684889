"""The shapes of single settings, and what is said of a value that has another."""

from typing import Annotated

import msgspec
from msgspec import Meta

_ADDRESS = r"^([^\s:\[\]]+|\[[0-9a-fA-F:]+\]):\d{1,5}$"
_WEB_URL = r"^https?://[^\s/?#@]+$"
_WEB_URL_OR_NONE = r"^(https?://[^\s/?#@]+)?$"
_SERVER_NAME = r"^([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?$"
_LOCALPART = r"^[a-z0-9._=/+-]+$"
_ID = r"^[A-Za-z0-9._-]+$"
_ADDRESS_OR_NONE = r"^(([^\s:\[\]]+|\[[0-9a-fA-F:]+\]):\d{1,5})?$"
_BASE_OR_NONE = r"^(https?://[^\s?#@]*[^\s?#@/])?$"
_HOST_OR_NONE = r"^[^\s/@:]*$|^[0-9a-fA-F:]+$"
_PROXY_OR_NONE = r"^(https?://[^\s/?#]+/?)?$"
_LDAP_OR_NONE = r"^(ldaps?://[^\s/?#@]+)?$"
_SECRET_OR_NONE = r"^(\S{8,})?$"  # noqa: S105 - a pattern
_SECRET = r"^\S{8,}$"  # noqa: S105 - a pattern

EXPECTED = {
    _ADDRESS: "must be a host and a port, like 127.0.0.1:8080",
    _WEB_URL: "must be like https://parvis.example.org, with no path and no slash at its end",
    _WEB_URL_OR_NONE: "must be empty, or like https://hooks.example.org with no path",
    _SERVER_NAME: "must be what stands behind the colon of user ids, like example.org",
    _LOCALPART: "may hold small letters, digits and . _ = / + - only",
    _ID: "may hold letters, digits and . _ - only",
    _ADDRESS_OR_NONE: "must be empty, or a host and a port, like 127.0.0.1:8080",
    _BASE_OR_NONE: "must be empty, or like https://login.example.org, with no slash at its end",
    _HOST_OR_NONE: "must be empty, or a host alone, like mail.example.org",
    _PROXY_OR_NONE: "must be empty, or like http://proxy.example.org:3128",
    _LDAP_OR_NONE: "must be empty, or like ldaps://ldap.example.org or ldap://localhost:389",
    _SECRET_OR_NONE: "must be empty, or have at least 8 signs and no space",
    _SECRET: "must have at least 8 signs and no space; `parvis init` makes good ones",
}

Address = Annotated[str, Meta(pattern=_ADDRESS)]
WebUrl = Annotated[str, Meta(pattern=_WEB_URL)]
WebUrlOrNone = Annotated[str, Meta(pattern=_WEB_URL_OR_NONE)]
ServerName = Annotated[str, Meta(pattern=_SERVER_NAME)]
Localpart = Annotated[str, Meta(pattern=_LOCALPART)]
Identifier = Annotated[str, Meta(pattern=_ID)]
Secret = Annotated[str, Meta(pattern=_SECRET)]
AddressOrNone = Annotated[str, Meta(pattern=_ADDRESS_OR_NONE)]
SecretOrNone = Annotated[str, Meta(pattern=_SECRET_OR_NONE)]
LdapUrlOrNone = Annotated[str, Meta(pattern=_LDAP_OR_NONE)]
HostOrNone = Annotated[str, Meta(pattern=_HOST_OR_NONE)]
ProxyUrlOrNone = Annotated[str, Meta(pattern=_PROXY_OR_NONE)]
BaseUrlOrNone = Annotated[str, Meta(pattern=_BASE_OR_NONE)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of the file in which every key is known."""
