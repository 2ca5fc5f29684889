"""Reading JSON that strangers wrote: every field is checked at the moment it is read.

A Payload never raises for a missing or mistyped field; it answers with an empty value, so that
a reader shows what it understands and leaves the rest. Texts come without NUL, which no database
of ours stores.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from appservice.errors import ParvisError

GIANT, _READ_OF_GIANTS = 1024 * 1024, 1000
_LEAST_BYTES, _DEEPEST, _MOST_LENIENT = 12, 20, 500_000
"""Of giants: bytes for each member on average, levels of giants within giants, and members where all of
it must be read at once. Nothing that an app tells is beyond; what is made for it would take a gigabyte.
"""
_LARGEST = 2**53 - 1  # Canonical JSON forbids larger integers.


class NotJson(ParvisError):
    """The bytes are not one JSON object."""


@dataclass(frozen=True)
class Payload:
    """A JSON object of unknown shape."""

    fields: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def parse(cls, raw: bytes | str, *, giants_in_part: bool = False) -> "Payload":
        """Return the object that *raw* holds, or raise NotJson.

        *giants_in_part*: of a list of more than a megabyte the first thousand members are read, and
        each other stands as an empty object, so that they are counted still.
        """
        try:
            decoded = _in_part(raw) if giants_in_part and len(raw) > GIANT else _decoded(raw)
        except (ValueError, RecursionError) as error:
            raise NotJson(str(error)) from error
        if not isinstance(decoded, dict):
            raise NotJson("not an object")
        return cls(decoded)

    def __contains__(self, key: str) -> bool:
        return key in self.fields

    def __bool__(self) -> bool:
        return bool(self.fields)

    def text(self, *path: str) -> str:
        """Return the string at *path*, or an empty one. Numbers are not strings here."""
        value = self._at(path)
        return _storable(value) if isinstance(value, str) else ""

    def word(self, *path: str) -> str:
        """Return the string or integer at *path* as a string: ids come as either."""
        value = self._at(path)
        if isinstance(value, str):
            return _storable(value)
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""

    def number(self, *path: str) -> int | None:
        """Return the integer at *path*, also when written as a whole float, or None."""
        value = self._at(path)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST:
            return None
        return value

    def flag(self, *path: str) -> bool:
        """Return True only where *path* holds JSON true."""
        return self._at(path) is True

    def at(self, *path: str) -> "Payload":
        """Return the object at *path*, or an empty one."""
        value = self._at(path)
        return Payload(value) if isinstance(value, dict) else Payload()

    def items(self, *path: str) -> tuple["Payload", ...]:
        """Return the objects in the list at *path*; other members are left out."""
        value = self._at(path)
        if not isinstance(value, list):
            return ()
        return tuple(Payload(item) for item in value if isinstance(item, dict))

    def texts(self, *path: str) -> tuple[str, ...]:
        """Return the strings in the list at *path*; other members are left out."""
        value = self._at(path)
        if not isinstance(value, list):
            return ()
        return tuple(_storable(item) for item in value if isinstance(item, str))

    def keys(self) -> Iterator[str]:
        """Walk the names of the fields."""
        return iter(self.fields)

    def json(self) -> bytes:
        """Return the object as compact JSON."""
        return msgspec.json.encode(self.fields)

    def _at(self, path: tuple[str, ...]) -> object:
        value: object = self.fields
        for key in path:
            if not isinstance(value, Mapping):
                return None
            value = value.get(key)
        return value


def _storable(text: str) -> str:
    return text.replace("\x00", "")


def _decoded(raw: bytes | str) -> object:
    """Return what *raw* holds, or raise ValueError.

    Half a surrogate pair, which programs that cut texts by UTF-16 units write, line ends as they are
    within a text, which templates leave, and numbers beyond all measure are no JSON to msgspec; one
    such value must not cost all that comes with it.
    """
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError):
        text = raw.decode() if isinstance(raw, bytes) else raw
        lenient = json.loads(text, strict=False, parse_float=_finite, parse_constant=_unsaid)
        whole = json.dumps(lenient, ensure_ascii=False).encode("utf-8", "replace")
        return msgspec.json.decode(whole)


def _in_part(raw: bytes | str) -> object:
    """Return what *raw* holds, with giant lists read in part; else an event of 25 MB that tells of a
    few commits would take 150 MB. Raise ValueError for what is made to take memory or time.
    """
    members = raw.count(",") if isinstance(raw, str) else raw.count(b",")
    if members * _LEAST_BYTES > len(raw):
        raise ValueError("too many members")
    try:
        return _part(msgspec.Raw(raw))
    except (msgspec.DecodeError, UnicodeError):
        if members > _MOST_LENIENT:
            raise ValueError("no strict JSON, and too much of it") from None
        return _decoded(raw)


def _part(raw: msgspec.Raw, depth: int = 0) -> object:
    text = memoryview(raw)
    if len(text) <= GIANT or text[0] not in b"{[":
        return msgspec.json.decode(raw)
    if depth > _DEEPEST:  # Each level reads all that is within.
        raise ValueError("giants too deep within giants")
    if text[0] == ord("{"):
        members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        return {name: _part(value, depth + 1) for name, value in members.items()}
    items = msgspec.json.decode(raw, type=list[msgspec.Raw])
    read = [_part(item, depth + 1) for item in items[:_READ_OF_GIANTS]]
    nothing: dict[str, object] = {}
    return [*read, *[nothing] * (len(items) - len(read))]


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _unsaid(_constant: str) -> None:
    """Return what NaN and Infinity say, which JSON does not know and scripts write all the same."""
