"""Kinds of group are data: an eighth one needs a config alone; names follow them, and so does chat."""

import msgspec
import pytest

from spaces.kinds import built_in_kinds, kinds_with
from spaces.model import Declaration
from spaces.naming import conforming
from spaces.order import neighbours
from spaces.people import DirectoryPerson
from spaces.vocabulary import Access, Posting
from tests.harness.house import open_house
from tests.harness.reader import Reader
from tests.harness.talk import CHARTER, Talk
from tests.harness.wait import until

_GUILD = """
kinds:
  guild:
    names: {fr: Guilde, en: Guild}
    plurals: {fr: Guildes, en: Guilds}
    icon: hammer
    rank: 2
    convention: {prefix: Guilde, separator: " · ", case: title}
    posting: some
    joining: rule
    labels: [tour de main]
    sources: [rss]
    ending: date
    ending_days: 7
"""


async def test_an_eighth_kind_needs_its_config_alone(homeserver, tmp_path):
    admin = await homeserver.person("admin")
    async with open_house(tmp_path, homeserver, admin=admin.user_id, settings=_GUILD) as house:
        house.people.append(admin)
        await admin.join(await house.app.spaces.reconciler.root())
        zoe = await house.person("zoe")
        welder = DirectoryPerson(zoe.user_id, attributes={"trade": ("Soudure",)})
        await house.app.spaces.people.take_over("test", [welder])
        talk = await Talk.begin(house, admin)
        await talk.ask("language fr")

        refused = await talk.ask(f"group create soudure guild {CHARTER}")
        made = await talk.ask(f'group create "Guilde · Soudure" guild {CHARTER}')
        group = await house.app.spaces.groups.by_slug("guilde-soudure")
        ruled = await talk.ask(f"group rule {group.slug} trade = Soudure")
        sheet = "groups: [{slug: forge, name: Guilde · Forge, kind: guild, ends: 2027-03-31}]"
        await house.job("apply", msgspec.json.encode({"sheet": sheet}).decode())

        async def invited() -> bool:
            found = await house.app.trays.bot.state_content(
                group.space_id, "m.room.member", zoe.user_id
            )
            return bool(found) and found.text("membership") == "invite"

        await until(invited, "the rule of the eighth kind brings in whom it means")
        reader = await Reader.signed_in(house.url, admin)
        page = (await reader.get("/groups")).text
        manage = (await reader.get("/manage")).text
        await reader.close()

    assert "Guilde · Soudure" in refused
    assert "connect rss guilde-soudure" in made
    assert "Soudure" in ruled
    assert group.declaration.labels == ("tour de main",)
    assert group.declaration.posting is Posting.SOME
    assert "<h2>Guildes</h2>" in page
    assert 'id="i-hammer"' in page
    assert "Guilde · Forge" in page
    assert '<option value="guild">Guilde</option>' in manage


async def test_a_name_is_tried_before_anything_is_made(talk):
    house = talk.house
    await talk.ask("language en")
    names = ("Atelier", "Zinc")
    groups = [await house.group(name, [talk.person]) for name in names]
    secret = await house.group("Monnaie", [await house.person("zoe")], access=Access.SECRET)

    tried = await talk.ask("group name Moulin topic")
    taken = await talk.ask("group name atelier")
    first = await talk.ask("group create Moulin topic")
    reader = await Reader.signed_in(house.url, talk.person)
    on_page = await reader.send("/manage", "/manage", command="group name", name="Zoo")
    await reader.close()

    stands = "after **Atelier** and before **Zinc**"
    assert "`moulin`" in tried
    assert stands in tried
    assert groups[0].slug in taken
    assert stands in first
    assert "question 1 of 4" in first
    assert "zoo" in on_page.text
    assert "Zinc" in on_page.text
    assert "Monnaie" not in tried + first + on_page.text
    assert not [one for one in await house.app.spaces.groups.all() if one.name == "Moulin"]
    assert secret.name == "Monnaie"


@pytest.mark.parametrize(
    ("convention", "written", "wanted"),
    [
        ({}, "tri sélectif", "tri sélectif"),
        ({"case": "sentence"}, "tri sélectif", "Tri sélectif"),
        ({"case": "lower"}, "Tri SNCF", "tri SNCF"),
        ({"case": "lower"}, "P4", "P4"),
        ({"case": "title"}, "pompe p4", "Pompe P4"),
        ({"prefix": "Projet"}, "Quai 2", "Projet Quai 2"),
        ({"prefix": "Projet", "separator": " : "}, "projet - Quai 2", "Projet : Quai 2"),
        ({"prefix": "[P]", "case": "sentence"}, "quai 2", "[P] Quai 2"),
    ],
)
def test_a_name_is_written_as_its_kind_writes_names(convention, written, wanted):
    kind = kinds_with({"topic": {"convention": convention}})["topic"]

    assert conforming(written, kind) == wanted
    assert conforming(wanted, kind) == wanted


def test_a_new_group_stands_between_those_of_its_tier_and_kind():
    def group(name: str, kind: str = "topic", *, parent: str = "", landmark: bool = False):
        return Declaration(
            f"{name}-0000", name, name, kind, Access.OPEN, parent=parent, landmark=landmark
        )

    listed = [
        group("Zinc"), group("Atelier"), group("Lyon", "place", landmark=True),
        group("Moulin", parent="Atelier-0000"), group("Pompe", "product"),
    ]  # fmt: skip

    def beside(new: Declaration) -> tuple[str, str]:
        pair = neighbours(new, listed, built_in_kinds())
        return tuple(one.name if one else "" for one in pair)

    assert beside(group("Musique")) == ("Atelier", "Zinc")
    assert beside(group("Zoo")) == ("Zinc", "")
    assert beside(group("Bron", "place", landmark=True)) == ("", "Lyon")
    assert beside(group("Audit", "project")) == ("Pompe", "Atelier")
