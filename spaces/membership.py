"""Who should be in which group: a pure plan from people, declarations and what stands.

    people + declaration + kind --> wanted
    wanted, standings, brought  --> Bring | Take, each with its reason

*brought* are those whom the plan itself brought in: only they are taken out when the rule no longer
means them; who joined by themselves stays until they leave.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from appservice.ids import UserId
from spaces.kinds import Joining, Kind
from spaces.model import Declaration
from spaces.people import DirectoryPerson
from spaces.rules import parse_rule

_WITHIN = frozenset({"join", "invite"})


class Because(StrEnum):
    """Why somebody is brought in or taken out; they are told in words."""

    EVERYONE = "everyone"
    RULE = "rule"
    ROLE = "role"
    NO_LONGER_MEANT = "no longer meant"
    LEFT_ORGANIZATION = "left the organization"
    NO_GUESTS = "no guests"


@dataclass(frozen=True)
class Standing:
    """What an account is to a group's space; *by_hand*: it left, or a person took it out.

    *event_id* is the event that says so.
    """

    membership: str = ""
    by_hand: bool = False
    event_id: str = ""


@dataclass(frozen=True)
class Bring:
    """Invite, or join directly where an admin credential is set."""

    uuid: str
    user_id: UserId
    because: Because


@dataclass(frozen=True)
class Take:
    """Take out of the space and all of its rooms."""

    uuid: str
    user_id: UserId
    because: Because


Move = Bring | Take


@dataclass(frozen=True)
class GroupStanding:
    """What stands of one group: its accounts, and whom the plan brought in earlier."""

    accounts: Mapping[UserId, Standing] = field(default_factory=dict)
    brought: frozenset[UserId] = frozenset()


def plan_membership(
    group: Declaration,
    kind: Kind,
    people: Sequence[DirectoryPerson],
    stands: GroupStanding,
    *,
    spared: frozenset[UserId] = frozenset(),
    at_once: bool = False,
) -> Iterator[Move]:
    """Walk what must be done so that *group* has whom it should; *spared* accounts are ours.

    *at_once*: people can be let in without an answer, so an invitation alone is not enough.
    """
    meant = {} if group.archived else _meant(group, kind, people)
    for user_id, reason in meant.items():
        standing = stands.accounts.get(user_id, Standing())
        invited = standing.membership == "invite"
        if (at_once and invited) or _may_be_brought(standing, kind, reason):
            yield Bring(group.uuid, user_id, reason)
    known = {person.user_id: person for person in people}
    for user_id, standing in stands.accounts.items():
        if user_id in spared or user_id in meant or standing.membership not in _WITHIN:
            continue
        because = _reason_to_go(user_id, known.get(user_id), kind, stands)
        # What rests is left alone; whoever left the organization leaves it all the same.
        if because and (because is Because.LEFT_ORGANIZATION or not group.archived):
            yield Take(group.uuid, user_id, because)


def left_behind(
    group: Declaration,
    kind: Kind,
    people: Sequence[DirectoryPerson],
    *,
    space: Mapping[UserId, Standing],
    room: Mapping[UserId, Standing],
    at_once: bool = False,
) -> Iterator[UserId]:
    """Walk whom *group* should have who are in its *space* and not in a *room* of it.

    Nobody took them out of the room: an invitation was lost on the way, or the bot's own word drifted.
    """
    meant = {} if group.archived else _meant(group, kind, people)
    for user_id, reason in meant.items():
        if space.get(user_id, Standing()).membership not in _WITHIN:
            continue
        standing = room.get(user_id, Standing())
        invited = standing.membership == "invite"
        if (at_once and invited) or _may_be_brought(standing, kind, reason):
            yield user_id


def _meant(
    group: Declaration, kind: Kind, people: Sequence[DirectoryPerson]
) -> dict[UserId, Because]:
    """Return who should be in, and why. A declared role needs no rule, but an account that counts."""
    roles = dict(group.roles)
    rule = parse_rule(group.rule)
    meant: dict[UserId, Because] = {}
    for person in people:
        if not person.counts:
            continue
        if person.user_id in roles:
            meant[person.user_id] = Because.ROLE
        elif kind.joining is Joining.EVERYONE:
            meant[person.user_id] = Because.EVERYONE
        elif kind.joining is Joining.RULE and rule.means(person):
            meant[person.user_id] = Because.RULE
    return meant


def _may_be_brought(standing: Standing, kind: Kind, because: Because) -> bool:
    """Tell whether to bring somebody in who is not: who is banned, or stays out by hand, is not."""
    if standing.membership in {*_WITHIN, "ban"}:
        return False
    stays_out = standing.by_hand and (kind.leaving or because is Because.ROLE)
    return not stays_out or standing.membership == "knock"


def _reason_to_go(
    user_id: UserId, person: DirectoryPerson | None, kind: Kind, stands: GroupStanding
) -> Because | None:
    if person is not None and not person.active:
        return Because.LEFT_ORGANIZATION
    if not kind.guests and person is not None and not person.staff:
        return Because.NO_GUESTS
    if user_id in stands.brought:
        return Because.NO_LONGER_MEANT
    return None
