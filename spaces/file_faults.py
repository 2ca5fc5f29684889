"""What is wrong with a file of groups, beside what stands: every fault at once, with its line.

A secret group is nobody's to name: to a file that does not declare it, it is as if it were not there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace

from appservice.errors import CommandError, MalformedId
from appservice.ids import UserId, parse_user_id, server_of
from appservice.languages import Language
from spaces.charter import EMPTY, Charter
from spaces.kinds import Chat, Kind
from spaces.model import Declaration
from spaces.naming import checked_name, slug_of
from spaces.rules import parse_rule
from spaces.sheet import CharterSheet, Fault, GroupSheet, Sheet
from spaces.vocabulary import Access, Role

ROLE_LISTS = {
    Role.OWNER: "owners",
    Role.MODERATOR: "moderators",
    Role.POSTER: "posters",
    Role.GUEST: "guests",
}
TIERS = {"landmark": True, "living": False}


def account_of(text: str, server_name: str) -> UserId:
    """Return the account that a file names, of this homeserver where it names none."""
    return parse_user_id(text if text.startswith("@") else f"@{text}:{server_name}")


def charter_with(base: Charter, given: CharterSheet) -> Charter:
    """Return *base* with the answers that a file gives."""
    values = {field.name: getattr(given, field.name) for field in fields(Charter)}
    return replace(base, **{name: value for name, value in values.items() if value is not None})


class _Above:
    """Which group stands above which, once a sheet is carried out; by uuid."""

    def __init__(
        self, sheet: Sheet, known: Mapping[str, Declaration], uuids: Mapping[str, str]
    ) -> None:
        shown = {slug: one for slug, one in known.items() if one.access is not Access.SECRET}
        self._names = {one.uuid: slug for slug, one in shown.items()}
        self._names |= {uuids[one.slug]: one.slug for one in sheet.groups}
        self._uuids = {slug: uuid for uuid, slug in self._names.items()}
        # Of two that stand under one name, which is a fault of its own, the first counts.
        self.sheets = {uuids[one.slug]: one for one in reversed(sheet.groups)}
        self.standing = {one.uuid: one for one in known.values()}

    def uuid(self, slug: str) -> str:
        """Return the group that a file may call so, or an empty text: a secret one is nobody's."""
        return self._uuids.get(slug, "")

    def circle(self, slug: str) -> str:
        """Return the way from a group up to itself again, or an empty text."""
        first = self.uuid(slug)
        path, above = [first], self._parent(first)
        while above and above not in path:
            path.append(above)
            above = self._parent(above)
        names = [self._names.get(uuid, "…") for uuid in (*path, first)]
        return " → ".join(names) if above == first else ""

    def _parent(self, uuid: str) -> str:
        sheet, standing = self.sheets.get(uuid), self.standing.get(uuid)
        if sheet is not None and sheet.parent is not None:
            return self.uuid(sheet.parent)
        return standing.parent if standing else ""


class Faults:
    """Looks through files; changes nothing."""

    def __init__(self, *, kinds: Mapping[str, Kind], server_name: str) -> None:
        self._kinds = kinds
        self._server_name = server_name

    def of(
        self, sheet: Sheet, known: Mapping[str, Declaration], uuids: Mapping[str, str]
    ) -> Iterator[Fault]:
        """Walk all that is wrong; of a field that has not even its form, that alone.

        *known* are the groups that stand, by slug; *uuids* those of the sheet's, by what it calls them.
        """
        yield from sheet.faults
        by_uuid = {one.uuid: one for one in known.values()}
        above = _Above(sheet, known, uuids)
        seen: set[str] = set()
        for number, one in enumerate(sheet.groups):
            standing = by_uuid.get(uuids[one.slug])
            found = [
                *self._faults_of(one),
                *self._kind_faults(one, standing),
                *self._access_faults(one, standing),
                *self._parent_faults(one, above),
            ]
            if one.slug in seen:
                found.append(("slug", f"slug: {one.slug} stands twice"))
            seen.add(one.slug)
            for field, what in found:
                if (number, field) not in sheet.unread:
                    yield Fault(sheet.line(number, field), what)

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
        if one.tier not in {None, *TIERS}:
            yield "tier", "tier: must be landmark or living"
        if one.language and one.language not in set(Language):
            yield "language", f"language: must be {' or '.join(Language)}"
        try:
            parse_rule(one.rule or "")
        except CommandError as error:
            yield "rule", "rule: " + _said(error)
        for name in ROLE_LISTS.values():
            for text in getattr(one, name) or ():
                if why := self._account_fault(text):
                    yield name, f"{name}: {text} {why}"

    def _kind_faults(
        self, one: GroupSheet, standing: Declaration | None
    ) -> Iterator[tuple[str, str]]:
        """Walk what the group's kind does not have; what stands already is not judged anew."""
        kind = self._kinds.get(one.kind)
        if kind is None:
            return
        if one.chat and kind.chat is Chat.NEVER and not (standing and standing.chat):
            yield "chat", f"chat: a group of kind {kind.key} has no chat room"
        if one.guests and not kind.guests:
            yield "guests", f"guests: a group of kind {kind.key} has none"

    def _access_faults(
        self, one: GroupSheet, standing: Declaration | None
    ) -> Iterator[tuple[str, str]]:
        """Walk what is wrong with who may join; what stands already is not judged anew."""
        access = self._access(one, standing)
        if standing and access is standing.access:
            return
        if standing and Access.SECRET in {access, standing.access}:
            yield (
                "access",
                "access: what is known cannot become secret, nor the reverse; make another",
            )
        elif (
            access is not Access.OPEN
            and not charter_with(standing.charter if standing else EMPTY, one.charter).reason
        ):
            yield "charter.reason", f"charter.reason: say why the group is {access.value}"

    def _access(self, one: GroupSheet, standing: Declaration | None) -> Access:
        kind = self._kinds.get(one.kind)
        otherwise = standing.access if standing else kind.access if kind else Access.OPEN
        return one.access or otherwise

    def _parent_faults(self, one: GroupSheet, above: _Above) -> Iterator[tuple[str, str]]:
        """Walk a parent that does not exist, that would be betrayed, or that stands below the group."""
        if not one.parent:
            return
        parent = above.uuid(one.parent)
        if not parent:
            yield "parent", f"parent: there is no group {one.parent}"
        elif circle := above.circle(one.slug):
            yield "parent", f"parent: a circle, {circle}"
        elif self._is_secret(parent, above) and not self._is_secret(above.uuid(one.slug), above):
            yield "parent", f"parent: {one.parent} is secret; below it only secret groups can stand"

    def _is_secret(self, uuid: str, above: _Above) -> bool:
        sheet, standing = above.sheets.get(uuid), above.standing.get(uuid)
        access = self._access(sheet, standing) if sheet else standing and standing.access
        return access is Access.SECRET

    def _account_fault(self, text: str) -> str:
        try:
            user_id = account_of(text, self._server_name)
        except MalformedId:
            return "is not an account"
        own = server_of(user_id) == self._server_name
        return "" if own else f"is not an account of {self._server_name}"


def _said(error: CommandError) -> str:
    text = error.message
    for name, value in error.values.items():
        text = text.replace("{" + name + "}", str(value))
    return text
