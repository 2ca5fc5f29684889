"""Tells pages whom the rules of groups mean, by what the directory of people told."""

from collections.abc import Mapping

from appservice.errors import UsageError
from appservice.ids import UserId
from spaces.people_store import PeopleStore
from spaces.rules import NOBODY, Rule, parse_rule


class Meanings:
    """Answers for one person at a time (feed.contracts.Meaning)."""

    def __init__(self, *, people: PeopleStore) -> None:
        self._people = people

    async def meant(
        self, user_id: UserId, rules: Mapping[str, str]
    ) -> Mapping[str, tuple[str, ...]]:
        """Return, of those of *rules* that mean an account, what of its own they name."""
        person = await self._people.one(user_id)
        if person is None or not person.counts:
            return {}
        named = {name: _rule(text).named_of(person) for name, text in rules.items()}
        return {name: values for name, values in named.items() if values}


def _rule(text: str) -> Rule:
    try:
        return parse_rule(text)
    except UsageError:
        return NOBODY  # An earlier release may have read what this one does not.
