"""What the bot says about groups and members."""

from collections.abc import Mapping, Sequence

from appservice.commands.replies import Reply, quoted
from appservice.ids import localpart
from appservice.languages import N_, Phrases
from spaces.commands.access import ACCESS
from spaces.commands.groups import GroupList, GroupShown
from spaces.commands.members import MemberAdded, MemberList, MemberRemoved
from spaces.kinds import Kind
from spaces.members import Person
from spaces.model import Group
from spaces.roles import ROLE_NAMES
from spaces.vocabulary import Role

_MOST_PEOPLE = 50

_CLASSES = {
    "business": N_("business"),
    "roadmap": N_("roadmap"),
    "support": N_("support"),
}
"""The classes that our own kinds name; a config's own are shown as they are written."""


class _Speaker:
    """Says facts with the names of the kinds that this organization has."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = kinds

    def listed(self, fact: GroupList, words: Phrases) -> str:
        if not fact.groups:
            return words(N_("There is no group yet."))
        return "\n".join(f"- {self._line(group, words)}" for group in fact.groups)

    def shown(self, fact: GroupShown, words: Phrases) -> str:
        parts = [self._line(fact.group, words)]
        if fact.group.declaration.charter.topic:
            parts.append(quoted(fact.group.declaration.charter.topic))
        if fact.people is not None:
            parts.append(_people(fact.people, words))
        if fact.missing:
            named = ", ".join(words(_CLASSES.get(name, name)) for name in fact.missing)
            parts.append(words(N_("Nothing feeds it yet from: {classes}"), classes=named))
        return "\n\n".join(parts)

    def _line(self, group: Group, words: Phrases) -> str:
        declared = group.declaration
        known = self._kinds.get(declared.kind)
        kind = known.names[words.language] if known else quoted(declared.kind)
        access = words(ACCESS[declared.access])
        if declared.partners:
            partners = ", ".join(quoted(name) for name in declared.partners)
            access += ", " + words(N_("shared with {partners}"), partners=partners)
        return words(
            N_("**{name}** (`{slug}`): {kind}, {access}"),
            name=quoted(group.name),
            slug=group.slug,
            kind=kind,
            access=access,
        )


def _people(people: Sequence[Person], words: Phrases) -> str:
    shown = ", ".join(_person(person, words) for person in people[:_MOST_PEOPLE])
    line = words(N_("People: {people}"), people=shown or words(N_("nobody yet")))
    more = len(people) - _MOST_PEOPLE
    if more > 0:
        line += " " + words(N_("and {n} more"), n=more)
    return line


def _person(person: Person, words: Phrases) -> str:
    known = person.role is not Role.MEMBER
    standing = words(ROLE_NAMES[person.role]) if known else quoted(person.external)
    return quoted(person.name) + (f" ({standing})" if standing else "")


def _listed_people(fact: MemberList, words: Phrases) -> str:
    return f"**{quoted(fact.group.name)}**\n\n{_people(fact.people, words)}"


def _added(fact: MemberAdded, words: Phrases) -> str:
    message = N_("{person} is in **{group}** or invited already.")
    if fact.role is not Role.MEMBER:
        message = N_("{person} is in **{group}** as {role}.")
    elif fact.fresh:
        message = N_("{person} is invited to **{group}**.")
    return words(
        message,
        person=quoted(localpart(fact.user_id)),
        group=quoted(fact.group.name),
        role=words(ROLE_NAMES[fact.role]),
    )


def _removed(fact: MemberRemoved, words: Phrases) -> str:
    return words(
        N_("{person} is no longer in **{group}**."),
        person=quoted(localpart(fact.user_id)),
        group=quoted(fact.group.name),
    )


def replies_with(kinds: Mapping[str, Kind]) -> Mapping[type, Reply]:
    """Return the functions that say our facts, naming *kinds*."""
    speaker = _Speaker(kinds)
    return {
        GroupList: speaker.listed,
        GroupShown: speaker.shown,
        MemberList: _listed_people,
        MemberAdded: _added,
        MemberRemoved: _removed,
    }
