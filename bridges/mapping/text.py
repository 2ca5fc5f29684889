"""The text of a mapping: one field of the app's own form a line, each with a Liquid template.

    title: {{ alert.name }}
    # A line that begins with # says nothing.
    text: {{ alert.message }}
      {% for host in hosts %}- {{ host }}
      {% endfor %}
    fields.Server: {{ host.name }}

What begins with a space, and an empty line, goes on with the field above. The field ``skip`` is
known for each app: where it says ``true``, the call says nothing.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from textwrap import dedent

import msgspec

from bridges.base import OwnForm
from bridges.mapping.failures import Failure, MappingFailed, Why

SKIP, TRUE = "skip", "true"
LONGEST = 8000
"""Signs of a mapping."""
_MOST, _LONGEST_NAME, _MOST_HINTS = 40, 100, 3


class Entry(msgspec.Struct, frozen=True):
    """A field's *template*, whose first line is the mapping's *line*, counted from 1, of *lines*."""

    field: str
    line: int
    template: str
    lines: int = 1


def entries(mapping: str, form: OwnForm) -> tuple[Entry, ...]:
    """Return what a mapping says of the fields of *form*; raise MappingFailed for what is wrong."""
    if len(mapping) > LONGEST:
        raise MappingFailed(Failure(Why.LENGTH, detail=str(LONGEST)))
    found: dict[str, Entry] = {}
    for line, lines in _pieces(mapping):
        entry = _entry(line, lines, form)
        if entry.field in found:
            raise MappingFailed(Failure(Why.TWICE, line, entry.field))
        found[entry.field] = entry
    if len(found) > _MOST:
        raise MappingFailed(Failure(Why.LENGTH, detail=str(_MOST)))
    return tuple(found.values())


def with_line(mapping: str, line: str, form: OwnForm) -> str:
    """Return *mapping* with one field said anew by *line*; without a template it is taken away."""
    new = _entry(1, [line.strip()], form)
    kept, rows = entries(mapping, form), mapping.splitlines()
    said = [line.strip()] if new.template.strip() else []
    for old in kept:
        if old.field == new.field:
            rows[old.line - 1 : old.line - 1 + old.lines] = said
            return "\n".join(rows).strip("\n")
    return "\n".join([*rows, *said]).strip("\n")


def made(said: Mapping[str, str], form: OwnForm) -> Mapping[str, object] | None:
    """Return the app's own form of what the templates *said*, by field; None if they skip the call.

    A field that nothing is said of is left out: then it stays as it was on a card.
    """
    if said.get(SKIP, "").strip() == TRUE:
        return None
    body: dict[str, object] = {}
    for field, text in said.items():
        table, dot, name = field.partition(".")
        if field in form.flags and text.strip() in {TRUE, "false"}:
            body[field] = text.strip() == TRUE
        elif field in form.lists:
            body[field] = [part.strip() for part in text.split(",") if part.strip()]
        elif dot and table in form.tables and text.strip():
            body[table] = [*_rows(body.get(table)), {"name": name, "value": text.strip()}]
        elif field in form.words and text.strip():
            body[field] = text.strip()
    return body


def _rows(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _pieces(mapping: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each field's first line and its lines; remarks and empty lines before it are none."""
    first, held = 0, list[str]()
    for number, line in zip(count(1), mapping.splitlines(), strict=False):
        if held and (not line.strip() or line[0].isspace()):
            held.append(line)
        elif line.strip() and not line.startswith("#"):
            if held:
                yield first, held
            first, held = number, [line]
        elif held:
            yield first, held
            held = []
    if held:
        yield first, held


def _entry(line: int, lines: Sequence[str], form: OwnForm) -> Entry:
    field, colon, begun = lines[0].partition(":")
    field = field.strip()
    if not colon:
        raise MappingFailed(Failure(Why.FORM, line, field[:_LONGEST_NAME]))
    if not _is_known(field, form):
        hint = ", ".join(_likely(field, form))
        raise MappingFailed(Failure(Why.FIELD, line, field[:_LONGEST_NAME], hint))
    while not lines[-1].strip():
        lines = lines[:-1]
    rest = dedent("\n".join(lines[1:])) if len(lines) > 1 else ""
    template = f"{begun.strip()}\n{rest}" if rest else begun.strip()
    return Entry(field, line, template, len(lines))


def _is_known(field: str, form: OwnForm) -> bool:
    if field in {SKIP, *form.words, *form.flags, *form.lists}:
        return True
    table, _, name = field.partition(".")
    return table in form.tables and 0 < len(name.strip()) <= _LONGEST_NAME and name.isprintable()


def _likely(field: str, form: OwnForm) -> Sequence[str]:
    known = [*form.words, *form.flags, *form.lists, *(f"{table}.…" for table in form.tables), SKIP]
    return difflib.get_close_matches(field, known, n=_MOST_HINTS, cutoff=0.4) or known[:_MOST_HINTS]
