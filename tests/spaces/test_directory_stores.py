"""What is kept of people, on both engines."""

from dataclasses import replace

import pytest

from appservice.database import Database
from appservice.ids import UserId
from appservice.migrations import migrate
from spaces.people import DirectoryPerson
from spaces.people_store import PeopleStore
from spaces.rosters.guard import Loss
from spaces.rosters.readings import DirectoryTrouble, Reading, Readings
from spaces.rosters.scim.store import ScimKind, ScimResource, ScimStore


@pytest.fixture
async def database(database_url):
    database = await Database.open(database_url)
    await migrate(database)
    yield database
    await database.close()


async def test_of_whom_the_directory_no_longer_tells_the_account_alone_is_kept(database):
    store = PeopleStore(database=database)
    ana = DirectoryPerson(
        UserId("@ana:x.org"), name="Ana", email="a@x.org", attributes={"site": ("Lyon",)}
    )
    zoe = DirectoryPerson(UserId("@zoe:x.org"), name="Zoé", staff=False)
    await store.take_over("one", [ana, zoe])
    first = await store.all()
    await store.take_over("another", [replace(zoe, name="Zoé D.")])

    assert first == [ana, zoe]
    gone = DirectoryPerson(ana.user_id, active=False)
    assert await store.all() == [gone, replace(zoe, name="Zoé D.")]


async def test_how_it_stands_with_a_directory_is_remembered(database):
    readings = Readings(database=database)
    nothing = await readings.last("people.csv")
    held = Reading(
        "people.csv",
        looked=2,
        believed=1,
        people=40,
        trouble=DirectoryTrouble.HELD,
        since=2,
        loss=Loss(9, 40, "site"),
    )
    await readings.put(held)
    after = await readings.last("people.csv")
    faulty = Reading("people.csv", 3, 3, 40, DirectoryTrouble.FAULTS, 3, ("line 2", "line 4"))
    await readings.put(faulty)

    assert nothing == Reading("people.csv")
    assert after == held
    assert await readings.last("people.csv") == faulty


async def test_what_was_pushed_is_found_by_name_by_the_providers_id_and_in_pages(database):
    store = ScimStore(database=database)
    users = [
        ScimResource(f"id{n}", ScimKind.USER, f"p{n}", f"ext{n}", {"userName": f"P{n}"}, n, n)
        for n in range(5)
    ]
    group = ScimResource("g", ScimKind.GROUP, "p1", "ext1", {"displayName": "P1"}, 9, 9)
    for resource in (*users, group):
        await store.put(resource)
    await store.put(replace(users[0], name="other", changed=10))
    await store.delete("id4")

    assert await store.named(ScimKind.USER, "P1") == [users[1]]
    assert await store.with_external_id(ScimKind.GROUP, "ext1") == [group]
    assert await store.page(ScimKind.USER, skip=1, most=2) == (4, users[1:3])
    assert await store.get(ScimKind.GROUP, "id1") is None
    assert await store.named(ScimKind.USER, "p0") == []
