"""Rules say who belongs, in words that an admin writes."""

import pytest

from appservice.errors import UsageError
from appservice.ids import UserId
from spaces.people import DirectoryPerson
from spaces.rules import NOBODY, parse_rule


def _person(**attributes: str) -> DirectoryPerson:
    split = {name: tuple(value.split("|")) for name, value in attributes.items()}
    return DirectoryPerson(UserId("@ana:example.org"), attributes=split)


@pytest.mark.parametrize(
    ("rule", "attributes", "means"),
    [
        ("site = Lyon", {"site": "Lyon"}, True),
        ("site = Lyon", {"site": "Bron"}, False),
        ("site = Lyon", {}, False),
        ("Site=saint-étienne", {"site": "Saint-Etienne"}, True),
        ("site = Lyon or site = Bron", {"site": "Bron"}, True),
        ("site = Lyon ou site = Bron", {"site": "Givors"}, False),
        ("site = Lyon and trade = Buyer", {"site": "Lyon", "trade": "Seller|Buyer"}, True),
        ("site = Lyon et trade = Buyer", {"site": "Lyon", "trade": "Seller"}, False),
        ("site != Lyon", {"site": "Bron"}, True),
        ("site != Lyon", {"site": "Bron|Lyon"}, False),
        ("trade = chef d’atelier", {"trade": "Chef d’atelier"}, True),
        ('trade = "Research and development"', {"trade": "research AND development"}, True),
        ("trade = « Bureau d’études »", {"trade": "bureau d’études"}, True),
        ("a = 1 and b = 2 or c = 3", {"c": "3"}, True),
        ("", {"site": "Lyon"}, False),
    ],
)
def test_a_rule_means_those_whom_its_words_name(rule, attributes, means):
    assert parse_rule(rule).means(_person(**attributes)) is means


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ("SITE = lyon", ("Lyon",)),
        ("site = lyon and trade = acheteur", ("Lyon", "Acheteur")),
        ("site = Bron or trade = acheteur", ("Acheteur",)),
        ("site = Bron", ()),
        ("site != Bron", ()),
        ("site != Bron and trade = acheteur", ("Acheteur",)),
    ],
)
def test_a_rule_names_what_of_a_person_it_means(rule, named):
    assert parse_rule(rule).named_of(_person(site="Lyon", trade="Acheteur|Magasinier")) == named


@pytest.mark.parametrize(
    "rule",
    ["site", "site =", "= Lyon", "site = Lyon and", "site Lyon", 'site = "Lyon', "a = = b", "or"],
)
def test_a_rule_that_cannot_be_read_is_refused(rule):
    with pytest.raises(UsageError):
        parse_rule(rule)


def test_an_overlong_rule_is_refused():
    with pytest.raises(UsageError):
        parse_rule("site = Lyon or " * 100 + "site = Bron")


def test_no_rule_means_nobody():
    assert parse_rule("   ") == NOBODY
