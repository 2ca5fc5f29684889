"""People from Keycloak's admin API, asked as its documentation says."""

import pytest

from parvis.demo.synapse import free_port
from spaces.rosters.entries import SourceFailed
from spaces.rosters.keycloak import KeycloakSettings, KeycloakSource
from spaces.rosters.mapping import PeopleRules
from spaces.rosters.readings import DirectoryTrouble
from tests.harness.house import open_house
from tests.harness.keycloak import SECRET, group, running_keycloak
from tests.harness.wait import until


@pytest.fixture
async def keycloak():
    async with running_keycloak(free_port()) as running:
        yield running


def _source(keycloak, **other: str) -> KeycloakSource:
    settings = {"realm": "firm", "client_id": "parvis", "client_secret": SECRET, **other}
    return KeycloakSource(KeycloakSettings(url=keycloak.url, **settings))


async def test_users_come_with_attributes_groups_and_whether_they_are_enabled(keycloak):
    ana = keycloak.add_user(
        "ana",
        firstName="Ana",
        lastName="Díaz",
        email="ana@example.org",
        attributes={"site": ["Lyon"], "trade": ["Achats", "Stocks"]},
    )
    zoe = keycloak.add_user("zoe", enabled=False)
    inner = group("Quai 2", zoe, ana)
    keycloak.groups += [group("Quais", inner=(inner,)), group("Achats", ana)]

    people = PeopleRules("example.org").roster(await _source(keycloak).read()).people

    assert [(person.user_id, person.name, person.active) for person in people] == [
        ("@ana:example.org", "Ana Díaz", True),
        ("@zoe:example.org", "zoe", False),
    ]
    assert people[0].email == "ana@example.org"
    assert people[0].attributes["trade"] == ("Achats", "Stocks")
    assert people[0].attributes["group"] == ("Achats", "/Achats", "Quai 2", "/Quai 2")
    assert people[1].attributes["group"] == ("Quai 2", "/Quai 2")


@pytest.mark.parametrize("number", [0, 1, 100, 101, 102, 250])
async def test_a_realm_is_read_page_by_page_to_its_end(keycloak, number):
    for index in range(number):
        keycloak.add_user(f"p{index}")

    entries = await _source(keycloak).read()

    assert [entry.first("username") for entry in entries] == [f"p{n}" for n in range(number)]
    pages = [path for path in keycloak.asked if path.endswith("/users")]
    assert len(pages) <= number // 100 + 1


async def test_who_is_pushed_over_the_edge_of_a_page_is_not_lost(keycloak):
    for index in range(250):
        keycloak.add_user(f"p{index}")

    def take_one_away(first: int) -> None:
        if first == 100 and len(keycloak.users) == 250:
            del keycloak.users[0]

    keycloak.before_page = take_one_away
    entries = await _source(keycloak).read()

    assert [entry.first("username") for entry in entries] == [f"p{n}" for n in range(1, 250)]


async def test_a_token_that_ended_is_renewed_once(keycloak):
    for index in range(150):
        keycloak.add_user(f"p{index}")

    def end_every_token(first: int) -> None:
        if first == 0:
            keycloak.tokens.clear()

    keycloak.before_page = end_every_token
    entries = await _source(keycloak).read()
    keycloak.tokens = _Nothing()
    keycloak.asked.clear()
    with pytest.raises(SourceFailed, match="HTTP 401"):
        await _source(keycloak).read()

    assert len(entries) == 150
    assert keycloak.asked.count("token") == 2


async def test_a_token_is_used_until_it_ends(keycloak):
    for index in range(250):
        keycloak.add_user(f"p{index}")

    await _source(keycloak).read()
    long_lived = keycloak.asked.count("token")
    keycloak.asked.clear()
    keycloak.expires_in = 10
    await _source(keycloak).read()

    assert long_lived == 1
    assert keycloak.asked.count("token") == 4  # One for each page of users, one for the groups.


@pytest.mark.parametrize(
    ("missing", "other", "remedy"),
    [
        ("view-users", {}, "the role view-users"),
        ("query-groups", {}, "the role query-groups"),
        ("", {"client_secret": "another secret"}, "does not know the client parvis"),
        ("", {"realm": "other"}, "There is no realm other"),
        ("service account", {}, "Service accounts roles"),
    ],
)
async def test_what_is_missing_at_keycloak_is_named(keycloak, missing, other, remedy):
    keycloak.roles.discard(missing)
    keycloak.service_account = missing != "service account"

    with pytest.raises(SourceFailed, match=remedy):
        await _source(keycloak, **other).read()


async def test_a_realm_that_is_away_is_a_failed_reading(keycloak):
    nowhere = KeycloakSettings(f"http://127.0.0.1:{free_port()}", "firm", "parvis", SECRET)

    with pytest.raises(SourceFailed, match="does not answer"):
        await KeycloakSource(nowhere).read()


async def test_a_realm_fills_the_organization_and_nobody_is_told_of_a_short_absence(
    keycloak, homeserver, tmp_path
):
    admin = await homeserver.person("admin")
    ana = homeserver.fresh("ana")
    keycloak.add_user(ana, attributes={"site": ["Lyon"]})
    settings = f"""
directory:
  source: keycloak
  keycloak: {{url: "{keycloak.url}", realm: firm, client_secret: "{SECRET}"}}
"""
    async with open_house(tmp_path, homeserver, admin=admin.user_id, settings=settings) as house:
        house.people.append(admin)
        people, upkeep = house.app.spaces.people, house.app.spaces.upkeep

        async def known() -> bool:
            return [one.attributes.get("site") for one in await people.all()] == [("Lyon",)]

        await until(known, "the realm is read at the start")
        keycloak.roles.clear()
        with pytest.raises(SourceFailed):
            await upkeep.look()
        standing = await upkeep.standing()
        told = await house.app.trays.outbox.count()

        assert standing.trouble is DirectoryTrouble.UNREAD
        assert "the role view-users" in standing.faults[0]
        assert (standing.people, told) == (1, 0)


class _Nothing(set[str]):
    """Forgets every token at once."""

    def add(self, token: str) -> None:
        pass
