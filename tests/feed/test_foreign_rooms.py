"""The feed's tables hold nothing of rooms that are not the organization's, in whatever order it came."""

import itertools

import pytest
import sqlalchemy as sa

from appservice.database import Database
from appservice.errors import Forbidden
from feed.tables import feed_tables
from tests.feed.test_projection import event, message
from tests.harness.projecting import BOT, ROOM, projection_on
from tests.harness.tables import make_tables

PRIVATE = "!private:example.org"
MARK = {"org.parvis.room": {"group": "u1", "part": "posts"}}


def _created(room_id: str, sender: str, content):
    return event(
        {ROOM: 1, PRIVATE: 2}[room_id],
        "m.room.create",
        content,
        sender=sender,
        state_key="",
        room_id=room_id,
    )


OURS = (
    _created(ROOM, BOT, MARK),
    message(3, "Publiée"),
    message(4, "Commentée", relates={"rel_type": "m.thread", "event_id": "$3"}),
)
# Its maker may write what they like into the create event of a room of their own.
THEIRS = (
    _created(PRIVATE, "@mallory:example.org", MARK),
    message(5, "Entre le robot et moi", room_id=PRIVATE),
    event(
        6,
        "m.room.member",
        {"membership": "join", "displayname": "Chef"},
        state_key="@ana:example.org",
        room_id=PRIVATE,
    ),
)


class Rooms:
    """What a homeserver answers about both rooms; *closed*: the bot is not in the private one."""

    def __init__(self, *, closed: bool) -> None:
        self._closed = closed

    async def state_event(self, room_id, event_type, _state_key=""):
        if room_id == PRIVATE and self._closed:
            raise Forbidden(403, "M_FORBIDDEN")
        known = {ROOM: OURS[0], PRIVATE: THEIRS[0]}
        return known[room_id] if event_type == "m.room.create" else None


async def _rows(url: str, events, *, closed: bool):
    database = await Database.open(url)
    tables = feed_tables("a")
    try:
        await make_tables(database, tables)
        projection = projection_on(database, tables, Rooms(closed=closed))
        for one in events:
            await projection.apply([one])
        messages = tables.messages.c
        found = [
            await database.read(sa.select(messages.event_id, messages.root).order_by("event_id")),
            await database.read(sa.select(tables.rooms)),
            await database.read(sa.select(tables.state.c.room_id)),
            await database.read(sa.select(tables.members)),
            await database.read(sa.select(sa.func.count()).select_from(tables.search)),
        ]
        return [[tuple(row) for row in rows] for rows in found]
    finally:
        await database.close()


@pytest.mark.parametrize("closed", [False, True])
async def test_any_order_keeps_our_room_whole_and_the_other_out(sqlite_url, closed):
    expected = [[("$3", ""), ("$4", "$3")], [(ROOM, "u1", "posts", "")], [(ROOM,)], [], [(2,)]]
    mixed = [(*one, *THEIRS) for one in itertools.permutations(OURS)]
    mixed += [tuple(reversed(one)) for one in mixed]

    found = [await _rows(sqlite_url, order, closed=closed) for order in mixed]

    assert all(rows == expected for rows in found), found
