"""Calls to addresses that people name: feeds, the APIs of apps. One client, guarded.

    call --> scheme, host, credentials --> resolver: public addresses only --> connect, read, cap
      ^                                                                             |
      `--------- redirect, looked at like a new address <--------------------------'

What is looked at is the address that is connected to, so a name that leads elsewhere the second
time gains nothing. Through a proxy the proxy resolves names: then an address is judged by what
stands in it, and where a name leads is the proxy's to guard.
"""

import asyncio
import socket
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from appservice.addresses import cannot_be_public, is_public, literal
from appservice.errors import ConfigError, ParvisError
from appservice.outgoing_settings import OutgoingSettings

_MOST_AT_ONCE, _MOST_AT_ONE_HOST = 64, 6
_CHUNK = 64 * 1024
_MOVED = frozenset({301, 302, 303, 307, 308})
_KEEPS_METHOD = frozenset({307, 308})
_TO_ANYBODY = frozenset(
    {"accept", "accept-language", "user-agent", "if-none-match", "if-modified-since"}
)
"""Headers that follow a redirect to another origin; any other may hold a secret."""


class CallRefused(ParvisError):
    """This call is not made, or its answer not taken; it will be refused again."""


class CallFailed(ParvisError):
    """No whole answer came; it may later."""


@dataclass(frozen=True)
class Reply:
    """What was answered; header names are lower case, *url* is where the last redirect led."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(frozen=True)
class _Call:
    """One request on its way."""

    method: str
    url: URL
    headers: Mapping[str, str]
    body: bytes

    def moved_to(self, url: URL, status: int) -> "_Call":
        """Return the call that a redirect asks for (RFC 9110, 15.4)."""
        keeps = status in _KEEPS_METHOD or self.method in {"GET", "HEAD"}
        headers, body = self.headers, self.body if keeps else b""
        if url.origin() != self.url.origin():
            if body:
                raise CallRefused("it redirects what is sent to another server")
            headers = {name: value for name, value in headers.items() if name in _TO_ANYBODY}
        return _Call(self.method if keeps else "GET", url, headers, body)


class Outgoing:
    """The client; its connections are made at the first call."""

    def __init__(self, settings: OutgoingSettings) -> None:
        self._proxy = settings.proxy or None
        self._private = frozenset(map(_as_host, settings.private_hosts))
        self._trusted = _trusted(settings.ca_certificates)
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = {},
        body: bytes = b"",
        largest: int = 5 * 1024 * 1024,
        within: float = 20.0,
        redirects: int = 3,
    ) -> Reply:
        """Return what is answered, whatever its status; raise CallRefused or CallFailed.

        *largest*: bytes, before and after unpacking. *within*: seconds for all, redirects included.
        """
        lower = {name.lower(): value for name, value in headers.items()}
        call = _Call(method.upper(), _address(url), lower, body)
        try:
            async with asyncio.timeout(within):
                for _ in range(redirects + 1):
                    reply = await self._ask(call, largest)
                    target = reply.headers.get("location", "")
                    if reply.status not in _MOVED or not target:
                        return reply
                    call = call.moved_to(_address(target, call.url), reply.status)
        except TimeoutError as error:
            raise CallFailed(f"no whole answer within {within:g} seconds") from error
        raise CallRefused(f"more than {redirects} redirects")

    async def close(self) -> None:
        """End all connections."""
        if self._session:
            await self._session.close()
            self._session = None

    async def _ask(self, call: _Call, largest: int) -> Reply:
        self._look_at(call.url)
        try:
            async with self._open().request(
                call.method,
                call.url,
                headers=call.headers,
                data=call.body or None,
                proxy=self._proxy,
                allow_redirects=False,
            ) as answer:
                raw = await _read(answer, largest)
        except aiohttp.InvalidURL as error:
            raise CallRefused("it is no web address") from error
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
            if isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ClientError):
                raise
            raise CallFailed(str(error) or type(error).__name__) from error
        except ValueError as error:
            raise CallRefused("its headers cannot be sent") from error
        found: dict[str, str] = {}
        for name, value in answer.headers.items():
            before = found.get(name.lower())
            found[name.lower()] = value if before is None else f"{before}, {value}"
        body = _unpacked(raw, found.get("content-encoding", ""), largest)
        return Reply(answer.status, found, body, str(call.url))

    def _look_at(self, url: URL) -> None:
        """Raise CallRefused for what can be known of an address before its name is resolved."""
        host = _as_host(url.raw_host or "")
        if host in self._private:
            return
        address = literal(host)
        inner = not is_public(address) if address else self._proxy and cannot_be_public(host)
        if inner:
            raise _inner(host)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            # Where a proxy is set it alone is resolved here, and the admin named it.
            resolver = _Resolver(None if self._proxy else self._private)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=resolver,
                    ssl=self._trusted,
                    limit=_MOST_AT_ONCE,
                    limit_per_host=0 if self._proxy else _MOST_AT_ONE_HOST,
                ),
                headers={"User-Agent": "Parvis", "Accept-Encoding": "gzip"},
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session


class _Resolver(AbstractResolver):
    """Gives only public addresses, but for the *private* hosts; None: for every host."""

    def __init__(self, private: frozenset[str] | None) -> None:
        self._private = private
        self._system = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses that may be connected to, or raise CallRefused."""
        found = await self._system.resolve(host, port, family)
        if self._private is None or _as_host(host) in self._private:
            return found
        public = [one for one in found if is_public(ip_address(one["host"]))]
        if found and not public:
            raise _inner(host)
        return public

    async def close(self) -> None:
        """Nothing is held."""


def _inner(host: str) -> CallRefused:
    return CallRefused(
        f"{host} is not on the public internet, and not among outgoing.private_hosts"
    )


def _address(url: str, base: URL | None = None) -> URL:
    """Return an address that may be called, or raise CallRefused."""
    try:
        parsed = base.join(URL(url)) if base else URL(url)
        plain = parsed.scheme in {"http", "https"} and bool(parsed.raw_host)
        has_secret = parsed.user is not None or parsed.password is not None
    except ValueError as error:
        raise CallRefused("it is no web address") from error
    if not plain:
        raise CallRefused("it is no http or https address")
    if has_secret:
        raise CallRefused("a name or password stands in the address")
    return parsed.with_fragment(None)


def _as_host(host: str) -> str:
    """Return a host in the form in which hosts are compared."""
    plain = host.strip().strip("[]").rstrip(".").lower()
    address = literal(plain)
    if address:
        return str(address)
    try:
        return plain.encode("idna").decode()
    except UnicodeError:
        return plain


def _trusted(ca_certificates: str) -> ssl.SSLContext:
    """Return whom to believe: the system's authorities and the config's, never the environment's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    system = ssl.get_default_verify_paths()
    if Path(system.openssl_capath).is_dir():
        context.load_verify_locations(capath=system.openssl_capath)
    if Path(system.openssl_cafile).is_file():
        context.load_verify_locations(cafile=system.openssl_cafile)
    if ca_certificates:
        try:
            context.load_verify_locations(cafile=ca_certificates)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError("outgoing.ca_certificates", f"cannot be read: {error}") from error
    return context


async def _read(answer: aiohttp.ClientResponse, largest: int) -> bytes:
    """Return the body as it was sent; raise CallRefused as soon as it grows too large."""
    if (answer.content_length or 0) > largest:
        raise _too_large(largest)
    chunks, size = [], 0
    async for chunk in answer.content.iter_chunked(_CHUNK):
        size += len(chunk)
        if size > largest:
            raise _too_large(largest)
        chunks.append(chunk)
    return b"".join(chunks)


def _unpacked(raw: bytes, encoding: str, largest: int) -> bytes:
    """Return what was packed, never more than *largest* bytes of it."""
    if encoding.lower() in {"", "identity"} or not raw:
        return raw
    if encoding.lower() not in {"gzip", "x-gzip", "deflate"}:
        raise CallRefused("it is packed in a way that was not asked for")
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        body = unpacker.decompress(raw, largest + 1)
    except zlib.error as error:
        raise CallFailed("the answer cannot be unpacked") from error
    if len(body) > largest:
        raise _too_large(largest)
    if not unpacker.eof:
        raise CallFailed("the answer was cut short")
    return body


def _too_large(largest: int) -> CallRefused:
    return CallRefused(f"the answer has more than {largest} bytes")
