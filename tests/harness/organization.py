"""A random organization in a house: accounts, groups of all kinds below one another, and who is in them."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from appservice.account import Account
from appservice.ids import RoomId, UserId
from parvis.demo.accounts import register_user
from spaces.charter import Charter
from spaces.kinds import Joining, Kind
from spaces.model import Declaration, Group
from spaces.people import DirectoryPerson
from spaces.vocabulary import Access, Role
from tests.harness.house import House
from tests.harness.person import Person
from tests.harness.wait import until

_AT_ONCE = 8
_PASSWORD = "correct horse battery"
_KINDS = ("place", "function", "topic", "project", "product", "visibility")
_PEOPLE_A_SITE = 60

T = TypeVar("T")

Tell: TypeAlias = Callable[[str, int, int], None]
"""Learns of what how many are done, and of how many."""


def untold(_what: str, _done: int, _total: int) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Size:
    """How large an organization is; *clients* of its people have a client of their own."""

    people: int
    groups: int
    clients: int

    @property
    def values(self) -> int:
        """Return how many sites, and how many trades, there are."""
        return max(2, self.people // _PEOPLE_A_SITE)


@dataclass
class Organization:
    """What was founded. Its people are in the groups that mean them, invited or joined."""

    house: House
    root: RoomId
    clients: dict[UserId, Person]
    directory: Sequence[DirectoryPerson]
    groups: Sequence[Group]
    guests: dict[str, set[UserId]] = field(default_factory=dict)
    """Whom an owner invited whom no rule means, by the uuid of the group."""

    @property
    def bot(self) -> Account:
        return self.house.app.trays.bot

    @property
    def people(self) -> Sequence[UserId]:
        """Return those who have no client."""
        return [one.user_id for one in self.directory if one.user_id not in self.clients]

    def owner_of(self, group: Group) -> Person:
        return self.clients[group.declaration.owners[0]]

    def kind_of(self, group: Group) -> Kind:
        return self.house.app.spaces.reconciler.house.kinds[group.declaration.kind]

    def above(self, group: Group) -> RoomId:
        parents = [one for one in self.groups if one.declaration.uuid == group.declaration.parent]
        return parents[0].space_id if parents else self.root

    def meant(self, group: Group) -> set[UserId]:
        """Return whom the group's kind and rule mean, of those without a client."""
        if self.kind_of(group).joining is Joining.EVERYONE:
            return set(self.people)
        name, _, value = group.declaration.rule.partition(" = ")
        people = set(self.people)
        return {
            one.user_id
            for one in self.directory
            if one.user_id in people and (value,) == one.attributes.get(name)
        }

    def within(self, group: Group) -> set[UserId]:
        return self.meant(group) | self.guests.get(group.declaration.uuid, set())


async def found(
    house: House, size: Size, chance: random.Random, tell: Tell = untold
) -> Organization:
    """Found an organization of *size*; one pass has brought everybody to where they belong.

    *tell* learns how far it is: at full size it takes long.
    """
    clients = [await house.person("titulaire") for _ in range(size.clients)]
    names = [house.homeserver.fresh("agent") for _ in range(size.people - size.clients)]
    synapse = house.homeserver.synapse
    accounts = await side_by_side(
        lambda name: register_user(synapse, name, _PASSWORD),
        names,
        done=lambda done, total: tell("accounts", done, total),
    )
    everybody = [*(one.user_id for one in clients), *accounts]
    directory = [_placed(user_id, size, chance) for user_id in everybody]
    organization = Organization(
        house,
        await house.app.spaces.reconciler.root(),
        {one.user_id: one for one in clients},
        directory,
        await _groups(house, size, chance, clients, tell),
    )
    await house.app.spaces.people.take_over("test", directory)
    report = await house.app.spaces.passes.run(lambda *far: tell("groups filled", *far))
    assert report.failed == ()
    await _invite_guests(organization, chance)
    await side_by_side(
        lambda group: _move_in(organization, group),
        organization.groups,
        done=lambda *far: tell("groups whose owner moved in", *far),
    )
    await side_by_side(
        lambda group: _charter_is_pinned(house, group),
        organization.groups,
        done=lambda *far: tell("charters pinned", *far),
    )
    return organization


async def side_by_side(
    work: Callable[[T], Awaitable[object]],
    items: Sequence[T],
    *,
    done: Callable[[int, int], None] = lambda _done, _total: None,
) -> list:
    """Return what *work* makes of each of *items*, some at a time; *done* learns how many there are."""
    slots, so_far = asyncio.Semaphore(_AT_ONCE), 0

    async def one(item: T) -> object:
        nonlocal so_far
        async with slots:
            made = await work(item)
        so_far += 1
        done(so_far, len(items))
        return made

    return await asyncio.gather(*map(one, items))


def _placed(user_id: UserId, size: Size, chance: random.Random) -> DirectoryPerson:
    site, trade = chance.randrange(size.values), chance.randrange(size.values)
    return DirectoryPerson(
        user_id, attributes={"site": (f"site{site}",), "trade": (f"trade{trade}",)}
    )


async def _groups(
    house: House, size: Size, chance: random.Random, owners: Sequence[Person], tell: Tell
) -> Sequence[Group]:
    """Make the general group and *size* less one others, each fifth below another."""
    ensure = house.app.spaces.reconciler.ensure
    kinds = ["general", *(_KINDS[number % len(_KINDS)] for number in range(size.groups - 1))]
    made: list[Group] = []
    for number, kind in enumerate(kinds):
        parents = [one for one in made if one.declaration.access is Access.OPEN][1:]
        declared = Declaration(
            uuid=str(uuid.UUID(int=chance.getrandbits(128))),
            slug=house.homeserver.fresh(f"groupe-{kind}-"),
            name=f"Groupe {number}",
            kind=kind,
            access=Access.OPEN if kind == "general" else chance.choice(list(Access)),
            charter=Charter(purpose=f"Pour parler du sujet {number}."),
            rule=_rule(kind, size, chance),
            roles=((chance.choice(owners).user_id, Role.OWNER),),
            chat=chance.random() < 0.3,
            parent=parents[-1].declaration.uuid if parents and number % 5 == 4 else "",
        )
        made.append(await ensure(declared))
        tell("groups made", len(made), size.groups)
    return made


def _rule(kind: str, size: Size, chance: random.Random) -> str:
    name = {"place": "site", "function": "trade"}.get(kind)
    return f"{name} = {name}{chance.randrange(size.values)}" if name else ""


async def _invite_guests(organization: Organization, chance: random.Random) -> None:
    """Have some people in each group whom no rule means."""
    invite = organization.house.app.spaces.members.invite
    for group in organization.groups:
        others: Collection[UserId] = set(organization.people) - organization.meant(group)
        some = chance.sample(sorted(others), min(8, len(others) // 3))
        organization.guests[group.declaration.uuid] = set(some)
        await side_by_side(lambda user, group=group: invite(group, user), some)


async def _move_in(organization: Organization, group: Group) -> None:
    """Let those with a client join the groups that they own."""
    owner = organization.owner_of(group)
    for room in group.rooms:
        await owner.join(room)


async def _charter_is_pinned(house: House, group: Group) -> None:
    async def pinned() -> bool:
        state = house.app.trays.bot.state_content
        return await state(group.posts_id, "m.room.pinned_events") is not None

    await until(pinned, f"the charter of {group.name} is pinned", within=300)
