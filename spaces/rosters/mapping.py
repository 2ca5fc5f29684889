"""From a directory's entries to people: which account, under which names, and who is staff.

    entry --names--> attributes --template--> account, or a fault with its place
                                --rule------> staff or not

Pure; every fault is found at once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from appservice.errors import MalformedId, UsageError
from appservice.ids import UserId, localpart, parse_user_id, server_of
from spaces.folding import folded
from spaces.people import DirectoryPerson
from spaces.rosters.entries import ACTIVE, EMAIL, NAME, USERNAME, Entry
from spaces.rules import NOBODY, Rule, parse_rule

ACCOUNTS = "@{username}:{server}"
"""The usual template."""

_PLACE = re.compile(r"\{([^{}]+)\}")
_SERVER, _MAILBOX = "server", "mailbox"
_LOCALPART = re.compile(r"[a-z0-9._=/+-]+\Z")  # Appendix "User Identifiers" of the specification.
_WORDS = {
    **dict.fromkeys(("", "yes", "true", "1", "on", "oui", "vrai"), True),
    **dict.fromkeys(("no", "false", "0", "off", "non", "faux"), False),
}
_LONGEST_VALUE, _MOST_VALUES = 1000, 1000


@dataclass(frozen=True)
class Roster:
    """Everybody whom a directory tells of, and what of it makes no person."""

    people: tuple[DirectoryPerson, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class PeopleRules:
    """How an organization reads its directory; `faults` says what of it cannot be.

    *accounts* makes a Matrix id; *renamed* maps our names to those of the directory; *staff* is a
    rule, empty where everybody is staff.
    """

    server: str
    accounts: str = ACCOUNTS
    staff: str = ""
    renamed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def faults(self) -> Iterator[tuple[str, str]]:
        """Yield the setting and the reason."""
        places = set(_PLACE.findall(self.accounts)) - {_SERVER}
        if not places or not self.accounts.startswith("@") or ":" not in self.accounts:
            yield "accounts", f"must be like {ACCOUNTS}"
        try:
            parse_rule(self.staff)
        except UsageError as error:
            yield "staff", error.message.format(**error.values)

    def roster(self, entries: Iterable[Entry]) -> Roster:
        """Return the people that *entries* make."""
        rule, people, faults = parse_rule(self.staff), list[DirectoryPerson](), list[str]()
        places: dict[UserId, str] = {}
        for entry in entries:
            try:
                person = self._person(self._renamed(entry), rule)
            except _NoPersonError as error:
                faults.append(f"{entry.place}: {error}")
                continue
            if taken := places.get(person.user_id):
                faults.append(f"{entry.place}: {person.user_id} is {taken} already")
                continue
            places[person.user_id] = entry.place
            people.append(person)
        return Roster(tuple(people), tuple(faults))

    def _renamed(self, entry: Entry) -> Entry:
        found = {
            ours: tuple(value for name in theirs for value in _values(entry, name))
            for ours, theirs in self.renamed.items()
        }
        gone = {folded(name) for names in self.renamed.values() for name in names}
        kept = {
            _known(name): values
            for name, values in entry.attributes.items()
            if folded(name) not in gone
        }
        return Entry(entry.place, {**kept, **{name: some for name, some in found.items() if some}})

    def _person(self, entry: Entry, rule: Rule) -> DirectoryPerson:
        attributes = {
            name: tuple(value[:_LONGEST_VALUE] for value in values[:_MOST_VALUES])
            for name, values in entry.attributes.items()
            if name not in {NAME, EMAIL, ACTIVE}
        }
        person = DirectoryPerson(
            user_id=self._account(entry),
            name=entry.first(NAME)[:_LONGEST_VALUE],
            email=entry.first(EMAIL)[:_LONGEST_VALUE],
            active=_is_active(entry),
            attributes=attributes,
        )
        return replace(person, staff=rule == NOBODY or rule.means(person))

    def _account(self, entry: Entry) -> UserId:
        """Return the account, in small letters, as homeservers make them at the first sign-in."""
        filled = _PLACE.sub(lambda found: self._filling(entry, found[1]), self.accounts).lower()
        try:
            user_id = parse_user_id(filled)
        except MalformedId:
            raise _NoPersonError(_no_account(filled)) from None
        if server_of(user_id) != self.server:
            raise _NoPersonError(f"“{filled}” is not an account of {self.server}")
        if not _LOCALPART.match(localpart(user_id)):
            raise _NoPersonError(_no_account(filled))
        return user_id

    def _filling(self, entry: Entry, name: str) -> str:
        if name == _SERVER:
            return self.server
        if name == _MAILBOX:
            value = entry.first(EMAIL).partition("@")[0]
        else:
            value = next(iter(_values(entry, name)), "")
        if not value:
            raise _NoPersonError(f"has no {EMAIL if name == _MAILBOX else name}")
        return value


class _NoPersonError(Exception):
    """An entry makes no person; the text says why."""


def _no_account(filled: str) -> str:
    return f"“{filled}” is no account: only small letters, digits and . _ = / + - may stand in it"


def _values(entry: Entry, name: str) -> tuple[str, ...]:
    """Return the values of an attribute, however its name is written."""
    if name in entry.attributes:
        return entry.attributes[name]
    wanted = folded(name)
    return next((some for key, some in entry.attributes.items() if folded(key) == wanted), ())


def _known(name: str) -> str:
    """Return our own spelling of the names that we know."""
    spelled = folded(name)
    return spelled if spelled in {USERNAME, NAME, EMAIL, ACTIVE} else name


def _is_active(entry: Entry) -> bool:
    word = entry.first(ACTIVE)
    active = _WORDS.get(folded(word))
    if active is None:
        raise _NoPersonError(f"active must be yes or no, not “{word}”")
    return active
