"""Groups as one YAML file: read with the line of every fault, written from what stands.

    groups:
      - slug: site-de-lyon
        name: Site de Lyon
        kind: place
        rule: site = Lyon
        owners: [claire]

A field that is left out stays as it is; for a new group it is what the kind says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any, TypeAlias

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarstring import LiteralScalarString

from appservice.errors import FileFaults
from spaces.misread import as_far_as_it_goes
from spaces.vocabulary import Access, Posting

_MOST_GROUPS = 10_000
_NEEDED = {"": ("slug", "name", "kind"), "connections": ("name", "app")}

OptionValue: TypeAlias = bool | int | str | tuple[str, ...]


class CharterSheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The charter's answers, as far as they are given."""

    purpose: str | None = None
    audience: str | None = None
    needs: str | None = None
    obstacles: str | None = None
    relief: str | None = None
    reason: str | None = None
    review: date | None = None


class AccountSheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The account that acts for a connection, without its token."""

    base_url: str | None = None
    user: str | None = None
    token_file: str | None = None
    """The file that holds its token, seen from the folder of this one."""
    token_env: str | None = None
    """The variable that holds its token, where `parvis apply` is called."""


class ConnectionSheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One connection of a group, as far as the file says anything of it: what an option means is the
    bridges' business.
    """

    name: str
    app: str
    scheme: str | None = None
    paused: bool | None = None
    options: Mapping[str, OptionValue] = {}
    secret_file: str | None = None
    """The file that holds its secret, seen from the folder of this one."""
    secret_env: str | None = None
    """The variable that holds its secret, where `parvis apply` is called."""
    mapping: str | None = None
    account: AccountSheet | None = None


class GroupSheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One group, as far as the file says anything of it."""

    slug: str
    name: str
    kind: str
    access: Access | None = None
    charter: CharterSheet = CharterSheet()
    tier: str | None = None
    place: int | None = None
    labels: tuple[str, ...] | None = None
    rule: str | None = None
    parent: str | None = None
    owners: tuple[str, ...] | None = None
    moderators: tuple[str, ...] | None = None
    posters: tuple[str, ...] | None = None
    guests: tuple[str, ...] | None = None
    chat: bool | None = None
    posting: Posting | None = None
    commenting: Posting | None = None
    ends: date | None = None
    language: str | None = None
    archived: bool | None = None
    connections: tuple[ConnectionSheet, ...] | None = None


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a file; *line* counts from 1."""

    line: int
    what: str

    def __str__(self) -> str:
        """Return how it is shown."""
        return f"line {self.line}: {self.what}"


@dataclass(frozen=True)
class Sheet:
    """A file that could be read: each group with the lines of its fields."""

    groups: tuple[GroupSheet, ...]
    lines: tuple[Mapping[str, int], ...]
    """For each group, the line of each field; "" is where the group begins, ``connections.2`` is
    where its third connection does, and ``connections.2.app`` a field of that.
    """
    faults: tuple[Fault, ...] = ()
    """What is wrong with its form. The groups stand without what is at fault, so that all else that
    is wrong can be named at once; nobody carries such a sheet out.
    """
    unread: frozenset[tuple[int, str]] = frozenset()
    """By number, which fields of groups are at fault already."""

    def line(self, number: int, field: str) -> int:
        """Return where *field* of group *number* stands, or else what it is part of."""
        return _line_of(self.lines[number], field)


class Unreadable(FileFaults):
    """A file of groups with faults: all that were found, at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def read_sheet(text: str) -> Sheet:
    """Return the groups in *text* with every fault of form; raise Unreadable where there are none."""
    document = _document(text)
    items = document.get("groups")
    faults = [Fault(_line(document, key), f"unknown: {key}") for key in document if key != "groups"]
    if not isinstance(items, CommentedSeq) or len(items) > _MOST_GROUPS:
        raise Unreadable([*faults, Fault(1, "there must be a list of `groups`")])
    groups: list[GroupSheet] = []
    lines: list[Mapping[str, int]] = []
    unread: set[tuple[int, str]] = set()
    for number, item in enumerate(items):
        if not isinstance(item, CommentedMap):
            line = items.lc.item(number)[0] + 1
            faults.append(Fault(line, "a group must hold fields, like name"))
            continue
        group, wrong = as_far_as_it_goes(_plain(item), GroupSheet, _NEEDED)
        where = dict(_lines(item))
        unread |= {(len(groups), one.field) for one in wrong}
        faults += [Fault(_line_of(where, one.place), one.said) for one in wrong]
        groups.append(group)
        lines.append(where)
    return Sheet(tuple(groups), tuple(lines), tuple(faults), frozenset(unread))


def write_sheet(groups: Sequence[GroupSheet]) -> str:
    """Return *groups* as block YAML."""
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 100
    out = StringIO()
    yaml.dump({"groups": [_filled(msgspec.to_builtins(group)) for group in groups]}, out)
    return out.getvalue()


def _document(text: str) -> CommentedMap:
    try:
        document = YAML().load(StringIO(text))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Unreadable([Fault(line, f"not YAML: {error.problem}")]) from error
    except YAMLError as error:
        raise Unreadable([Fault(1, f"not YAML: {error}")]) from error
    if not isinstance(document, CommentedMap):
        raise Unreadable([Fault(1, "there must be a list of `groups`")])
    return document


def _plain(value: Any) -> Any:
    """Return *value* without the marks of the YAML reader."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value


def _lines(item: CommentedMap) -> Iterator[tuple[str, int]]:
    yield "", item.lc.line + 1
    for key, value in item.items():
        yield str(key), _line(item, key)
        if isinstance(value, CommentedSeq):
            for number, part in enumerate(value):
                if isinstance(part, CommentedMap):
                    yield from _lines_below(f"{key}.{number}", part)


def _lines_below(place: str, item: CommentedMap) -> Iterator[tuple[str, int]]:
    yield place, item.lc.line + 1
    for key, value in item.items():
        yield f"{place}.{key}", _line(item, key)
        if isinstance(value, CommentedMap):
            for inner in value:
                yield f"{place}.{key}.{inner}", _line(value, inner)


def _line(item: CommentedMap, key: object) -> int:
    return int(item.lc.key(key)[0]) + 1


def _line_of(lines: Mapping[str, int], place: str) -> int:
    """Return where *place* stands, or else what it is part of."""
    while place and place not in lines:
        place = place.rpartition(".")[0]
    return lines[place]


def _filled(value: Any) -> Any:
    """Return *value* without what is not given."""
    if isinstance(value, Mapping):
        kept = {key: _filled(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner not in (None, {}, [])}
    if isinstance(value, (list, tuple)):
        return [_filled(inner) for inner in value]
    if isinstance(value, str) and "\n" in value:
        return LiteralScalarString(value)
    return value
