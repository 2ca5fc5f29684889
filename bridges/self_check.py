"""Whether what apps send arrives as they sent it: the doctor calls us by our own public address.

    sample(vault) --POST <public address>/hooks/check--> intact? yes | no

A signature holds over bytes. A proxy that reads JSON and writes it again changes them, and every call is
refused without a word of why. The header proves that the call is the doctor's, and says what it sent.
"""

import hashlib
import time
from collections.abc import Mapping

from aiohttp import web

from appservice.errors import ConfigError
from appservice.vault import Vault

PATH = "/hooks/check"
_LARGEST = 26 * 1024 * 1024
_HEADER = "X-Parvis-Check"
_BELIEVED = 300.0
# What a machine that writes JSON again would not write so: spaces, an escape, a sum, the order of keys.
_SAMPLE = b'{ "z":1.0,\n\t"a" : "caf\\u00e9 caf\xc3\xa9 \\/",  "n": 10000000000000000000000, "a": "" }\r\n'


def sample(vault: Vault, *, size: int = 0) -> tuple[Mapping[str, str], bytes]:
    """Return headers and body of a call that tries the way, padded to *size* bytes."""
    body = _SAMPLE + b" " * max(0, size - len(_SAMPLE))
    proof = vault.lock(f"{time.time():.0f} {hashlib.sha256(body).hexdigest()}").decode()
    return {"Content-Type": "application/json", _HEADER: proof}, body


class SelfCheck:
    """The handler."""

    def __init__(self, *, vault: Vault) -> None:
        self._vault = vault

    def routes(self) -> list[web.RouteDef]:
        """Return the routes; they come before those of connections."""
        return [web.post(PATH, self._answer)]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        """Tell whether the body is the one that was sent; nobody else's is read."""
        sent = self._sent(request.headers.get(_HEADER, ""))
        if not sent or (request.content_length or 0) > _LARGEST:
            return web.Response(status=404)
        found = hashlib.sha256()
        async for chunk in request.content.iter_chunked(64 * 1024):
            found.update(chunk)
        return web.json_response({"intact": found.hexdigest() == sent})

    def _sent(self, proof: str) -> str:
        """Return the digest of what the doctor sent; an empty text if it was not the doctor."""
        try:
            at, _, digest = self._vault.open(proof.encode()).partition(" ")
        except (ConfigError, UnicodeEncodeError):
            return ""
        return digest if at.isdecimal() and abs(time.time() - int(at)) < _BELIEVED else ""
