"""A year of a firm with two sites, told by its people file alone."""

import pytest

from spaces.model import Group
from tests.harness.calls import call, joined, membership
from tests.harness.house import open_house
from tests.harness.wait import until

_LYON, _BRON = "Lyon", "Bron"
_FIRM = {
    "ana": (_LYON, "Achats"),
    "ben": (_LYON, "Achats"),
    "cleo": (_LYON, "Achats"),
    "dora": (_LYON, "Quai"),
    "eli": (_LYON, "Quai"),
    "fanny": (_LYON, "Quai"),
    "gus": (_BRON, "Achats"),
    "hana": (_BRON, "Achats"),
    "ines": (_BRON, "Quai"),
    "jo": (_BRON, "Quai"),
    "kim": (_BRON, "Quai"),
}
_SERVICE = "sauvegarde"

_GROUPS = """
groups:
  - {slug: tous-{n}, name: Tous, kind: general, owners: [{ana}], charter: {purpose: La maison.}}
  - {slug: lyon-{n}, name: Lyon, kind: place, rule: site = Lyon, owners: [{ana}], charter: {purpose: Lyon.}}
  - {slug: bron-{n}, name: Bron, kind: place, rule: site = Bron, owners: [{gus}], charter: {purpose: Bron.}}
  - {slug: achats-{n}, name: Achats, kind: function, rule: trade = Achats, owners: [{ana}], charter: {purpose: Achats.}}
  - {slug: quais-{n}, name: Quais, kind: function, rule: trade = Quai, owners: [{jo}], charter: {purpose: Quais.}}
"""


class _Firm:
    """The house, its people by their names in the story, and its file."""

    def __init__(self, house, file) -> None:
        self.house = house
        self.file = file
        self.people = {}
        self.rows = {}

    async def gather(self) -> None:
        for name in (*_FIRM, _SERVICE):
            self.people[name] = await self.house.homeserver.person(name)
            self.house.people.append(self.people[name])
        for name, (site, trade) in _FIRM.items():
            self.rows[name] = f"{self.localpart(name)};{name.title()};{site};{trade};personne;oui"
        self.rows[_SERVICE] = f"{self.localpart(_SERVICE)};Sauvegarde;Lyon;Achats;service;oui"
        self.write()

    def write(self) -> None:
        rows = ["identifiant;nom;site;métier;type;actif", *self.rows.values()]
        self.file.write_bytes(("\ufeff" + "\r\n".join(rows) + "\r\n").encode())

    def localpart(self, name: str) -> str:
        return self.people[name].user_id[1:].partition(":")[0]

    async def groups(self) -> dict:
        """Make the groups by the declarative file; return them by name."""
        number = self.house.homeserver.fresh("")
        text = _GROUPS.replace("{n}", number)
        for name in ("ana", "gus", "jo"):
            text = text.replace("{" + name + "}", self.localpart(name))
        file = self.house.app.spaces.file
        await file.carry_out(await file.changes(text), lambda _done, _total: None)
        return {group.name: group for group in await self.house.app.spaces.groups.all()}

    async def members(self, group) -> set[str]:
        """Return who is in a group or invited, by their names in the story."""
        names = {person.user_id: name for name, person in self.people.items()}
        _, state = await call(self.people["ana"], "GET", f"/rooms/{group.space_id}/members")
        return {
            names[event["state_key"]]
            for event in state["chunk"]
            if event["state_key"] in names and event["content"]["membership"] in {"join", "invite"}
        }

    async def has(self, group, wanted: set[str], *, within: float = 30.0) -> None:
        bot = self.house.app.trays.bot
        names = {person.user_id: name for name, person in self.people.items()}

        async def as_wanted() -> bool:
            events = [one for one in await bot.state(group.space_id) if one.type == "m.room.member"]
            found = {
                names[event.state_key]
                for event in events
                if event.state_key in names
                and event.content.text("membership") in {"join", "invite"}
            }
            return found == wanted

        await until(as_wanted, f"“{group.name}” has exactly {sorted(wanted)}", within=within)

    async def accept(self, name: str, *groups: Group) -> None:
        root = await self.house.app.spaces.reconciler.root()
        for room in (root, *(room for group in groups for room in group.rooms)):
            await self.people[name].join(room)


@pytest.fixture
async def firm(homeserver, tmp_path):
    file = tmp_path / "personnes.csv"
    file.write_text("identifiant\n")
    settings = f"""
directory:
  source: file
  file: {file.name}
  staff: type != service
  attributes: {{username: identifiant, name: nom, trade: métier, active: actif}}
"""
    async with open_house(tmp_path, homeserver, settings=settings) as house:
        firm = _Firm(house, file)
        await firm.gather()
        yield firm


def _of(*, site: str = "", trade: str = "") -> set[str]:
    return {name for name, (s, t) in _FIRM.items() if site in {"", s} and trade in {"", t}}


async def test_a_people_file_keeps_the_groups_of_a_firm_true(firm):
    groups = await firm.groups()
    everybody = set(_FIRM)

    # The groups fill with those who were there before them; a service account is nobody.
    await firm.has(groups["Tous"], everybody)
    await firm.has(groups["Lyon"], _of(site=_LYON))
    await firm.has(groups["Bron"], _of(site=_BRON))
    await firm.has(groups["Achats"], _of(trade="Achats"))
    await firm.has(groups["Quais"], _of(trade="Quai"))

    # Ben is removed by Ana's own hand; Dora moves to Bron; Kim leaves the firm.
    for name in ("ben", "dora", "kim"):
        site, trade = _FIRM[name]
        trades = {"Achats": "Achats", "Quai": "Quais"}
        await firm.accept(name, groups["Tous"], groups[site], groups[trades[trade]])
    await firm.accept("ana", groups["Achats"])
    achats = groups["Achats"].space_id
    assert await membership(firm.people["ana"], "kick", achats, firm.people["ben"].user_id) == 200
    firm.rows["dora"] = firm.rows["dora"].replace(_LYON, _BRON)
    del firm.rows["kim"]
    firm.write()

    await firm.has(groups["Lyon"], _of(site=_LYON) - {"dora"})
    await firm.has(groups["Bron"], _of(site=_BRON) - {"kim"} | {"dora"})
    await firm.has(groups["Tous"], everybody - {"kim"})
    await firm.has(groups["Quais"], _of(trade="Quai") - {"kim"})
    await firm.has(groups["Achats"], _of(trade="Achats") - {"ben"})
    assert set(groups["Quais"].rooms) <= await joined(firm.people["dora"])
    root = await firm.house.app.spaces.reconciler.root()
    rooms = {room for group in groups.values() for room in group.rooms}

    async def kim_is_out() -> bool:
        return not await joined(firm.people["kim"]) & {root, *rooms}

    await until(kim_is_out, "Kim is out of every room")
    assert await membership(firm.people["kim"], "join", root) == 403

    # Nothing is left to do, and nobody is moved again.
    assert (await firm.house.app.spaces.passes.run()).moved == 0
    assert "ben" not in await firm.members(groups["Achats"])
