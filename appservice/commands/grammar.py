"""A command is a description: words, parameters, who may, and an executor that returns facts.

Help, usage lines and parse errors all come from the description.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from appservice.ids import RoomId, UserId
from appservice.languages import Language, Phrases


class Audience(StrEnum):
    """Who may run a command. The executor still checks rights on the group it names."""

    STAFF = "staff"
    """Members of the organization: accounts that are in the root space, and admins."""
    ADMINS = "admins"
    """The accounts that the config lists."""


@dataclass(frozen=True)
class Parameter:
    """One word after the command's own, or with *rest* all that is left of the line.

    ``name=value`` fills *name* wherever it stands; otherwise parameters are filled in order.
    """

    name: str
    meaning: str
    """A msgid, a few words."""
    required: bool = True
    rest: bool = False
    long: bool = False
    """Sentences or a list: forms give it several lines."""
    typed: str = ""
    """A msgid: what only those need to know who write it in a message; forms leave it out."""
    choices: tuple[str, ...] = ()
    named: Callable[[str, Phrases], str] = lambda choice, words: words(choice)
    """Returns a choice's name, where people pick rather than write it."""


@dataclass(frozen=True)
class Request:
    """Who asks for what, where. *event_id* of the message names the request for all time."""

    sender: UserId
    room_id: RoomId
    event_id: str
    language: Language
    arguments: Mapping[str, str]
    is_admin: bool = False

    def argument(self, name: str) -> str:
        """Return an argument, or an empty string if it was left out."""
        return self.arguments.get(name, "")


Fact: TypeAlias = object
"""What an executor returns: a frozen value whose class has a reply (replies.py)."""


@dataclass(frozen=True)
class Command:
    """One thing the bot can do. *words* are its name: ("group", "create")."""

    words: tuple[str, ...]
    summary: str
    """A msgid, one sentence."""
    execute: Callable[[Request], Awaitable[Fact]]
    parameters: tuple[Parameter, ...] = ()
    audience: Audience = Audience.STAFF
    level: int = 100
    """The power level in the group that it asks for; the executor checks it, forms go by it."""
    present: Callable[[Request], Awaitable[Mapping[str, str]]] | None = None
    """Returns the arguments as they stand now, with which a form on the web begins."""
    resumed: bool = False
    """Its work has many steps, and must not rest half done: cut off by a crash, it is carried out
    again at the next start, also when a form asked for it.
    """

    @property
    def name(self) -> str:
        """Return the words as they are written."""
        return " ".join(self.words)

    @property
    def about_group(self) -> bool:
        """Tell whether it is about one group, whose page can fill that parameter."""
        return self._asks_for("group") and not self.about_connection

    @property
    def about_connection(self) -> bool:
        """Tell whether it is about one connection, whose page can fill that parameter and the
        group's.
        """
        return self._asks_for("connection")

    def _asks_for(self, name: str) -> bool:
        return any(parameter.name == name for parameter in self.parameters)
