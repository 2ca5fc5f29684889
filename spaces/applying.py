"""From a file of groups to what must change: checked as a whole before anything is touched.

sheet + groups that stand --> faults, all at once
                          --> changes, parents before children --> words (dry run) | carried out
"""

import hmac
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from appservice.errors import CommandError, MalformedId
from appservice.ids import UserId, parse_user_id, server_of
from appservice.languages import N_, Language, Phrases
from spaces.charter import Charter
from spaces.kinds import Chat, Kind
from spaces.model import Declaration, Group, with_roles
from spaces.naming import checked_name, slug_of
from spaces.rules import parse_rule
from spaces.sheet import CharterSheet, ConnectionSheet, Fault, GroupSheet, Sheet, Unreadable
from spaces.vocabulary import Access, Role

_SLUG_BYTES = 8
_ROLE_LISTS = {
    Role.OWNER: "owners",
    Role.MODERATOR: "moderators",
    Role.POSTER: "posters",
    Role.GUEST: "guests",
}
_TIERS = {"landmark": True, "living": False}


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
            return words(N_("new group “{name}”"), name=self.after.name)
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
        self._server_name = server_name
        self._key = key

    def changes(self, sheet: Sheet, standing: Sequence[Group]) -> Sequence[Change]:
        """Return what *sheet* asks for, parents first, or raise Unreadable with every fault."""
        known = {group.slug: group.declaration for group in standing}
        if faults := list(self._faults(sheet, known)):
            raise Unreadable(faults)
        by_uuid = {one.uuid: one for one in known.values()}
        uuids = self.uuids(sheet, known)
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

    # What may be wrong

    def _faults(self, sheet: Sheet, known: Mapping[str, Declaration]) -> Iterator[Fault]:
        seen: set[str] = set()
        secret = {g.uuid: g for g in known.values() if g.access is Access.SECRET}
        for number, one in enumerate(sheet.groups):
            standing = known.get(one.slug) or secret.get(self._uuid(one.slug))
            for field, what in (*self._faults_of(one), *_access_faults(one, standing)):
                yield Fault(sheet.line(number, field), what)
            if one.slug in seen:
                yield Fault(sheet.line(number, "slug"), f"slug: {one.slug} stands twice")
            seen.add(one.slug)
        slugs = seen | {slug for slug, group in known.items() if group.access is not Access.SECRET}
        yield from _parent_faults(sheet, slugs)

    def _faults_of(self, one: GroupSheet) -> Iterator[tuple[str, str]]:
        """Walk the faults that one group alone shows, with the field of each."""
        if one.slug != slug_of(one.slug):
            yield "slug", f"slug: write it like {slug_of(one.slug)}"
        kind = self._kinds.get(one.kind)
        if kind is None:
            yield "kind", f"kind: {one.kind} is none of {', '.join(self._kinds)}"
        else:
            try:
                checked_name(one.name, kind)
            except CommandError as error:
                yield "name", "name: " + _said(error)
        if one.tier not in {None, *_TIERS}:
            yield "tier", "tier: must be landmark or living"
        if one.language and one.language not in set(Language):
            yield "language", f"language: must be {' or '.join(Language)}"
        try:
            parse_rule(one.rule or "")
        except CommandError as error:
            yield "rule", "rule: " + _said(error)
        for name in _ROLE_LISTS.values():
            for text in getattr(one, name) or ():
                if why := self._account_fault(text):
                    yield name, f"{name}: {text} {why}"

    def _account_fault(self, text: str) -> str:
        try:
            user_id = self._account(text)
        except MalformedId:
            return "is not an account"
        own = server_of(user_id) == self._server_name
        return "" if own else f"is not an account of {self._server_name}"

    def _account(self, text: str) -> UserId:
        return parse_user_id(text if text.startswith("@") else f"@{text}:{self._server_name}")

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
            "landmark": _TIERS[one.tier] if one.tier else None,
            "parent": self._parent(one, uuids, known),
        }
        return replace(
            base,
            name=" ".join(one.name.split()),
            kind=one.kind,
            charter=_charter(base.charter, one.charter),
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
        for role, name in _ROLE_LISTS.items():
            listed = getattr(one, name)
            if listed is not None:
                roles = {user: had for user, had in roles.items() if had is not role}
                roles |= {self._account(text): role for text in listed}
        return with_roles(roles)


def _access_faults(one: GroupSheet, standing: Declaration | None) -> Iterator[tuple[str, str]]:
    if not standing or not one.access or one.access is standing.access:
        return
    if Access.SECRET in {one.access, standing.access}:
        yield "access", "access: what is known cannot become secret, nor the reverse; make another"


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


def _charter(base: Charter, given: CharterSheet) -> Charter:
    values = {field.name: getattr(given, field.name) for field in fields(Charter)}
    return replace(base, **{name: value for name, value in values.items() if value is not None})


def _parent_faults(sheet: Sheet, slugs: set[str]) -> Iterator[Fault]:
    """Walk parents that do not exist, that would be betrayed, and circles of them."""
    by_slug = {one.slug: one for one in sheet.groups}
    for number, one in enumerate(sheet.groups):
        if not one.parent:
            continue
        line = sheet.line(number, "parent")
        if one.parent not in slugs:
            yield Fault(line, f"parent: there is no group {one.parent}")
            continue
        above, path = by_slug.get(one.parent), [one.slug]
        while above is not None and above.slug not in path:
            path.append(above.slug)
            above = by_slug.get(above.parent or "")
        if above is not None and above.slug == one.slug:
            yield Fault(line, f"parent: a circle, {' → '.join([*path, one.slug])}")


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


def _said(error: CommandError) -> str:
    text = error.message
    for name, value in error.values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def _shown(value: object) -> str:
    if isinstance(value, Charter):
        return value.topic[:60] or "—"
    if isinstance(value, tuple):
        return ", ".join(": ".join(one) if isinstance(one, tuple) else str(one) for one in value)
    return str(value) or "—"
