"""Which connection a letter is for: each has an address of its own, whose token is its secret."""

import hmac
import re
from collections.abc import Sequence

from bridges.auth import LetterAddress
from bridges.connection import Connection, Connections
from bridges.letterbox.settings import TOKEN

_TOKEN_SIGNS = r"([a-z2-7]{24})"  # noqa: S105 - the form of any


class Addresses:
    """Makes addresses, and finds out whose they are."""

    def __init__(self, *, template: str, connections: Connections) -> None:
        """*template* is an address with ``{token}`` in its local part."""
        self._template = template
        self._connections = connections
        before, _, after = template.lower().partition(TOKEN)
        bounds = r"(?<![\w.+-])", r"(?![\w.-])"
        pattern = f"{bounds[0]}{re.escape(before)}{_TOKEN_SIGNS}{re.escape(after)}{bounds[1]}"
        self._pattern = re.compile(pattern)

    def of(self, connection: Connection) -> str:
        """Return the address of a connection."""
        secret = next(iter(self._connections.secrets_of(connection)), "")
        return self._template.replace(TOKEN, secret)

    def tokens_in(self, text: str) -> Sequence[str]:
        """Return the tokens of all addresses of ours that stand in *text*, each once."""
        return list(dict.fromkeys(self._pattern.findall(text.lower())))

    async def find(self, token: str) -> Connection | None:
        """Return the connection whose present or, while it is rotated, former token this is."""
        found = None
        for connection in await self._connections.of_scheme(LetterAddress.slug):
            for secret in self._connections.secrets_of(connection):
                if secret and hmac.compare_digest(secret.encode(), token.encode()):
                    found = connection
        return found
