"""Two homeservers on one machine that federate under pretty names, without DNS or root.

    Synapse --CONNECT name:443--> Crossroads (loopback) --> the TLS listener of that name

Certificates come from an authority that lives as long as the program: its key is written nowhere,
and each start makes new ones.
"""

import asyncio
import datetime as dt
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from parvis.demo.synapse import SynapseSettings, free_port

_LIFE = dt.timedelta(days=365)
_HEAD_WITHIN = 10.0
_PIECE = 64 * 1024


class Authority:
    """Signs certificates that both homeservers trust, and nobody else."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Parvis demo")])
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        builder = self._builder(self._name, self._key.public_key())
        self._certificate = builder.add_extension(constraints, critical=True).sign(
            self._key, hashes.SHA256()
        )

    def write_own(self, path: Path) -> None:
        """Write what others are to trust, as PEM."""
        path.write_bytes(self._certificate.public_bytes(Encoding.PEM))

    def write_certificate(self, server_name: str, certificate: Path, key: Path) -> None:
        """Write a fresh key with a certificate for *server_name*, both as PEM."""
        fresh = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, server_name)])
        names = x509.SubjectAlternativeName([x509.DNSName(server_name)])
        signed = (
            self._builder(subject, fresh.public_key())
            .add_extension(names, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        certificate.write_bytes(signed.public_bytes(Encoding.PEM))
        key.touch(mode=0o600)
        key.write_bytes(
            fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        )

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + _LIFE)
        )


class Crossroads:
    """A CONNECT proxy on loopback that knows the way to its own names, and to nothing else.

    open() and close() frame its life.
    """

    def __init__(self) -> None:
        self._ports: dict[bytes, int] = {}
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._server: asyncio.Server | None = None
        self._callers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def lead(self, server_name: str, port: int) -> None:
        """Have `server_name:443` lead to a port of the loopback interface."""
        self._ports[f"{server_name}:443".encode()] = port

    async def open(self) -> None:
        """Begin to serve."""
        self._server = await asyncio.start_server(self._serve, sock=self._socket)

    async def close(self) -> None:
        """Cut every connection."""
        if self._server:
            self._server.close()
        for caller in tuple(self._callers):
            caller.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._callers.add(writer)
        try:
            await self._connect(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # The homeserver tries again.
        finally:
            self._callers.discard(writer)
            writer.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_HEAD_WITHIN):
            head = await reader.readuntil(b"\r\n\r\n")
        method, _, rest = head.partition(b" ")
        port = self._ports.get(rest.partition(b" ")[0])
        if method != b"CONNECT" or port is None:
            writer.write(b"HTTP/1.1 502 Unknown name\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass_on(reader, there_writer))
                both.create_task(_pass_on(there_reader, writer))
        finally:
            there_writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # One side hung up; the other learns it by the closed stream.
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    with suppress(OSError):
        writer.close()


@asynccontextmanager
async def neighbours(*settings: SynapseSettings) -> AsyncIterator[Sequence[SynapseSettings]]:
    """Yield *settings* with which homeservers federate, for as long as it lasts."""
    authority, crossroads = Authority(), Crossroads()
    await crossroads.open()
    try:
        yield [federating(one, authority=authority, crossroads=crossroads) for one in settings]
    finally:
        await crossroads.close()


def federating(
    settings: SynapseSettings, *, authority: Authority, crossroads: Crossroads
) -> SynapseSettings:
    """Return *settings* with all that a homeserver needs to federate by the crossroads."""
    folder, port = settings.folder, free_port()
    folder.mkdir(parents=True, exist_ok=True)
    trusted, certificate, key = (folder / name for name in ("ca.pem", "tls.pem", "tls.key"))
    authority.write_own(trusted)
    authority.write_certificate(settings.server_name, certificate, key)
    crossroads.lead(settings.server_name, port)
    listener = {
        "port": port,
        "tls": True,
        "type": "http",
        "bind_addresses": ["127.0.0.1"],
        # The well-known answer, which spares looking up SRV records, hangs under "client".
        "resources": [{"names": ["client", "federation"]}],
    }
    return replace(
        settings,
        listeners=(*settings.listeners, listener),
        environment={**settings.environment, **_proxied(crossroads.url)},
        extra={
            "tls_certificate_path": str(certificate),
            "tls_private_key_path": str(key),
            "federation_custom_ca_list": [str(trusted)],
            "serve_server_wellknown": True,
            "ip_range_blacklist": [],
            "federation_ip_range_blacklist": [],
            "federation": _QUICK_AGAIN,
            **settings.extra,
        },
    )


_QUICK_AGAIN: Mapping[str, Any] = {
    "max_long_retry_delay": "1s",
    "max_short_retry_delay": "1s",
    "destination_min_retry_interval": "1s",
    "destination_max_retry_interval": "5s",
}
"""The defaults suit the internet: a neighbour who was away once is left alone for 10 minutes."""


def _proxied(url: str) -> dict[str, str]:
    return {
        "https_proxy": url,
        "HTTPS_PROXY": url,
        "no_proxy": "127.0.0.1",
        "NO_PROXY": "127.0.0.1",
    }
