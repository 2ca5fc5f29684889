"""The pure plan of who belongs where, over thousands of random organizations."""

import random
from dataclasses import replace

import pytest

from appservice.ids import UserId
from spaces.kinds import Joining, Kind, built_in_kinds
from spaces.membership import (
    Because,
    Bring,
    GroupStanding,
    Standing,
    Take,
    plan_membership,
)
from spaces.model import Declaration, with_roles
from spaces.people import DirectoryPerson
from spaces.vocabulary import Access, Role

_SITES = ("Lyon", "Bron", "Saint-Étienne")
_TRADES = ("Buyer", "Maintenance", "Sales")
_KINDS = built_in_kinds()
_ORGANIZATIONS = 10_000


def _group(kind, number=0, rule="", roles=(), *, archived=False):
    return Declaration(
        uuid=f"{kind}-{number}",
        slug=f"{kind}-{number}",
        name=kind,
        kind=kind,
        access=Access.OPEN,
        rule=rule,
        roles=roles,
        archived=archived,
    )


def _places() -> list[Declaration]:
    return [_group("place", n, rule=f"site = {site}") for n, site in enumerate(_SITES)]


def _trades() -> list[Declaration]:
    return [_group("function", n, rule=f"trade = {trade}") for n, trade in enumerate(_TRADES)]


def _person(chance: random.Random, number: int) -> DirectoryPerson:
    return DirectoryPerson(
        UserId(f"@p{number}:example.org"),
        active=chance.random() > 0.1,
        staff=chance.random() > 0.15,
        attributes={"site": (chance.choice(_SITES),), "trade": (chance.choice(_TRADES),)},
    )


def _carried_out(stands: GroupStanding, moves) -> GroupStanding:
    """Return what stands after the moves, when everybody accepts."""
    accounts, brought = dict(stands.accounts), set(stands.brought)
    for move in moves:
        if isinstance(move, Bring):
            accounts[move.user_id] = Standing("join")
            if move.because is not Because.ROLE:
                brought.add(move.user_id)
        else:
            accounts[move.user_id] = Standing("leave")
            brought.discard(move.user_id)
    return GroupStanding(accounts, frozenset(brought))


def _random_standing(chance: random.Random, people) -> GroupStanding:
    accounts, brought = {}, set()
    for person in people:
        membership = chance.choice(["", "join", "invite", "leave", "ban", "knock"])
        accounts[person.user_id] = Standing(membership, by_hand=chance.random() < 0.5)
        if membership in {"join", "invite"} and chance.random() < 0.5:
            brought.add(person.user_id)
    return GroupStanding(accounts, frozenset(brought))


@pytest.fixture(scope="module")
def organizations():
    """Thousands of small random organizations, each from a seed that a failure names."""
    made = []
    for seed in range(_ORGANIZATIONS):
        chance = random.Random(seed)
        people = [_person(chance, number) for number in range(chance.randint(1, 8))]
        made.append((seed, chance, people))
    return made


def test_a_second_pass_moves_nobody(organizations):
    for seed, chance, people in organizations:
        kind = _KINDS[chance.choice(list(_KINDS))]
        group = _group(kind.key, rule=f"site = {chance.choice(_SITES)}")
        before = _random_standing(chance, people)
        after = _carried_out(before, plan_membership(group, kind, people, before))

        assert list(plan_membership(group, kind, people, after)) == [], seed


def test_moving_site_moves_the_place_group_and_nothing_else(organizations):
    groups = [*_places(), *_trades(), _group("general"), _group("topic"), _group("project")]
    for seed, chance, people in organizations:
        stands = {
            group.uuid: _carried_out(
                GroupStanding(),
                plan_membership(group, _KINDS[group.kind], people, GroupStanding()),
            )
            for group in groups
        }
        mover = chance.choice(people)
        old = mover.attributes["site"][0]
        new = chance.choice([site for site in _SITES if site != old])
        moved = replace(mover, attributes={**mover.attributes, "site": (new,)})
        later = [moved if person is mover else person for person in people]
        moves = [
            move
            for group in groups
            for move in plan_membership(group, _KINDS[group.kind], later, stands[group.uuid])
        ]

        wanted = []
        if mover.counts:
            wanted = [
                Take(f"place-{_SITES.index(old)}", mover.user_id, Because.NO_LONGER_MEANT),
                Bring(f"place-{_SITES.index(new)}", mover.user_id, Because.RULE),
            ]
        assert sorted(map(repr, moves)) == sorted(map(repr, wanted)), seed


def test_a_topic_never_brings_anybody_in(organizations):
    group = _group("topic", rule="site = Lyon")
    for seed, chance, people in organizations:
        moves = plan_membership(group, _KINDS["topic"], people, _random_standing(chance, people))

        assert not any(isinstance(move, Bring) for move in moves), seed


def test_the_general_group_has_every_active_member_and_no_guest(organizations):
    group, kind = _group("general"), _KINDS["general"]
    for seed, chance, people in organizations:
        before = _random_standing(chance, people)
        after = _carried_out(before, plan_membership(group, kind, people, before))
        for person in people:
            within = after.accounts[person.user_id].membership in {"join", "invite"}
            banned = before.accounts[person.user_id].membership == "ban"

            assert within is (person.counts and not banned), seed


@pytest.mark.parametrize("kind", [_KINDS["place"], _KINDS["function"]])
def test_who_left_by_hand_stays_out_where_leaving_is_allowed(kind: Kind):
    ana = DirectoryPerson(UserId("@ana:example.org"), attributes={"site": ("Lyon",)})
    group = _group(kind.key, rule="site = Lyon")
    left = GroupStanding({ana.user_id: Standing("leave", by_hand=True)})
    asks = GroupStanding({ana.user_id: Standing("knock", by_hand=True)})

    assert list(plan_membership(group, kind, [ana], left)) == []
    assert list(plan_membership(group, kind, [ana], asks)) == [
        Bring(group.uuid, ana.user_id, Because.RULE)
    ]


def test_who_left_a_group_that_all_belong_to_is_brought_back():
    ana = DirectoryPerson(UserId("@ana:example.org"))
    left = GroupStanding({ana.user_id: Standing("leave", by_hand=True)})

    moves = plan_membership(_group("general"), _KINDS["general"], [ana], left)
    assert list(moves) == [Bring("general-0", ana.user_id, Because.EVERYONE)]


def test_who_joined_by_themselves_stays_when_no_rule_means_them():
    ana = DirectoryPerson(UserId("@ana:example.org"), attributes={"site": ("Bron",)})
    group = _group("place", rule="site = Lyon")
    visitor = GroupStanding({ana.user_id: Standing("join")})
    brought = GroupStanding({ana.user_id: Standing("join")}, frozenset({ana.user_id}))

    assert list(plan_membership(group, _KINDS["place"], [ana], visitor)) == []
    assert list(plan_membership(group, _KINDS["place"], [ana], brought)) == [
        Take(group.uuid, ana.user_id, Because.NO_LONGER_MEANT)
    ]


def test_a_declared_role_is_invited_and_never_taken_out_by_a_rule():
    ana = DirectoryPerson(UserId("@ana:example.org"), attributes={"site": ("Bron",)})
    group = _group("place", rule="site = Lyon", roles=with_roles({ana.user_id: Role.OWNER}))
    brought = GroupStanding({ana.user_id: Standing("join")}, frozenset({ana.user_id}))

    assert list(plan_membership(group, _KINDS["place"], [ana], GroupStanding())) == [
        Bring(group.uuid, ana.user_id, Because.ROLE)
    ]
    assert list(plan_membership(group, _KINDS["place"], [ana], brought)) == []


def test_whoever_leaves_the_organization_leaves_every_group():
    gone = DirectoryPerson(UserId("@ana:example.org"), active=False)
    stands = GroupStanding({gone.user_id: Standing("join")})
    for kind in _KINDS.values():
        moves = list(plan_membership(_group(kind.key), kind, [gone], stands))

        assert [move.because for move in moves] == [Because.LEFT_ORGANIZATION]


def test_an_archived_group_moves_nobody():
    ana = DirectoryPerson(UserId("@ana:example.org"))

    group = _group("general", archived=True)
    assert list(plan_membership(group, _KINDS["general"], [ana], GroupStanding())) == []


def test_each_kind_says_who_is_brought_in():
    joining = {kind.key: kind.joining for kind in _KINDS.values()}

    assert joining == {
        "general": Joining.EVERYONE,
        "place": Joining.RULE,
        "function": Joining.RULE,
        "product": Joining.NOBODY,
        "project": Joining.NOBODY,
        "topic": Joining.NOBODY,
        "visibility": Joining.NOBODY,
    }
