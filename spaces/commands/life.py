"""Commands that change a group which stands: its name, charter, labels, place, and rest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from appservice.commands.grammar import Audience, Command, Parameter, Request
from appservice.errors import CommandError, NotPermitted
from appservice.ids import UserId
from appservice.languages import LANGUAGES, N_, Language
from spaces.charter import LONGEST_ANSWER, Charter
from spaces.commands.asking import ANSWERS, GROUP, HERE, PERSON, Asking, day_of
from spaces.members import Members
from spaces.model import Declaration, Group, with_roles
from spaces.naming import checked_name
from spaces.reconcile import Reconciler
from spaces.resting import Resting
from spaces.rules import parse_rule
from spaces.store import GroupStore
from spaces.vocabulary import Access, Posting, Role

_MOST_LABELS, _LONGEST_LABEL = 30, 40
_TIERS = (N_("landmark"), N_("living"))
_LABEL_CHANGES = (N_("add"), N_("remove"))
POSTINGS = {Posting.EVERYONE: N_("everyone’s"), Posting.SOME: N_("posters’")}
_LAST_PLACE = 99


class Change(StrEnum):
    """What was changed, for the words of the answer."""

    NAME = "name"
    CHARTER = "charter"
    LABELS = "labels"
    PARENT = "parent"
    ORDER = "order"
    POSTING = "posting"
    LANGUAGE = "language"
    RULE = "rule"
    ARCHIVED = "archived"
    RESTORED = "restored"


@dataclass(frozen=True)
class GroupChanged:
    """A group is now as asked; *group* is how it stands."""

    group: Group
    change: Change


@dataclass(frozen=True)
class CharterShown:
    """What a group says it is for, and which answers are missing."""

    group: Group
    missing: tuple[str, ...]


@dataclass(frozen=True)
class OwnershipPassed:
    """Another person answers for the group now."""

    group: Group
    user_id: UserId


class LifeCommands:
    """The executors; all but showing the charter are for the owners of a group."""

    def __init__(
        self,
        *,
        asking: Asking,
        groups: GroupStore,
        members: Members,
        reconciler: Reconciler,
        resting: Resting,
    ) -> None:
        self._asking = asking
        self._groups = groups
        self._members = members
        self._reconciler = reconciler
        self._resting = resting

    def table(self) -> tuple[Command, ...]:
        """Return the descriptions."""
        name = Parameter("name", N_("the new name"), rest=True)
        label = Parameter("label", N_("the label"), rest=True)
        parent = Parameter(
            "parent", N_("the group above it; empty, to stand alone"), required=False
        )
        posting = Parameter(
            "posting",
            N_("whose posts appear at once"),
            choices=tuple(Posting),
            named=lambda one, words: words(POSTINGS[Posting(one)]),
        )
        language = Parameter(
            "language",
            N_("the language of cards; the organization’s, if left out"),
            required=False,
            choices=tuple(Language),
            named=lambda one, _words: LANGUAGES[Language(one)],
        )
        return (
            Command(
                ("group", "rename"),
                N_("Rename a group"),
                self.rename,
                (GROUP, name),
                present=self._present,
            ),
            self._charter_command(),
            Command(
                ("group", "label"),
                N_("Add a label, or take one away"),
                self.label,
                (GROUP, Parameter("change", N_("add or remove"), choices=_LABEL_CHANGES), label),
            ),
            Command(
                ("group", "parent"), N_("Put a group below another"), self.parent, (GROUP, parent)
            ),
            self._order_command(),
            Command(
                ("group", "posting"),
                N_("Choose whose posts appear at once; those of others wait for a poster"),
                self.posting,
                (GROUP, posting),
                present=self._present,
            ),
            Command(
                ("group", "language"),
                N_("Choose the language in which apps speak in a group"),
                self.language,
                (GROUP, language),
                present=self._present,
            ),
            *self._resting_and_passing(),
        )

    def _resting_and_passing(self) -> tuple[Command, ...]:
        rule = Parameter(
            "rule", N_("whom, like site = Lyon; empty for nobody"), required=False, rest=True
        )
        return (
            Command(
                ("group", "rule"),
                N_("Choose whom the directory brings into a group"),
                self.rule,
                (GROUP, rule),
                Audience.ADMINS,
                present=self._present,
            ),
            Command(
                ("group", "archive"),
                N_("Let a group rest: read only"),
                self.archive,
                (
                    GROUP,
                    Parameter(
                        "reason", N_("why; its last post says so"), required=False, rest=True
                    ),
                ),
            ),
            Command(("group", "restore"), N_("Wake a group that rests"), self.restore, (GROUP,)),
            Command(
                ("group", "transfer"),
                N_("Make another person the owner in your place"),
                self.transfer,
                (GROUP, PERSON),
            ),
        )

    def _charter_command(self) -> Command:
        return Command(
            ("group", "charter"),
            N_("Show or change what a group is for"),
            self.charter,
            (
                HERE,
                Parameter(
                    "purpose", N_("what it is for, in one sentence"), required=False, long=True
                ),
                *ANSWERS,
                Parameter("review", N_("when to look again, like 2027-01-31"), required=False),
            ),
            present=self._present_charter,
        )

    def _order_command(self) -> Command:
        return Command(
            ("group", "order"),
            N_("Make a group a landmark or a living one, and place it"),
            self.order,
            (
                GROUP,
                Parameter("tier", N_("what it is; landmarks stand on top"), choices=_TIERS),
                Parameter("place", N_("its place, 0 to 99; small numbers first"), required=False),
            ),
            Audience.ADMINS,
            present=self._present,
        )

    async def rename(self, request: Request) -> GroupChanged:
        """Give a group another name; its address stays."""
        group = await self._asking.managed(request)
        kind = self._reconciler.house.kinds[group.declaration.kind]
        name = checked_name(request.argument("name"), kind)
        return await self._alter(group, Change.NAME, lambda now: replace(now, name=name))

    async def charter(self, request: Request) -> GroupChanged | CharterShown:
        """Change the answers that are given, or show them all."""
        names = [field.name for field in fields(Charter)]
        given = {name: request.argument(name) for name in names if name in request.arguments}
        if not given:
            group = await self._asking.group(request)
            declared = group.declaration
            return CharterShown(group, declared.charter.missing(declared.access))
        group = await self._asking.managed(request)
        return await self._alter(group, Change.CHARTER, lambda now: _with_answers(now, given))

    async def _present(self, request: Request) -> Mapping[str, str]:
        now = (await self._asking.group(request)).declaration
        return {
            "name": now.name,
            "posting": now.posting.value,
            "language": now.language,
            "tier": _TIERS[0 if now.landmark else 1],
            "place": str(now.place),
            "rule": now.rule,
        }

    async def _present_charter(self, request: Request) -> Mapping[str, str]:
        charter = (await self._asking.group(request)).declaration.charter
        return {field.name: str(getattr(charter, field.name) or "") for field in fields(Charter)}

    async def label(self, request: Request) -> GroupChanged:
        """Add a label to what a group offers, or take it away."""
        group = await self._asking.managed(request)
        label = " ".join(request.argument("label").split())
        remove = request.argument("change") == _LABEL_CHANGES[1]
        how = _without_label if remove else _with_label
        return await self._alter(group, Change.LABELS, lambda now: how(now, label))

    async def parent(self, request: Request) -> GroupChanged:
        """Hang a group below another, or below the organization itself."""
        group = await self._asking.managed(request)
        above = (
            await self._asking.managed(request, "parent") if request.argument("parent") else None
        )
        uuid = above.declaration.uuid if above else ""
        if above:
            await self._check_no_circle(group, above)
        return await self._alter(group, Change.PARENT, lambda now: replace(now, parent=uuid))

    async def order(self, request: Request) -> GroupChanged:
        """Place a group in the one order, as an admin."""
        group = await self._asking.group(request)
        landmark = request.argument("tier") == _TIERS[0]
        place = _place(request.argument("place") or str(group.declaration.place))
        return await self._alter(
            group, Change.ORDER, lambda now: replace(now, landmark=landmark, place=place)
        )

    async def posting(self, request: Request) -> GroupChanged:
        """Say whose posts appear at once."""
        group = await self._asking.managed(request)
        posting = Posting(request.argument("posting"))
        return await self._alter(group, Change.POSTING, lambda now: replace(now, posting=posting))

    async def language(self, request: Request) -> GroupChanged:
        """Say in which language apps speak in a group."""
        group = await self._asking.managed(request)
        language = request.argument("language")
        return await self._alter(
            group, Change.LANGUAGE, lambda now: replace(now, language=language)
        )

    async def rule(self, request: Request) -> GroupChanged:
        """Say whom the directory brings in, as an admin."""
        group = await self._asking.group(request)
        rule = " ".join(request.argument("rule").split())
        parse_rule(rule)
        return await self._alter(group, Change.RULE, lambda now: replace(now, rule=rule))

    async def archive(self, request: Request) -> GroupChanged:
        """Let a group rest: everything can be read, nothing written."""
        group = await self._asking.managed(request)
        reason = request.argument("reason")
        asleep = await self._resting.rest(
            group, request.sender, asked=request.event_id, reason=reason
        )
        return GroupChanged(asleep, Change.ARCHIVED)

    async def restore(self, request: Request) -> GroupChanged:
        """Wake a group that rests."""
        group = await self._asking.managed(request)
        return await self._alter(
            group, Change.RESTORED, lambda now: replace(now, archived=False, successor="")
        )

    async def transfer(self, request: Request) -> OwnershipPassed:
        """Make another person an owner, and the asker a member."""
        group = await self._asking.managed(request)
        heir = await self._asking.existing(request)
        if heir == request.sender:
            raise NotPermitted(N_("You are an owner of “{group}” already."), group=group.name)
        await self._members.invite(group, heir)
        changed = await self._reconciler.alter(
            group,
            lambda now: replace(
                now,
                roles=with_roles(
                    {**dict(now.roles), request.sender: Role.MEMBER, heir: Role.OWNER}
                ),
            ),
        )
        return OwnershipPassed(changed, heir)

    async def _alter(
        self, group: Group, change: Change, how: Callable[[Declaration], Declaration]
    ) -> GroupChanged:
        return GroupChanged(await self._reconciler.alter(group, how), change)

    async def _check_no_circle(self, group: Group, above: Group) -> None:
        """Refuse a parent that hangs below the group itself, or that the group would betray."""
        secret = Access.SECRET
        if above.declaration.access is secret and group.declaration.access is not secret:
            raise CommandError(N_("Below a secret group only secret ones can stand."))
        seen: Group | None = above
        while seen is not None:
            if seen.declaration.uuid == group.declaration.uuid:
                raise CommandError(
                    N_("“{parent}” stands below “{group}” itself."),
                    parent=above.name,
                    group=group.name,
                )
            parent = seen.declaration.parent
            seen = await self._groups.by_uuid(parent) if parent else None


def _with_answers(declared: Declaration, given: dict[str, str]) -> Declaration:
    values: dict[str, Any] = {}
    for name, text in given.items():
        answer = " ".join(text.split())
        if len(answer) > LONGEST_ANSWER:
            raise CommandError(N_("A charter has at most {n} characters."), n=LONGEST_ANSWER)
        values[name] = answer
    if "review" in given:
        values["review"] = day_of(given["review"])
    charter = replace(declared.charter, **values)
    before = set(declared.charter.missing(declared.access))
    if emptied := set(charter.missing(declared.access)) - before:
        raise CommandError(
            N_("A group keeps its answers; “{field}” may change, but not be empty."),
            field=min(emptied),
        )
    return replace(declared, charter=charter)


def _with_label(declared: Declaration, label: str) -> Declaration:
    if not label or len(label) > _LONGEST_LABEL or "," in label:
        raise CommandError(N_("A label has 1 to {n} characters, and no comma."), n=_LONGEST_LABEL)
    if label in declared.labels:
        return declared
    if len(declared.labels) >= _MOST_LABELS:
        raise CommandError(N_("A group has at most {n} labels."), n=_MOST_LABELS)
    return replace(declared, labels=(*declared.labels, label))


def _without_label(declared: Declaration, label: str) -> Declaration:
    kept = tuple(one for one in declared.labels if one != label)
    if kept == declared.labels:
        raise CommandError(
            N_("“{group}” has no label “{label}”."), group=declared.name, label=label
        )
    return replace(declared, labels=kept)


def _place(text: str) -> int:
    if not text.isdecimal() or int(text) > _LAST_PLACE:
        raise CommandError(N_("A place is a number from 0 to {n}."), n=_LAST_PLACE)
    return int(text)
