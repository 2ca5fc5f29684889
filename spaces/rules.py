"""Rules that say who belongs: ``site = Lyon``, ``trade = Buyer or trade = Logistics``.

    rule       = part {"or" part}
    part       = comparison {"and" comparison}
    comparison = name ("=" | "!=") value        a value with spaces stands in quotation marks

Case and accents do not count, neither in names nor in values. French ``et`` and ``ou`` are read too.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from appservice.errors import UsageError
from appservice.languages import N_
from spaces.folding import folded
from spaces.people import DirectoryPerson

_TOKEN = re.compile(r'\s*("[^"]*"|«[^»]*»|!=|=|[^\s=!"«»]+)')
_AND, _OR = {"and", "et"}, {"or", "ou"}
_LONGEST = 500


@dataclass(frozen=True)
class Comparison:
    """One test of one attribute, name and value folded."""

    name: str
    value: str
    equal: bool = True

    def holds(self, attributes: Mapping[str, frozenset[str]]) -> bool:
        """Tell whether any value of the attribute is the wanted one (or none is)."""
        return (self.value in attributes.get(self.name, frozenset())) is self.equal


@dataclass(frozen=True)
class Rule:
    """Alternatives, each a list of tests that must all hold. Without any, nobody is meant."""

    alternatives: tuple[tuple[Comparison, ...], ...] = ()

    def means(self, person: DirectoryPerson) -> bool:
        """Tell whether *person* belongs."""
        known = person.comparable
        return any(all(test.holds(known) for test in tests) for tests in self.alternatives)

    def named_of(self, person: DirectoryPerson) -> tuple[str, ...]:
        """Return by what *person* belongs, as the directory writes it; none for who does not."""
        known = person.comparable
        for tests in self.alternatives:
            if all(test.holds(known) for test in tests):
                wanted = [(test.name, test.value) for test in tests if test.equal]
                return tuple(_written(person, *one) for one in wanted)
        return ()


def _written(person: DirectoryPerson, name: str, value: str) -> str:
    written = (
        one for key, values in person.attributes.items() if folded(key) == name for one in values
    )
    return next(one for one in written if folded(one) == value)


NOBODY = Rule()


@lru_cache(maxsize=1024)
def parse_rule(text: str) -> Rule:
    """Return the rule that *text* writes (empty: nobody), or raise UsageError naming the place."""
    words = _words(text)
    if not words:
        return NOBODY
    alternatives = []
    for part in _split(words, _OR):
        tests = [_comparison(test, text) for test in _split(part, _AND)]
        alternatives.append(tuple(tests))
    return Rule(tuple(alternatives))


def _words(text: str) -> list[str]:
    if len(text) > _LONGEST:
        raise UsageError(N_("A rule has at most {n} characters."), n=_LONGEST)
    words, at = [], 0
    stripped = text.rstrip()
    while at < len(stripped):
        found = _TOKEN.match(stripped, at)
        if found is None:
            raise UsageError(N_("I cannot read the rule at “{place}”."), place=stripped[at:][:40])
        words.append(found[1])
        at = found.end()
    return words


def _split(words: Sequence[str], between: set[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word.casefold() in between:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _comparison(words: Sequence[str], text: str) -> Comparison:
    """Return the test that *words* write; several bare words after the sign are one value."""
    if len(words) < 3 or words[1] not in {"=", "!="} or {"=", "!="} & set(words[2:]):  # noqa: PLR2004
        raise UsageError(
            N_("I cannot read the rule “{rule}”. Write it like `site = Lyon`."), rule=text
        )
    value = " ".join(words[2:]).strip('"«» \u00a0\u202f')
    return Comparison(folded(words[0]), folded(value), equal=words[1] == "=")
