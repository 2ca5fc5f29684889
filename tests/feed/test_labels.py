"""A group's labels are counted over what is new in it, so that its page costs no more with age."""

import sqlalchemy as sa

from appservice.database import Change, Database
from appservice.ids import RoomId
from feed.labels import most_used
from feed.tables import feed_tables
from tests.harness.projecting import ROOM
from tests.harness.tables import make_tables

_BEFORE = RoomId("!before:parvis.test")


async def test_the_newest_thousand_of_each_room_are_counted(database_url):
    database, tables = await Database.open(database_url), feed_tables("a")
    try:
        await make_tables(database, tables, ours=ROOM)
        told = [(ROOM, "neuf", 2000 + n) for n in range(990)]
        told += [(ROOM, "vieux", n) for n in range(50)]
        told += [(_BEFORE, "vieux", n) for n in range(3)]
        rows = tuple(
            {"event_id": f"${n}", "label": label, "word": label, "room_id": room_id, "at": at}
            for n, (room_id, label, at) in enumerate(told)
        )
        await database.write(Change(sa.insert(tables.labels), rows))

        found = await database.read(most_used(tables, [RoomId(ROOM), _BEFORE]))
    finally:
        await database.close()

    assert [tuple(row) for row in found] == [("neuf", 990), ("vieux", 10 + 3)]
