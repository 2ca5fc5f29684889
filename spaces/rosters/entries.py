"""What a directory says of people before anything is made of it: frozen values, whatever the source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from appservice.errors import ParvisError

USERNAME, NAME, EMAIL, ACTIVE = "username", "name", "email", "active"
"""What every source calls the same; all else has the directory's own names."""

MOST_PEOPLE = 200_000


class SourceFailed(ParvisError):
    """A directory could not be read; the text tells an admin why, and the remedy."""


@dataclass(frozen=True)
class Entry:
    """One person as a directory writes them.

    *place* is how an admin finds it again: "line 7", or the directory's own name for the person.
    """

    place: str
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def first(self, name: str) -> str:
        """Return the first value of an attribute, or an empty text."""
        values = self.attributes.get(name, ())
        return values[0] if values else ""


class Source(Protocol):
    """A directory that can be read as a whole."""

    @property
    def name(self) -> str:
        """Return how admins know it, like "people.csv"."""

    @property
    def all_or_nothing(self) -> bool:
        """Tell whether one fault spoils all: a file is mended at once, a directory is not."""

    async def stamp(self) -> str:
        """Return what changes when there is something new; empty where only reading tells."""

    async def read(self) -> Sequence[Entry]:
        """Return everybody, or raise SourceFailed (FileFaults for a file, with every line)."""
