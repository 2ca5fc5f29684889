"""People from an LDAP server (OpenLDAP, 389 Directory Server, Active Directory), page by page, read-only.

The library works in a thread: its way with asyncio asks the socket without rest.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spaces.rosters.entries import ACTIVE, EMAIL, MOST_PEOPLE, NAME, USERNAME, Entry, SourceFailed

_WITHIN = 60.0
_CONTROL, _LOCK, _MEMBER_OF = "userAccountControl", "nsAccountLock", "memberOf"
_DISABLED = 0x2  # Of Active Directory's userAccountControl: ACCOUNTDISABLE.
_FIRST_VALUE = re.compile(r"[^=]+=((?:\\.|[^,+\\])*)")
_ESCAPED = re.compile(r"(?:\\[0-9a-fA-F]{2})+|\\.")
GROUP = "group"
_SMALLER = "lower directory.ldap.page_size, or raise the server's limit"
_BY_WORD = {"search filter": "look at directory.ldap.filter", "limit exceeded": _SMALLER}
"""What the library has no error of its own for."""


@dataclass(frozen=True)
class LdapSettings:
    """Where people are, and what the directory calls what we need. See docs/configuration.md."""

    url: str
    start_tls: bool
    ca_certificates: str
    bind_dn: str
    password: str
    base: str
    filter: str
    username: str
    name: str
    email: str
    more: tuple[str, ...]
    page_size: int

    @property
    def asked(self) -> list[str]:
        """Return the attributes that are read; nothing else leaves the server."""
        return [*dict.fromkeys((self.username, self.name, self.email, *self.more, _CONTROL, _LOCK))]


class LdapSource:
    """The people below one entry."""

    all_or_nothing = False

    def __init__(self, settings: LdapSettings) -> None:
        self._settings = settings
        self.name = f"LDAP, {settings.base}"

    async def stamp(self) -> str:
        """Return nothing: only reading tells."""
        return ""

    async def read(self) -> Sequence[Entry]:
        """Return everybody whom the filter means, or raise SourceFailed."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> Sequence[Entry]:
        import bonsai  # noqa: PLC0415 - an extra, for those who have LDAP

        settings = self._settings
        found: list[Entry] = []
        try:
            with self._client(bonsai).connect(timeout=_WITHIN) as connection:
                people = connection.paged_search(
                    settings.base,
                    bonsai.LDAPSearchScope.SUBTREE,
                    settings.filter,
                    settings.asked,
                    timeout=_WITHIN,
                    page_size=settings.page_size,
                )
                for one in people:
                    found.append(entry_of(str(one.dn), one, settings))
                    if len(found) > MOST_PEOPLE:
                        raise SourceFailed(f"{self.name}: more than {MOST_PEOPLE} people")
        except bonsai.LDAPError as error:
            raise SourceFailed(_remedy(error, settings)) from error
        return found

    def _client(self, bonsai: Any) -> Any:
        settings = self._settings
        client = bonsai.LDAPClient(settings.url, tls=settings.start_tls)
        client.set_cert_policy("demand")
        if settings.ca_certificates:
            client.set_ca_cert(settings.ca_certificates)
        if settings.bind_dn:
            client.set_credentials("SIMPLE", user=settings.bind_dn, password=settings.password)
        client.set_server_chase_referrals(False)
        client.set_ignore_referrals(True)
        return client


def entry_of(name: str, found: Mapping[str, Iterable[Any]], settings: LdapSettings) -> Entry:
    """Return what the directory says of the person with the distinguished *name*."""
    attributes = {key: tuple(_texts(found[key])) for key in found if key != "dn"}
    by_folded = {key.lower(): values for key, values in attributes.items()}
    ours = {USERNAME: settings.username, NAME: settings.name, EMAIL: settings.email}
    attributes |= {
        key: some for key, theirs in ours.items() if (some := by_folded.get(theirs.lower()))
    }
    attributes[ACTIVE] = ("yes" if _is_active(by_folded) else "no",)
    if groups := tuple(_first_value(one) for one in by_folded.get(_MEMBER_OF.lower(), ())):
        attributes[GROUP] = groups
    return Entry(name, attributes)


def _texts(values: Iterable[Any]) -> Iterator[str]:
    """Walk the values that are texts; pictures and keys are not."""
    for value in values:
        text = "" if isinstance(value, bytes) else str(value).replace("\0", "").strip()
        if text:
            yield text


def _is_active(attributes: Mapping[str, tuple[str, ...]]) -> bool:
    control = next(iter(attributes.get(_CONTROL.lower(), ())), "")
    if control.isascii() and control.isdigit() and int(control) & _DISABLED:
        return False
    return "true" not in {value.lower() for value in attributes.get(_LOCK.lower(), ())}


def _first_value(name: str) -> str:
    """Return what a distinguished name begins with: "cn=Quai 2,ou=groups" is "Quai 2" (RFC 4514)."""
    found = _FIRST_VALUE.match(name)
    return _ESCAPED.sub(_unescaped, found[1]) if found else name


def _unescaped(found: re.Match[str]) -> str:
    if re.fullmatch(r"(?:\\[0-9a-fA-F]{2})+", found[0]):
        return bytes.fromhex(found[0].replace("\\", "")).decode("utf-8", "replace")
    return found[0][1:]


def _remedy(error: Exception, settings: LdapSettings) -> str:
    remedies = {
        "AuthenticationError": "look at directory.ldap.bind_dn and password",
        "ConnectionError": "look at directory.ldap.url, and at ca_certificates",
        "NoSuchObjectError": "there is nothing at directory.ldap.base, or it may not be seen",
        "InsufficientAccess": "let directory.ldap.bind_dn read people",
        "SizeLimitError": _SMALLER,
        "ProtocolError": "look at directory.ldap.start_tls",
    }
    remedy = remedies.get(type(error).__name__, "")
    for word, advice in _BY_WORD.items():
        if word in str(error):
            remedy = advice
    said = f"{settings.url}: {type(error).__name__}: {error}"
    return f"{said} ({remedy})" if remedy else said
