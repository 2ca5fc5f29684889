"""Connections in the database: each stands alone, and a secret is shown to one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa

from appservice.database import Change, Database
from appservice.ids import EventId, RoomId, UserId
from appservice.migrations import migrate
from appservice.outbox import Outbox
from appservice.outbox_rows import Outgoing
from appservice.vault import Vault
from bridges.casebook import Casebook
from bridges.cases import Case
from bridges.connection import Connections
from bridges.deliveries import StoredDelivery
from bridges.discovery import apps
from bridges.mapping.mapper import Mapper
from bridges.reader import Reader, Silent
from bridges.row_keys import root_key, root_mark
from bridges.store import connections_table
from bridges.tally import Tally

_ROOM, _ANA = RoomId("!room:parvis.test"), UserId("@ana:parvis.test")
_GITHUB = apps()["github"]


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[tuple[Database, Connections]]:
    database = await Database.open(url)
    try:
        await migrate(database)
        yield database, Connections(database=database, vault=Vault([Vault.new_key()]))
    finally:
        await database.close()


async def _spoil(database: Database, identifier: str) -> None:
    spoilt = sa.update(connections_table).where(connections_table.c.id == identifier)
    await database.write(Change(spoilt.values(options='{"evnts": 1}')))


async def test_of_many_who_ask_for_a_secret_at_once_one_is_shown_it(database_url: str):
    async with _opened(database_url) as (_, connections):
        identifier = await connections.add(_GITHUB, _ROOM, _ANA)
        shown = await asyncio.gather(*(connections.show_secret(identifier) for _ in range(9)))
        known = connections.secrets_of(await connections.get(identifier))

    assert sorted(shown) == sorted([*known, *[""] * 8])


async def test_options_that_cannot_be_read_fail_no_other_connection(database_url: str):
    async with _opened(database_url) as (database, connections):
        spoilt, sound = [await connections.add(_GITHUB, _ROOM, _ANA) for _ in range(2)]
        await _spoil(database, spoilt)
        found = await asyncio.gather(*(connections.get(one) for one in (spoilt, sound)))
        listed = await connections.in_room(_ROOM)
        everywhere = await connections.all()

    assert [bool(one.fault) for one in found] == [True, False]
    assert [one.id for one in listed] == [one.id for one in everywhere] == [spoilt, sound]


async def test_what_comes_where_options_cannot_be_read_is_put_aside_and_not_told(database_url: str):
    async with _opened(database_url) as (database, connections):
        identifier = await connections.add(_GITHUB, _ROOM, _ANA)
        await _spoil(database, identifier)
        connection = await connections.get(identifier)
    reports = []
    reader = Reader(
        apps=apps(), report=lambda *noted: reports.append(noted), mapper=Mapper(), tally=Tally()
    )
    read = await reader.read(StoredDelivery(1, identifier, {}, b"{}", 0), connection)

    assert isinstance(read, Silent)
    assert read.parked
    assert "evnts" in reports[0][1]


@pytest.mark.parametrize("echoed", [False, True])
async def test_a_card_that_is_deleted_is_muted_whether_or_not_it_came_back(database_url, echoed):
    async with _opened(database_url) as (database, _):
        casebook, outbox = Casebook(database=database), Outbox(database=database)
        for case_id in ("1", "2"):
            await database.write(casebook.put("c", case_id, Case(), None, "look"))
            await outbox.enqueue(Outgoing(f"card:c:{case_id}", _ROOM, {"body": "card"}))
            row = await outbox.row(f"card:c:{case_id}")
            await outbox.mark_sent(row.id, EventId(f"$card-{case_id}"))
        if echoed:
            await casebook.note_roots(
                {root_mark(root_key("c", one)): EventId(f"$card-{one}") for one in ("1", "2")}
            )
        await casebook.mute([EventId("$card-1"), EventId("$other")])
        known = await casebook.known([("c", "1"), ("c", "2")])

    assert {case_id: case.muted for (_, case_id), case in known.items()} == {"1": True, "2": False}


async def test_the_door_sees_at_once_what_was_changed_and_soon_what_others_changed(
    sqlite_url: str,
):
    now = 0.0
    async with _opened(sqlite_url) as (database, others):
        identifier = await others.add(_GITHUB, _ROOM, _ANA)
        vault = Vault([Vault.new_key()])
        connections = Connections(database=database, vault=vault, clock=lambda: now)
        states = [(await connections.at_door(identifier)).state]
        await connections.pause(identifier)
        states.append((await connections.at_door(identifier)).state)
        await others.remove(identifier)
        states.append((await connections.at_door(identifier)).state)
        now = 1.0
        states.append((await connections.at_door(identifier)).state)

    assert states == ["waiting", "paused", "paused", "removed"]
