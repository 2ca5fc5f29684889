"""People from a file that an admin keeps: CSV, as spreadsheets write it, or YAML.

    username;name;email;site;trade;active            people:
    ana;Ana Diaz;ana@example.org;Lyon;Achats|Stocks;     - username: ana
                                                           site: Lyon
                                                           trade: [Achats, Stocks]

Every value is a text, whatever it looks like. All faults are named at once, each with its line.
"""

import asyncio
import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from appservice.errors import FileFaults
from spaces.folding import folded
from spaces.rosters.entries import MOST_PEOPLE, Entry

_LARGEST = 100_000_000
_BETWEEN_VALUES = "|"
_EMPTY_LIST = "there must be a list of `people`"


class FileSource:
    """A people file at *path*."""

    all_or_nothing = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = path.name

    async def stamp(self) -> str:
        """Return what an editor or a copy changes."""
        try:
            status = await asyncio.to_thread(self._path.stat)
        except OSError as error:
            return f"{type(error).__name__}"
        return f"{status.st_mtime_ns}:{status.st_size}:{status.st_ino}"

    async def read(self) -> Sequence[Entry]:
        """Return everybody in the file, or raise FileFaults."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> Sequence[Entry]:
        try:
            with self._path.open("rb") as file:
                raw = file.read(_LARGEST + 1)
        except OSError as error:
            raise FileFaults(f"{self._path}: {error.strerror or 'cannot be read'}") from error
        if len(raw) > _LARGEST:
            raise FileFaults(f"{self._path}: has more than {_LARGEST} bytes")
        text = _decoded(raw)
        csv_like = self._path.suffix.lower() in {".csv", ".tsv", ".txt"}
        return read_csv(text) if csv_like else read_yaml(text)


def read_csv(text: str) -> Sequence[Entry]:
    """Return the people of a table with a header row, or raise FileFaults with every line."""
    faults: list[str] = []
    rows = list(_rows(text, faults))
    if not rows:
        raise FileFaults("\n".join(faults or ["line 1: the file is empty"]))
    (_, header), *rest = rows
    names = [name.strip() for name in header]
    faults.extend(_header_faults(names))
    entries = []
    for line, cells in rest:
        if len(cells) > len(names):
            faults.append(f"line {line}: {len(cells)} cells under {len(names)} headings")
        values = {name: _split(cell) for name, cell in zip(names, cells, strict=False) if name}
        entries.append(Entry(f"line {line}", {name: some for name, some in values.items() if some}))
    return _complete(entries, faults)


def read_yaml(text: str) -> Sequence[Entry]:
    """Return the people of a list, or raise FileFaults with every line."""
    root, faults = _composed(text), list[str]()
    if not isinstance(root, MappingNode):
        raise FileFaults(f"line 1: {_EMPTY_LIST}")
    people: list[Node] = []
    for key, value in root.value:
        if key.value != "people":
            faults.append(f"line {_line(key)}: unknown: {key.value}")
        elif isinstance(value, SequenceNode):
            people = value.value
        else:
            faults.append(f"line {_line(key)}: {_EMPTY_LIST}")
    if not people and not faults:
        faults.append(f"line 1: {_EMPTY_LIST}")
    return _complete([_entry(node, faults) for node in people], faults)


def _complete(entries: list[Entry], faults: list[str]) -> Sequence[Entry]:
    if len(entries) > MOST_PEOPLE:
        faults.append(f"{entries[MOST_PEOPLE].place}: at most {MOST_PEOPLE} people")
    if faults:
        raise FileFaults("\n".join(sorted(faults, key=_place_of)))
    return entries


def _place_of(fault: str) -> int:
    return int(fault.removeprefix("line ").partition(":")[0])


def _decoded(raw: bytes) -> str:
    """Return the text, without the mark that spreadsheets put in front of it."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FileFaults(f"line {line}: not UTF-8 text; save the file as UTF-8") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise FileFaults(f"line {line}: holds a NUL, so it is no text")
    return text


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max((";", ",", "\t"), key=header.count)


def _rows(text: str, faults: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Walk the rows that hold something, each with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            faults.append(f"line {line}: {error}")
            return
        if any(cell.strip() for cell in cells):
            yield line, cells


def _header_faults(names: Sequence[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name and folded(name) in seen:
            yield f"line 1: two columns are called {name}"
        seen.add(folded(name))


def _split(cell: str) -> tuple[str, ...]:
    values = (value.strip() for value in cell.split(_BETWEEN_VALUES))
    return tuple(value for value in values if value)


def _composed(text: str) -> Node | None:
    """Return the nodes of a YAML text: they know their lines, and turn no text into anything."""
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(io.StringIO(text))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FileFaults(f"line {line}: not YAML: {error.problem}") from error
    except (YAMLError, RecursionError) as error:
        raise FileFaults(f"line 1: not YAML: {error}") from error
    return node


def _entry(node: Node, faults: list[str]) -> Entry:
    place = f"line {_line(node)}"
    if not isinstance(node, MappingNode):
        faults.append(f"{place}: a person must hold fields, like username")
        return Entry(place)
    attributes: dict[str, tuple[str, ...]] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, ScalarNode) else ""
        if not name or name in attributes:
            faults.append(f"line {_line(key)}: {name or 'a field'} cannot stand here")
            continue
        parts = value.value if isinstance(value, SequenceNode) else [value]
        if not all(isinstance(part, ScalarNode) for part in parts):
            faults.append(f"line {_line(key)}: {name} must be a text or a list of texts")
            continue
        attributes[name] = tuple(text for part in parts if (text := _text(part)))
    return Entry(place, attributes)


def _text(node: ScalarNode) -> str:
    empty = node.style is None and node.value in {"~", "null", "Null", "NULL"}
    return "" if empty else str(node.value).strip()


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
