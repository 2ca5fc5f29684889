"""The mail server's door: each recipient is answered by itself, after the disk has the letter."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import sqlalchemy as sa

from appservice.database import Database
from appservice.ids import RoomId, UserId
from appservice.migrations import migrate
from appservice.trouble import Trouble
from appservice.vault import Vault
from bridges.connection import Connections
from bridges.deliveries import Deliveries
from bridges.discovery import apps
from bridges.letterbox.house import Letterbox, build_letterbox
from tests.harness.post import hand_over, letter, letter_settings

UNKNOWN = "parvis+aaaabbbbccccddddeeeeffff@example.org"


@dataclass
class Entrance:
    """A door with a database behind it, and nothing else of the house."""

    database: Database
    connections: Connections
    deliveries: Deliveries
    letterbox: Letterbox
    reports: list[tuple[Trouble, str]]

    @property
    def listen(self) -> str:
        return self.letterbox.settings.lmtp_listen

    async def connect(self) -> tuple[str, str]:
        """Return the id and the address of a new connection."""
        room, ana = RoomId("!room:parvis.test"), UserId("@ana:parvis.test")
        identifier = await self.connections.add(apps()["email"], room, ana)
        connection = await self.connections.get(identifier)
        return identifier, self.letterbox.addresses.of(connection)

    async def codes(self, made, *recipients: str) -> dict[str, int]:
        answers = await hand_over(self.listen, made, *recipients)
        return {recipient: code for recipient, (code, _) in answers.items()}

    async def taken(self) -> list[str]:
        return [one.connection for one in await self.deliveries.waiting(limit=100)]


@contextlib.asynccontextmanager
async def open_entrance(
    database_url: str, *, key: str = "", **settings: object
) -> AsyncIterator[Entrance]:
    database = await Database.open(database_url)
    reports: list[tuple[Trouble, str]] = []
    try:
        await migrate(database)
        connections = Connections(database=database, vault=Vault([key or Vault.new_key()]))
        deliveries = Deliveries(database=database)
        letterbox = build_letterbox(
            letter_settings(**settings),
            database=database,
            connections=connections,
            deliveries=deliveries,
            report=lambda trouble, line: reports.append((trouble, line)),
            wake=lambda: None,
        )
        async with letterbox.open():
            yield Entrance(database, connections, deliveries, letterbox, reports)
    finally:
        await database.close()


async def test_each_recipient_is_answered_by_itself(database_url: str):
    async with open_entrance(database_url) as door:
        (one, mine), (two, theirs) = await door.connect(), await door.connect()
        (removed, gone), (paused, held) = await door.connect(), await door.connect()
        await door.connections.remove(removed)
        await door.connections.pause(paused)
        everybody = (mine, theirs.upper(), held, gone, UNKNOWN, "ana@example.org")

        assert await door.codes(letter("À tous", "Bonjour."), *everybody) == {
            mine: 250,
            theirs.upper(): 250,
            held: 450,
            gone: 550,
            UNKNOWN: 550,
            "ana@example.org": 550,
        }
        assert await door.taken() == [one, two]


async def test_what_is_too_large_is_refused_for_each_and_the_line_goes_on(database_url: str):
    async with open_entrance(database_url, largest=100_000) as door:
        (_, mine), (_, theirs) = await door.connect(), await door.connect()

        large = await door.codes(letter("X", "x\n" * 100_000), mine, theirs)

        assert large == {mine: 552, theirs: 552}
        assert await door.taken() == []
        assert await door.codes(letter("Y", "y"), mine) == {mine: 250}


async def test_what_cannot_be_committed_is_to_come_again(database_url: str):
    async with open_entrance(database_url) as door:
        (_, mine), (_, theirs) = await door.connect(), await door.connect()
        made = letter("Plus tard", "Plus tard.")
        async with _broken(door.database, "deliveries"):
            assert await door.codes(made, mine, theirs) == {mine: 451, theirs: 451}
        async with _broken(door.database, "connections"):
            assert await door.codes(made, mine) == {mine: 451}

        assert await door.codes(made, mine, theirs) == {mine: 250, theirs: 250}
        assert await door.codes(made, mine, theirs) == {mine: 250, theirs: 250}
        assert len(await door.taken()) == 2


@contextlib.asynccontextmanager
async def _broken(database: Database, table: str) -> AsyncIterator[None]:
    """Take a table away for a while, as a disk does."""

    async def rename(old: str, new: str) -> None:
        async def work(connection) -> None:
            await connection.execute(sa.text(f"ALTER TABLE {old} RENAME TO {new}"))

        await database.run(work)

    await rename(table, "away")
    try:
        yield
    finally:
        await rename("away", table)
