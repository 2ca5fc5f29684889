"""From a file of groups to what must change: checked as a whole before anything is touched.

sheet + groups that stand --> faults, all at once
                          --> changes, parents before children --> words (dry run) | carried out
"""

import hmac
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from appservice.ids import UserId
from appservice.languages import N_, Phrases
from spaces.charter import QUESTIONS, Charter
from spaces.file_faults import ROLE_LISTS, TIERS, Faults, account_of, charter_with
from spaces.kinds import Chat, Kind
from spaces.model import Declaration, Group, with_roles
from spaces.sheet import CharterSheet, ConnectionSheet, GroupSheet, Sheet, Unreadable
from spaces.vocabulary import Access, Role

_SLUG_BYTES = 8


@dataclass(frozen=True)
class Change:
    """What one group should be, beside what it is now (None: it is new)."""

    before: Declaration | None
    after: Declaration

    @property
    def needed(self) -> bool:
        """Tell whether anything differs."""
        return self.before != self.after

    def told(self, words: Phrases) -> str:
        """Return the difference in words, one line each."""
        if self.before is None:
            told = words(N_("new group “{name}”"), name=self.after.name)
            unsaid = [one.asked for one in QUESTIONS if not self.after.charter.answer(one)]
            if not unsaid:
                return told
            asked = " ".join(words(one) for one in unsaid)
            return told + "\n  " + words(N_("its charter does not say yet: {asked}"), asked=asked)
        lines = [
            f"  {field.name}: {_shown(before)} → {_shown(after)}"
            for field in fields(Declaration)
            if (before := getattr(self.before, field.name))
            != (after := getattr(self.after, field.name))
        ]
        head = words(N_("group “{name}” changes:"), name=self.before.name)
        return "\n".join([head, *lines])


class Applying:
    """Compares files with groups; changes nothing itself."""

    def __init__(self, *, kinds: Mapping[str, Kind], server_name: str, key: bytes) -> None:
        """*key* makes the uuids of new groups: the same at each try, and guessed by nobody."""
        self._kinds = kinds
        self._faults = Faults(kinds=kinds, server_name=server_name)
        self._server_name = server_name
        self._key = key

    def changes(self, sheet: Sheet, standing: Sequence[Group]) -> Sequence[Change]:
        """Return what *sheet* asks for, parents first, or raise Unreadable with every fault."""
        known = {group.slug: group.declaration for group in standing}
        uuids = self.uuids(sheet, known)
        if found := list(self._faults.of(sheet, known, uuids)):
            raise Unreadable(found)
        by_uuid = {one.uuid: one for one in known.values()}
        changes = []
        for one in _parents_first(sheet.groups):
            before = by_uuid.get(uuids[one.slug])
            changes.append(Change(before, self._declaration(one, before, uuids, known)))
        return changes

    def uuids(self, sheet: Sheet, known: Mapping[str, Declaration]) -> Mapping[str, str]:
        """Return by its slug in the file what names each group for all time."""
        # A secret group's address has an ending of its own, so the file's slug finds its uuid.
        return {
            one.slug: known[one.slug].uuid if one.slug in known else self._uuid(one.slug)
            for one in sheet.groups
        }

    def _uuid(self, slug: str) -> str:
        digest = hmac.digest(self._key, f"group:{self._server_name}/{slug}".encode(), "sha256")
        return str(uuid.UUID(bytes=digest[:16], version=4))

    # What is asked for

    def _declaration(
        self,
        one: GroupSheet,
        before: Declaration | None,
        uuids: Mapping[str, str],
        known: Mapping[str, Declaration],
    ) -> Declaration:
        base = before or self._new(one, uuids[one.slug])
        given: dict[str, Any] = {
            "access": one.access,
            "place": one.place,
            "labels": one.labels,
            "rule": " ".join(one.rule.split()) if one.rule is not None else None,
            "chat": one.chat,
            "posting": one.posting,
            "commenting": one.commenting,
            "ends": one.ends,
            "language": one.language,
            "archived": one.archived,
            "landmark": TIERS[one.tier] if one.tier else None,
            "parent": self._parent(one, uuids, known),
        }
        return replace(
            base,
            name=" ".join(one.name.split()),
            kind=one.kind,
            charter=charter_with(base.charter, one.charter),
            roles=self._roles(base, one),
            **{name: value for name, value in given.items() if value is not None},
        )

    def _new(self, one: GroupSheet, identifier: str) -> Declaration:
        """Return what a new group is before the file says more."""
        kind = self._kinds[one.kind]
        access = one.access or kind.access
        ending = f"-{identifier.replace('-', '')[: 2 * _SLUG_BYTES]}"
        return Declaration(
            uuid=identifier,
            slug=one.slug[:20].strip("-") + ending if access is Access.SECRET else one.slug,
            name=one.name,
            kind=one.kind,
            access=access,
            landmark=kind.landmark,
            labels=kind.labels,
            chat=kind.chat is Chat.ALWAYS,
            posting=kind.posting,
            commenting=kind.commenting,
        )

    def _parent(
        self, one: GroupSheet, uuids: Mapping[str, str], known: Mapping[str, Declaration]
    ) -> str | None:
        if not one.parent:
            return one.parent
        return uuids.get(one.parent) or known[one.parent].uuid

    def _roles(self, base: Declaration, one: GroupSheet) -> tuple[tuple[UserId, Role], ...]:
        """Return the roles; a list that is given replaces those who had that role."""
        roles = dict(base.roles)
        for role, name in ROLE_LISTS.items():
            listed = getattr(one, name)
            if listed is not None:
                roles = {user: had for user, had in roles.items() if had is not role}
                roles |= {account_of(text, self._server_name): role for text in listed}
        return with_roles(roles)


def sheet_of(
    declared: Declaration,
    *,
    parent: str,
    server_name: str,
    connections: tuple[ConnectionSheet, ...] = (),
) -> GroupSheet:
    """Return what a file says of a group that stands; *parent* is its parent's slug."""

    def named(role: Role) -> tuple[str, ...] | None:
        own = f":{server_name}"
        people = [user for user, had in declared.roles if had is role]
        return tuple(user.removeprefix("@").removesuffix(own) for user in people) or None

    charter = declared.charter
    return GroupSheet(
        slug=declared.slug,
        name=declared.name,
        kind=declared.kind,
        access=declared.access,
        charter=CharterSheet(
            **{field.name: getattr(charter, field.name) or None for field in fields(Charter)}
        ),
        tier="landmark" if declared.landmark else "living",
        place=declared.place if declared.landmark else None,
        labels=declared.labels,
        rule=declared.rule or None,
        parent=parent or None,
        owners=named(Role.OWNER),
        moderators=named(Role.MODERATOR),
        posters=named(Role.POSTER),
        guests=named(Role.GUEST),
        chat=declared.chat,
        posting=declared.posting,
        commenting=declared.commenting,
        ends=declared.ends,
        language=declared.language or None,
        archived=declared.archived or None,
        connections=connections or None,
    )


def _parents_first(groups: Sequence[GroupSheet]) -> list[GroupSheet]:
    by_slug = {one.slug: one for one in groups}
    ordered: dict[str, GroupSheet] = {}

    def add(one: GroupSheet) -> None:
        if one.slug in ordered:
            return
        if one.parent in by_slug:
            add(by_slug[one.parent])
        ordered[one.slug] = one

    for one in groups:
        add(one)
    return list(ordered.values())


def _shown(value: object) -> str:
    if isinstance(value, Charter):
        return value.topic[:60] or "—"
    if isinstance(value, tuple):
        return ", ".join(": ".join(one) if isinstance(one, tuple) else str(one) for one in value)
    return str(value) or "—"
