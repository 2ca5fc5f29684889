"""Reads what people wrote by hand as far as it can be read, and names all that cannot.

raw --> shape?  --yes--> value
        --no--> one fault more: what is at fault is set aside, and the rest is tried again
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

_UNKNOWN = "Object contains unknown field"
_MISSING = "Object missing required field"
_IN_A_PART = 3
"""How long the path to a field is of a part of a list, like ("connections", "2", "app")."""

T = TypeVar("T")


@dataclass(frozen=True)
class Misread:
    """One thing that does not have its form; *path* leads there, like ("connections", "2", "app")."""

    path: tuple[str, ...]
    why: str
    missing: bool = False
    """Whether nothing stands there: then it is told of what it should stand in."""

    @property
    def place(self) -> str:
        """Return the path in one word."""
        return ".".join(self.path)

    @property
    def field(self) -> str:
        """Return the outermost field."""
        return self.path[0] if self.path else ""

    @property
    def said(self) -> str:
        """Return how it is shown."""
        shown = ".".join(self.path[:-1]) if self.missing else self.place
        return f"{shown}: {self.why}" if shown else self.why

    def is_needed(self, needed: Mapping[str, Sequence[str]]) -> bool:
        """Tell whether it is a field without which there is no value, or no part of a list."""
        above = self.path[0] if len(self.path) == _IN_A_PART else ""
        return len(self.path) in {1, _IN_A_PART} and self.path[-1] in needed.get(above, ())


def as_far_as_it_goes(
    raw: Mapping[str, Any], shape: type[T], needed: Mapping[str, Sequence[str]]
) -> tuple[T, list[Misread]]:
    """Return *raw* as a *shape* without what is at fault, and every fault.

    *needed* are the fields, all of them texts, without which there is no such value: of itself (""),
    and of each part of a list. Where one is at fault an empty text stands for it; a list of which a
    part lacks one is left out, since nobody can say what that part is.
    """
    rest, found = dict(raw), list[Misread]()
    while True:
        try:
            value = msgspec.convert(rest, shape, strict=True)
        except msgspec.ValidationError as error:
            misread = _misread(error)
            found.append(misread)
            if not _set_aside(rest, misread, needed):
                rest = dict.fromkeys(needed[""], "")
            continue
        unclear = {one.field for one in found if one.is_needed(needed) and len(one.path) > 1}
        if not unclear & rest.keys():
            return value, found
        rest = {key: inner for key, inner in rest.items() if key not in unclear}


def _misread(error: msgspec.ValidationError) -> Misread:
    why, _, where = str(error).partition(" - at `$")
    dotted = re.sub(r"\[(\d+)\]", r".\1", where.rstrip("`"))
    path = [part for part in dotted.replace("[...]", "").split(".") if part]  # [...]: in a mapping
    if why.startswith((_UNKNOWN, _MISSING)):
        path.append(why.partition("`")[2].removesuffix("`"))
    return Misread(tuple(path), why, missing=why.startswith(_MISSING))


def _set_aside(raw: dict[str, Any], misread: Misread, needed: Mapping[str, Sequence[str]]) -> bool:
    """Take the innermost field that *misread* is in out of *raw*; return whether one was found."""
    inside: Any = raw
    holder, name = raw, misread.field
    for part in misread.path:
        if isinstance(inside, dict):
            holder, name, inside = inside, part, inside.get(part)
        elif isinstance(inside, list):
            inside = inside[int(part)]
    if misread.is_needed(needed):
        holder[name] = ""
        return True
    return holder.pop(name, raw) is not raw
