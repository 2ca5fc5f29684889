"""Which addresses are of the public internet: nothing else may be called on a stranger's word.

Source: IANA's special-purpose address registries (RFC 6890 and its updates), RFC 6052 (NAT64),
RFC 3056 (6to4), RFC 4291 2.5.5 (IPv4 inside IPv6).
"""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

_UNICAST = ip_network("2000::/3")
_TRANSLATED = IPv6Network("64:ff9b::/96")
_RELAYED = ip_network("192.88.99.0/24")
_CLOUD = frozenset({ip_address("168.63.129.16")})
"""Public in form, but answered by the machine that one runs on (Azure's agent)."""
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)\Z")
_NEVER_PUBLIC = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa")


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that *host* is, or None where it is a name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether *address*, with whatever address it hides, is public unicast."""
    if isinstance(address, IPv4Address):
        return (
            address.is_global
            and not (address.is_multicast or address.is_reserved)
            and address not in _RELAYED
            and address not in _CLOUD
        )
    hidden = list(_inside(address))
    if hidden:
        return all(is_public(one) for one in hidden)
    return address in _UNICAST and address.is_global


def cannot_be_public(name: str) -> bool:
    """Tell whether a host *name* means an inner place to whoever resolves it.

    One label alone, a number in one of the forms that resolvers read as an address, or a domain that
    is kept for inner use.
    """
    *first, last = name.rstrip(".").lower().split(".")
    return not first or bool(_NUMBER.match(last)) or last in _NEVER_PUBLIC


def may_carry_secret(url: str) -> bool:
    """Tell whether a token may go to *url*: in clear only inside the house."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    address = literal(host)
    inside = not is_public(address) if address else cannot_be_public(host)
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and inside))


def _inside(address: IPv6Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that a packet to *address* would end at."""
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address in _TRANSLATED:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
