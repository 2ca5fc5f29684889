"""Who is out of a room is called there as they were inside."""

import itertools
from collections.abc import Sequence

import sqlalchemy as sa

from appservice.database import Database
from appservice.events import RoomEvent
from feed.names import shown_name
from feed.tables import feed_tables
from tests.feed.test_projection import event, redaction
from tests.harness.projecting import ROOM, Truth, projection_on
from tests.harness.tables import make_tables

ZOE = "@zoe:example.org"


def _member(number: int, membership: str, name: str = "", *, sender: str = ZOE):
    named = {"displayname": name} if name else {}
    content = {"membership": membership, **named}
    return event(number, "m.room.member", content, sender=sender, state_key=ZOE)


JOINED, RENAMED, ODD = (
    _member(1, "join", "Zoé"),
    _member(2, "join", "Zoé Martin"),
    _member(3, "join", "Insulte"),
)
KICKED = _member(5, "leave", sender="@ana:example.org")
PAST = (JOINED, RENAMED, ODD, redaction(4, "$3"), KICKED)


async def _name(
    url: str, *batches: Sequence[RoomEvent], past: Sequence[RoomEvent] = (), certain: bool = False
) -> str:
    database = await Database.open(url)
    tables = feed_tables("a")
    try:
        await make_tables(database, tables, ours=ROOM)
        projection = projection_on(database, tables, Truth(PAST))
        for events in batches:
            await projection.apply(events, certain=certain)
        await projection.remember(past)
        query = sa.select(shown_name(tables)).where(tables.members.c.user_id == ZOE)
        return (await database.read(query))[0].name
    finally:
        await database.close()


async def test_any_order_of_a_kick_leaves_the_last_name_that_stands(sqlite_url):
    orders = list(itertools.permutations(PAST))[::5]

    found = {await _name(sqlite_url, *([one] for one in order)) for order in orders}

    assert found == {"Zoé Martin"}


async def test_a_rebuild_finds_the_same_name_in_the_rooms_past(database_url):
    stripped = event(
        3, "m.room.member", {"membership": "join"}, sender=ZOE, state_key=ZOE,
        unsigned={"redacted_because": {}},
    )  # fmt: skip
    state, past = [KICKED], [JOINED, RENAMED, stripped, KICKED]

    assert await _name(database_url, state, past=past, certain=True) == "Zoé Martin"


async def test_who_is_inside_has_the_name_that_the_room_gives_now(sqlite_url):
    bare = _member(9, "join")

    assert await _name(sqlite_url, [JOINED], [bare], certain=True) == "zoe"
