"""The kinds of group, as data: what each is called, looks like, begins with and allows.

The seven stand in ``kinds.yaml``; a config may change them or add others, without any code.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from ruamel.yaml import YAML

from appservice.errors import ConfigError
from appservice.languages import Language
from spaces.vocabulary import Access, Posting

GENERAL = "general"


class Case(StrEnum):
    """How the letters of a name stand."""

    FREE = "free"
    SENTENCE = "sentence"
    LOWER = "lower"
    TITLE = "title"


class Joining(StrEnum):
    """Who is brought into a group without asking for it."""

    EVERYONE = "everyone"
    RULE = "rule"
    NOBODY = "nobody"


class Ending(StrEnum):
    """From when on a group may be proposed for rest."""

    NEVER = "never"
    DATE = "date"
    QUIET = "quiet"


class Chat(StrEnum):
    """Whether a group gets a chat room: members of many groups should not see three rooms each."""

    ALWAYS = "always"
    ON_REQUEST = "on-request"
    NEVER = "never"


class Convention(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How names of a kind are made: prefix, separator, then the name in this case."""

    prefix: str = ""
    separator: str = " "
    case: Case = Case.FREE


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One kind of group; ``kinds.yaml`` tells what each field means."""

    key: str
    names: Mapping[Language, str]
    plurals: Mapping[Language, str] = {}
    example: Mapping[Language, str] = {}
    rank: int = 50
    icon: str = "users"
    convention: Convention = Convention()
    access: Access = Access.OPEN
    posting: Posting = Posting.EVERYONE
    commenting: Posting = Posting.EVERYONE
    joining: Joining = Joining.NOBODY
    leaving: bool = True
    guests: bool = True
    sources: tuple[str, ...] = ()
    needs: Mapping[str, tuple[str, ...]] = {}
    labels: tuple[str, ...] = ()
    cadence_days: int = 0
    unanswered_hours: int = 0
    landmark: bool = False
    ending: Ending = Ending.NEVER
    ending_days: int = 0
    chat: Chat = Chat.ON_REQUEST

    def plural(self, language: Language) -> str:
        """Return the heading over several groups of this kind."""
        return self.plurals.get(language) or self.names[language]

    def missing(self, apps: frozenset[str]) -> tuple[str, ...]:
        """Return the classes of sources that none of *apps* belongs to."""
        return tuple(name for name, fitting in self.needs.items() if not apps & set(fitting))


@cache
def built_in_kinds() -> Mapping[str, Kind]:
    """Return the seven, in their order."""
    return kinds_with({})


def kinds_with(extra: Mapping[str, Any]) -> Mapping[str, Kind]:
    """Return the seven with what *extra* (a config's ``kinds``) changes or adds, in their order.

    Raises ConfigError naming the key.
    """
    raw = dict(_shipped())
    for key, changes in extra.items():
        if not isinstance(changes, Mapping):
            raise ConfigError(f"kinds.{key}", "must hold settings, like `names: {fr: …, en: …}`")
        raw[key] = _merged(raw.get(key, {}), changes)
    kinds = [_parse(key, settings) for key, settings in raw.items()]
    return {kind.key: kind for kind in sorted(kinds, key=lambda kind: kind.rank)}


@cache
def _shipped() -> Mapping[str, Any]:
    text = (files("spaces") / "kinds.yaml").read_text("utf-8")
    return dict(YAML(typ="safe", pure=True).load(text))


def _merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return *base* with *changes*; what holds settings of its own is changed one by one."""
    inner = {
        key: _merged(base[key], value)
        for key, value in changes.items()
        if isinstance(value, Mapping) and isinstance(base.get(key), Mapping)
    }
    return {**base, **changes, **inner}


def _parse(key: str, settings: Mapping[str, Any]) -> Kind:
    try:
        kind = msgspec.convert({**settings, "key": key}, Kind)
    except msgspec.ValidationError as error:
        why, _, path = str(error).partition(" - at ")
        inner = path.strip("`").removeprefix("$").lstrip(".")
        raise ConfigError(f"kinds.{key}" + (f".{inner}" if inner else ""), why) from error
    for language in Language:
        if not kind.names.get(language):
            raise ConfigError(f"kinds.{key}.names.{language}", "is missing")
    return kind
