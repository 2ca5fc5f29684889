"""People find their own sessions and end them; those that nobody uses end by themselves."""

import time
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from appservice.database import Change, Database
from appservice.homeserver import Homeserver
from appservice.ids import UserId
from appservice.migrations import migrate
from appservice.vault import Vault
from feed.browsers import browser_name
from feed.sessions import Sessions, sessions_table
from parvis.demo.synapse import free_port
from parvis.folder import secrets_key
from tests.harness.house import House
from tests.harness.person import Person
from tests.harness.reader import Reader

_DAY_MS = 24 * 3600 * 1000
_ANA = UserId("@ana:example.org")


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox, Linux",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Edge, Windows",
        ),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_a_browser_is_known_by_two_words(user_agent: str, name: str):
    assert browser_name(user_agent) == name


async def test_a_session_that_is_old_or_unused_is_found_no_more_and_purged(
    sqlite_url: str, tmp_path: Path
):
    database, vault = await Database.open(sqlite_url), Vault([secrets_key(tmp_path)])
    homeserver = Homeserver(base_url=f"http://127.0.0.1:{free_port()}")
    await migrate(database)
    sessions = Sessions(database=database, homeserver=homeserver, vault=vault)
    now = int(time.time() * 1000)
    ages = {"fresh": (1, 0), "kept": (50, 13), "unused": (20, 15), "old": (61, 0)}
    rows = [
        {
            "id": name,
            "user_id": _ANA,
            "device_id": "D",
            "token": vault.lock("t"),
            "name": "Ana",
            "avatar": "",
            "created": now - created * _DAY_MS,
            "seen": now - seen * _DAY_MS,
            "browser": "",
        }
        for name, (created, seen) in ages.items()
    ]
    await database.write(Change(sa.insert(sessions_table), tuple(rows)))

    # Nobody answers at the homeserver's address: while it is away, a session stands.
    standing = {name for name in ages if await sessions.stands(name)}
    listed = [one.id for one in await sessions.of_person(_ANA)]
    await sessions.purge()
    left = await database.read(sa.select(sessions_table.c.id, sessions_table.c.seen))
    await homeserver.close()
    await database.close()

    assert standing == {"fresh", "kept"}
    assert set(listed) == {"fresh", "kept"}
    assert {row.id for row in left} == {"fresh", "kept"}
    assert all(row.seen >= now for row in left if row.id == "kept"), "being asked is a use"


async def _sessions(house: House, person: Person) -> dict[str, str]:
    """Return the tokens of a person's sessions, by id."""
    vault, table = Vault([secrets_key(house.app.config.folder)]), sessions_table.c
    rows = await house.app.trays.database.read(
        sa.select(table.id, table.token).where(table.user_id == person.user_id)
    )
    return {row.id: vault.open(bytes(row.token)) for row in rows}


async def _is_taken(house: House, token: str) -> bool:
    """Tell whether the homeserver takes a token."""
    url = f"{house.homeserver.url}/_matrix/client/v3/account/whoami"
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status == 200


async def test_who_signed_in_twice_ends_the_other_session_and_nobody_elses(house: House):
    ana, zoe = await house.person("ana"), await house.person("zoe")
    here, there, other = [await Reader.signed_in(house.url, one) for one in (ana, ana, zoe)]
    (foreign,) = await _sessions(house, zoe)
    tokens = (await _sessions(house, ana)).values()

    page = await here.get("/you")
    await here.send("/you", "/you/sessions", which=foreign)
    ended = await here.send("/you", "/you/sessions", which="others")
    after = [(await reader.get("/you")).url for reader in (here, there, other)]
    for reader in (here, there, other):
        await reader.close()

    assert page.text.count('name="which"') == 1
    assert 'name="which"' not in ended.text
    assert after == [f"{house.url}/you", f"{house.url}/login", f"{house.url}/you"]
    assert sorted([await _is_taken(house, token) for token in tokens]) == [False, True]
