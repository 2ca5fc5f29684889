"""The commands that belong to no part of the house: help and language."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from appservice.commands.grammar import Command, Parameter, Request
from appservice.commands.parsing import usage
from appservice.commands.replies import Reply
from appservice.commands.requests import RequestStore
from appservice.languages import N_, Language, Phrases


@dataclass(frozen=True)
class Help:
    """The commands that the asker may run; *closely*: those asked for, with their parameters."""

    commands: tuple[Command, ...]
    closely: bool = False


@dataclass(frozen=True)
class LanguageSet:
    """The asker is answered in *language* from now on."""

    language: Language


def builtin_commands(
    *, requests: RequestStore, allowed: Callable[[bool], Sequence[Command]]
) -> tuple[Command, ...]:
    """Return help and language; *allowed* tells what a member (False) or admin (True) may run."""

    async def show_help(request: Request) -> Help:
        commands = allowed(request.is_admin)
        topic = tuple(request.argument("topic").lower().split())
        chosen = [command for command in commands if command.words[: len(topic)] == topic]
        return Help(tuple(chosen or commands), closely=bool(topic and chosen))

    async def set_language(request: Request) -> LanguageSet:
        language = Language(request.argument("language"))
        await requests.set_language(request.sender, language)
        return LanguageSet(language)

    return (
        Command(
            words=("help",),
            summary=N_("Show what I can do"),
            parameters=(
                Parameter("topic", N_("the first words of a command"), required=False, rest=True),
            ),
            execute=show_help,
        ),
        Command(
            words=("language",),
            summary=N_("Choose the language of my answers"),
            parameters=(Parameter("language", N_("fr or en"), choices=tuple(Language)),),
            execute=set_language,
        ),
    )


def _say_help(fact: Help, words: Phrases) -> str:
    opening = words(N_("Write to me here, or in a group with `!parvis` in front:"))
    if fact.closely:
        return opening + "\n\n" + "\n".join(_closely(fact.commands, words))
    families: dict[str, list[Command]] = {}
    for command in fact.commands:
        families.setdefault(command.words[0], []).append(command)
    lines = [_family(commands, words) for commands in families.values()]
    largest = max(families, key=lambda word: len(families[word]))
    closing = words(N_("More about some of them: `help {word}`"), word=largest)
    return "\n".join([opening, "", *lines, "", closing])


def _family(commands: Sequence[Command], words: Phrases) -> str:
    """Return one line for what begins with the same word: there are too many to explain at once."""
    if len(commands) == 1:
        return f"- {_explained(usage(commands[0]), commands[0].summary, words)}"
    return "- " + ", ".join(f"`{' '.join(command.words)}`" for command in commands)


def _closely(commands: Sequence[Command], words: Phrases) -> Iterator[str]:
    for command in commands:
        yield f"- {_explained(usage(command), command.summary, words)}"
        for one in command.parameters:
            yield f"    - {_explained(one.name, one.meaning, words, one.typed)}"


def _explained(term: str, meaning: str, words: Phrases, typed: str = "") -> str:
    said = ", ".join(words(part) for part in (meaning, typed) if part)
    return words(N_("{term}: {meaning}"), term=f"`{term}`", meaning=said)


def _say_language(fact: LanguageSet, words: Phrases) -> str:
    del words
    return {
        Language.FR: "Je vous répondrai en français.",
        Language.EN: "I will answer you in English.",
    }[fact.language]


BUILTIN_REPLIES: Mapping[type, Reply] = {Help: _say_help, LanguageSet: _say_language}
