"""Commands that were asked for and not yet answered: the rows and their questions."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from appservice.database import KEPT, Change, Database, insert_new, metadata, upsert
from appservice.ids import EventId, RoomId, UserId
from appservice.languages import Language

requests_table = sa.Table(
    "command_requests",
    metadata,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("room_id", sa.Text, nullable=False),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("line", sa.Text, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
    info=KEPT,
)
languages_table = sa.Table(
    "command_languages",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("language", sa.Text, nullable=False),
    info=KEPT,
)
direct_table = sa.Table(
    "direct_rooms",
    metadata,
    sa.Column("room_id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("encrypted", sa.Boolean, nullable=False),
    info=KEPT,
)


@dataclass(frozen=True)
class AskedLine:
    """One line that somebody wrote to the bot."""

    event_id: EventId
    room_id: RoomId
    sender: UserId
    line: str


class RequestStore:
    """What the runner remembers."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def add(self, asked: AskedLine) -> None:
        """Commit a request; the same event is one request."""
        row = {
            "event_id": asked.event_id,
            "room_id": asked.room_id,
            "sender": asked.sender,
            "line": asked.line,
            "received": int(time.time() * 1000),
            "done": False,
        }
        await self._database.write(Change(_insert, (row,)))

    async def open(self) -> Sequence[AskedLine]:
        """Return what is not answered, oldest first."""
        rows = await self._database.read(
            sa.select(requests_table)
            .where(requests_table.c.done.is_(False))
            .order_by(requests_table.c.received)
        )
        return [
            AskedLine(EventId(row.event_id), RoomId(row.room_id), UserId(row.sender), row.line)
            for row in rows
        ]

    async def same(self, asked: AskedLine) -> AskedLine | None:
        """Return the open request that says the same as *asked*, if its sender has one."""
        return next(
            (
                one
                for one in await self.open()
                if (one.room_id, one.sender, one.line) == (asked.room_id, asked.sender, asked.line)
            ),
            None,
        )

    def done(self, event_id: EventId) -> Change:
        """Return the change that ends a request, to be committed with its answer."""
        return Change(
            sa.update(requests_table)
            .where(requests_table.c.event_id == event_id)
            .values(done=True, line="")
        )

    async def language_of(self, user_id: UserId) -> Language | None:
        """Return the language that a person asked for, if they did."""
        rows = await self._database.read(
            sa.select(languages_table.c.language).where(languages_table.c.user_id == user_id)
        )
        return Language(rows[0].language) if rows else None

    async def set_language(self, user_id: UserId, language: Language) -> None:
        """Answer a person in *language* from now on."""
        row = {"user_id": user_id, "language": language.value}
        await self._database.write(Change(upsert(languages_table, "user_id"), (row,)))

    async def note_direct(self, room_id: RoomId, user_id: UserId, *, encrypted: bool) -> None:
        """Remember that *room_id* is a direct room with *user_id*."""
        row = {"room_id": room_id, "user_id": user_id, "encrypted": encrypted}
        await self._database.write(Change(upsert(direct_table, "room_id"), (row,)))

    async def direct_rooms(self, user_id: UserId) -> dict[RoomId, bool]:
        """Return a person's direct rooms, and whether each is encrypted."""
        rows = await self._database.read(
            sa.select(direct_table).where(direct_table.c.user_id == user_id)
        )
        return {RoomId(row.room_id): bool(row.encrypted) for row in rows}

    async def is_direct(self, room_id: RoomId) -> bool:
        """Tell whether a room is a direct one."""
        rows = await self._database.read(
            sa.select(direct_table.c.room_id).where(direct_table.c.room_id == room_id)
        )
        return bool(rows)


_insert = insert_new(requests_table)
