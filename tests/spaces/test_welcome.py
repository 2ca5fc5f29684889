"""Whoever signs in finds the organization, if its directory counts them."""

import pytest

from spaces.people import DirectoryPerson
from tests.harness.calls import joined
from tests.harness.house import open_house
from tests.harness.reader import Reader


@pytest.fixture
async def house(homeserver, tmp_path):
    async with open_house(tmp_path, homeserver) as house:
        yield house


async def test_signing_in_joins_staff_and_not_the_accounts_of_services(house):
    ana = await house.person("ana")
    general = await house.group("Tous", [ana], kind="general")
    root = await house.app.spaces.reconciler.root()
    names = ("ben", "sauvegarde", "inconnu", "stagiaire")
    people = {name: await house.homeserver.person(name) for name in names}
    house.people += people.values()
    told = [
        DirectoryPerson(ana.user_id),
        DirectoryPerson(people["ben"].user_id),
        DirectoryPerson(people["sauvegarde"].user_id, staff=False),
        DirectoryPerson(people["stagiaire"].user_id, staff=False),
    ]
    await house.app.spaces.people.take_over("test", told)
    await house.app.trays.bot.invite(root, people["stagiaire"].user_id)
    inside = {}
    for name, person in people.items():
        reader = await Reader.signed_in(house.url, person)
        await reader.close()
        inside[name] = await joined(person) & {root, *general.rooms}

    assert inside == {
        "ben": {root, *general.rooms},
        "sauvegarde": set(),
        "inconnu": set(),
        "stagiaire": {root},
    }
