"""Facts become words: each class of facts has one function that says it, in both languages.

A reply is Markdown of our own making; what strangers wrote goes in through `quoted`.
"""

import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any, TypeAlias

from appservice.languages import Phrases

Reply: TypeAlias = Callable[[Any, Phrases], str]

# Markdown lets a backslash stand before these only; the others need an entity.
_SHIELDED = r"\`*_{}[]()#+-.!>"
_SHIELD = re.compile("\\\\([" + re.escape(_SHIELDED) + "])")
_QUOTED = {
    **{sign: "\\" + sign for sign in _SHIELDED},
    "&": "&amp;",
    "<": "&lt;",
    "|": "&#124;",
    "~": "&#126;",
    "@": "@\u2060",
}


class Replies:
    """The functions that say facts, by class; packages add theirs at wiring."""

    def __init__(self, *tables: Mapping[type, Reply]) -> None:
        self._by_class: dict[type, Reply] = {}
        for table in tables:
            self._by_class.update(table)

    def say(self, fact: object, words: Phrases) -> str:
        """Return *fact* in Markdown."""
        return self._by_class[type(fact)](fact, words)


def quoted(text: str) -> str:
    """Return *text* so that Markdown shows it literally, on one line, pinging nobody."""
    flat = " ".join(text.split())
    return "".join(_QUOTED.get(sign, sign) for sign in flat)


def in_code(text: str) -> str:
    """Return *text* as it may stand between two backticks, where nothing is escaped."""
    return " ".join(text.split()).replace("`", "")


def bare(markdown: str) -> str:
    """Return a reply for clients that show no HTML: as it is, without what only shields."""
    return _SHIELD.sub(r"\1", unescape(markdown))
