"""Facts become words: each class of facts has one function that says it, in both languages.

A reply is Markdown of our own making; what strangers wrote goes in through `quoted`.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from appservice.languages import Phrases

Reply: TypeAlias = Callable[[Any, Phrases], str]


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
    escaped = "".join("\\" + sign if sign in r"\`*_{}[]()#+-.!|<>~" else sign for sign in flat)
    return escaped.replace("@", "@\u2060")
