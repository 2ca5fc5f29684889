"""The command that tries a name: how its kind would write it, its address, and where it would stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appservice.commands.grammar import Command, Parameter, Request
from appservice.commands.replies import Reply, quoted
from appservice.languages import N_, Phrases
from spaces.directory import Directory
from spaces.kinds import Kind
from spaces.model import Declaration, Group
from spaces.naming import conforming, readable_name, same_name, slug_of
from spaces.order import neighbours
from spaces.vocabulary import Access

DEFAULT_KIND = "topic"
IN_QUOTATION_MARKS = N_("in quotation marks if it has spaces")


@dataclass(frozen=True)
class Spot:
    """Between which groups a new one would stand, by name; empty: it is the first, or the last."""

    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class NameTried:
    """What would become of a name, as its *kind* writes it; *same* has that name already."""

    written: str
    name: str
    slug: str
    kind: Kind
    spot: Spot
    same: Group | None = None


class NameCommand:
    """The executor; nothing is made by it."""

    def __init__(self, *, directory: Directory, kinds: Mapping[str, Kind]) -> None:
        self._directory = directory
        self._kinds = kinds

    def table(self) -> tuple[Command, ...]:
        """Return the description."""
        return (
            Command(
                ("group", "name"),
                N_("Try a name: how it is written, and where the group would stand"),
                self.attempt,
                (
                    Parameter("name", N_("its name"), typed=IN_QUOTATION_MARKS),
                    kind_parameter(self._kinds),
                ),
            ),
        )

    async def attempt(self, request: Request) -> NameTried:
        """Say what would become of a name."""
        kind = self._kinds[request.argument("kind") or DEFAULT_KIND]
        written = readable_name(request.argument("name"))
        name = conforming(written, kind)
        known = await self._directory.visible_in(request.room_id, request.sender)
        return NameTried(
            written,
            name,
            slug_of(name, taken=[group.slug for group in known]),
            kind,
            _spot(name, kind, known, self._kinds),
            next((group for group in known if same_name(group.name, name)), None),
        )

    async def spot(self, name: str, kind: str, request: Request) -> Spot:
        """Return where a group of that name would stand, among those that who asks may know of."""
        known = await self._directory.visible_in(request.room_id, request.sender)
        return _spot(name, self._kinds[kind], known, self._kinds)


def kind_parameter(kinds: Mapping[str, Kind]) -> Parameter:
    """Return the parameter that names a kind of group."""
    return Parameter(
        "kind",
        N_("what it is about"),
        required=False,
        choices=tuple(kinds),
        named=lambda kind, words: kinds[kind].names[words.language],
    )


def _spot(name: str, kind: Kind, known: Sequence[Group], kinds: Mapping[str, Kind]) -> Spot:
    new = Declaration("", "", name, kind.key, Access.OPEN, landmark=kind.landmark)
    before, after = neighbours(new, [group.declaration for group in known], kinds)
    return Spot(before.name if before else "", after.name if after else "")


def spot_told(spot: Spot, words: Phrases) -> str:
    """Return in words where a group would stand."""
    said = N_("In the lists it would stand alone.")
    if spot.before and spot.after:
        said = N_("In the lists it would stand after **{before}** and before **{after}**.")
    elif spot.before:
        said = N_("In the lists it would stand last, after **{before}**.")
    elif spot.after:
        said = N_("In the lists it would stand first, before **{after}**.")
    return words(said, before=quoted(spot.before), after=quoted(spot.after))


def _tried(fact: NameTried, words: Phrases) -> str:
    said = N_("**{name}** is written as groups of this kind are ({kind}). Its address: `{slug}`.")
    if fact.name != fact.written:
        said = N_("Groups of this kind ({kind}) are written so: **{name}**. Its address: `{slug}`.")
    kind = fact.kind.names[words.language]
    parts = [words(said, name=quoted(fact.name), kind=quoted(kind), slug=fact.slug)]
    if fact.same:
        taken = N_("There is a group of that name already: `{slug}`.")
        parts = [words(taken, slug=fact.same.slug)]
    return "\n\n".join([*parts, spot_told(fact.spot, words)])


NAME_REPLIES: Mapping[type, Reply] = {NameTried: _tried}
