"""How a webhook call proves where it comes from: declarative, over raw bytes, in constant time.

No app touches hmac. A scheme that needs a secret refuses everything when it has none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Call:
    """A webhook call before anything is parsed. Header names are lower case.

    *headers* holds each header once; a doubled signature header is refused before this.
    *url* is the public address exactly as it was given to the app.
    """

    headers: Mapping[str, str]
    body: bytes
    url: str


class Scheme(Protocol):
    """One way of proving a call."""

    @property
    def slug(self) -> str:
        """Name in the database and on pages."""

    @property
    def needs_secret(self) -> bool:
        """Tell whether a connection without secret must stay switched off."""

    def accepts(self, call: Call, secrets: Sequence[str], *, now: float) -> bool:
        """Tell whether *call* is proved by one of *secrets* (several while one is rotated)."""
