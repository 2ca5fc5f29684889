"""From a line of text to a command and its arguments, or to an error that names the right words."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from appservice.commands.grammar import Command, Parameter
from appservice.errors import UsageError
from appservice.languages import N_

_LONGEST_LINE = 2000

# Apostrophes are letters in French: only double quotes group words. Telephones set them as a printer
# would; « » do so behind a = alone, since French texts have them around words.
_GROUP = (
    r'"([^"]*)"'
    r"|(?:(?<==)|(?<![^ \t\r]))[“”„]([^“”„\"]*)[“”](?![^ \t\r])"
    r"|(?<==)«\s*([^«»\"]*?)\s*»(?![^ \t\r])"
)
_GROUPED = re.compile(_GROUP)
_WORD = re.compile(rf"(?:{_GROUP}|[^ \t\r\"])+")


@dataclass(frozen=True)
class _Word:
    """A word of a line, as it *stands* there and without the quotes that group it."""

    stands: str

    @property
    def text(self) -> str:
        return _GROUPED.sub(lambda found: "".join(filter(None, found.groups())), self.stands)


def parse(line: str, commands: Sequence[Command]) -> tuple[Command, dict[str, str]]:
    """Return the command that *line* asks for with its arguments, or raise UsageError.

    *commands* are those that the asker may run, so no error betrays another.
    """
    words = _split(line)
    command = _find([word.text for word in words], commands)
    return command, _arguments(command, words[len(command.words) :])


def usage(command: Command) -> str:
    """Return how to write *command*: ``group create NAME [kind=…]``."""
    parts, open_end = [*command.words], False
    for parameter in command.parameters:
        choices = "|".join(parameter.choices)
        shown = f"{parameter.name}={choices}" if choices else parameter.name.upper()
        if open_end:
            # What stands behind the rest of a line can only be given by its name.
            shown = f"{parameter.name}=…"
        parts.append(shown if parameter.required else f"[{shown}]")
        open_end = open_end or parameter.rest
    return " ".join(parts)


def _split(line: str) -> list[_Word]:
    if len(line) > _LONGEST_LINE or "\n" in line.strip():
        raise UsageError(N_("A command is one line."))
    if line.count('"') % 2:
        raise UsageError(N_("A quotation mark is not closed."))
    return [_Word(found[0]) for found in _WORD.finditer(line)]


def _find(words: Sequence[str], commands: Sequence[Command]) -> Command:
    lowered = tuple(word.lower() for word in words)
    fitting = [command for command in commands if lowered[: len(command.words)] == command.words]
    if fitting:
        return max(fitting, key=lambda command: len(command.words))
    names = {" ".join(command.words): command for command in commands}
    asked = " ".join(lowered[:2])
    near = difflib.get_close_matches(asked, names, n=1, cutoff=0.5)
    near = near or [name for name in names if lowered and name.split()[0] == lowered[0]][:1]
    near = near or difflib.get_close_matches(lowered[0] if lowered else "", names, n=1, cutoff=0.5)
    if near:
        raise UsageError(
            N_("I do not know “{asked}”. Did you mean `{near}`?"), asked=asked, near=near[0]
        )
    raise UsageError(N_("I do not know “{asked}”. Write `help` for what I can do."), asked=asked)


def _arguments(command: Command, words: list[_Word]) -> dict[str, str]:
    by_name = {parameter.name: parameter for parameter in command.parameters}
    given: dict[str, str] = {}
    loose: list[_Word] = []
    for word in words:
        name, equals, value = word.text.partition("=")
        if equals and name.lower() in by_name and name.lower() not in given:
            given[name.lower()] = value
        else:
            loose.append(word)
    open_ones = [parameter for parameter in command.parameters if parameter.name not in given]
    left = _fill(open_ones, loose, given)
    return _checked(command, given, left)


def _fill(
    parameters: Sequence[Parameter], loose: list[_Word], given: dict[str, str]
) -> list[_Word]:
    """Put *loose* words into *given*, in order; return those that are left."""
    for number, parameter in enumerate(parameters):
        if not loose:
            break
        if parameter.rest:
            given[parameter.name], loose = _rest(loose), []
        elif not _belongs_later(loose[0].text, parameter, parameters[number + 1 :]):
            given[parameter.name], loose = loose[0].text, loose[1:]
    return loose


def _rest(words: Sequence[_Word]) -> str:
    """Return the text that *words* are; within it quotes are its own, around all of it they group."""
    return words[0].text if len(words) == 1 else " ".join(word.stands for word in words)


def _belongs_later(word: str, parameter: Parameter, later: Sequence[Parameter]) -> bool:
    """Tell whether *word* is no choice of an optional *parameter*, but of one after it.

    Any other wrong word is an error: a misspelled "secret" must not become part of a text.
    """
    if parameter.required or not parameter.choices or word.lower() in parameter.choices:
        return False
    return any(word.lower() in other.choices for other in later)


def _checked(command: Command, given: dict[str, str], left: list[_Word]) -> dict[str, str]:
    """Return *given* with choices as the command writes them, or raise UsageError."""
    checked = dict(given)
    for parameter in command.parameters:
        value = given.get(parameter.name, "")
        if parameter.choices and value:
            checked[parameter.name] = value = value.lower()
        wrong = bool(value and parameter.choices and value not in parameter.choices)
        if wrong or (parameter.required and not value):
            raise UsageError(N_("Write it like this: `{usage}`"), usage=usage(command))
    if left:
        raise UsageError(
            N_("“{word}” is too much. Write it like this: `{usage}`"),
            word=left[0].text,
            usage=usage(command),
        )
    return checked
