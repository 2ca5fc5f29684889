"""What was read is kept alike on both engines, and does not grow with what is read."""

import sqlalchemy as sa

from appservice.database import Database
from appservice.events import parse_event
from appservice.ids import EventId, UserId
from appservice.migrations import migrate
from appservice.payload import Payload
from feed.marks import ReadMarks, Receipt, Seen
from feed.store import FeedStore
from feed.tables import feed_tables
from feed.unread import read_posts_table, read_state, unread_rooms
from tests.harness.projecting import BOT, ROOM, projection_on
from tests.harness.tables import make_tables

ZOE = UserId("@zoe:example.org")
DAY = 24 * 3600 * 1000
BEGAN = 1_700_000_000_000


def event(number: int, sender: str, content: dict, **more: object):
    raw = {
        "event_id": f"${number}",
        "room_id": ROOM,
        "sender": sender,
        "type": "m.room.message",
        "origin_server_ts": BEGAN + number * 1000,
        "content": content,
        **more,
    }
    return parse_event(Payload(raw))


def post(number: int, sender: str = "@ana:example.org"):
    card = {"org.parvis.card": {"title": "Fiche"}} if sender == BOT else {}
    return event(number, sender, {"msgtype": "m.text", "body": f"Publication {number}", **card})


def comment(number: int, root: int):
    relates = {"rel_type": "m.thread", "event_id": f"${root}"}
    content = {"msgtype": "m.text", "body": "Réponse", "m.relates_to": relates}
    return event(number, "@ana:example.org", content)


async def test_the_mark_follows_what_is_read_without_a_gap(database_url):
    database = await Database.open(database_url)
    await migrate(database)
    tables = feed_tables("a")
    await make_tables(database, tables, ours=ROOM)
    projection = projection_on(database, tables)
    join = {"membership": "join", "displayname": "Zoe"}
    member = event(1, ZOE, join, type="m.room.member", state_key=ZOE)
    posts = [post(number) for number in (2, 10, 20, 30)]
    others = [post(25, ZOE), post(35, BOT), comment(40, 10)]
    await projection.apply([member, *posts, *others])
    marks = ReadMarks(database=database, store=FeedStore(database=database, tables=tables, bot=BOT))
    now = BEGAN + 60_000

    async def rows() -> int:
        return len(await database.read(sa.select(read_posts_table)))

    async def unread() -> bool:
        return bool(await database.read(unread_rooms(tables, ZOE)))

    assert not await unread(), "nothing is new to who never signed in"
    await marks.begin(ZOE, now=BEGAN + 5_000)
    await marks.begin(ZOE, now=BEGAN + 50_000)
    assert await unread(), "a second sign-in changes nothing"
    assert await marks.mark(ZOE, [Seen(EventId("$20"))], now=now) == []
    assert await rows() == 1
    receipts = await marks.mark(ZOE, [Seen(EventId("$10"), BEGAN + 40_000)], now=now)
    assert receipts == [Receipt(ROOM, "$25"), Receipt(ROOM, "$40", "$10")]
    assert await rows() == 1, "the comment that was seen is remembered"
    assert await unread()
    assert await marks.mark(ZOE, [Seen(EventId("$30"))], now=now) == [Receipt(ROOM, "$35")]
    assert not await unread()

    later = now + 40 * DAY
    await projection.apply([post(3_450_000), post(3_450_001)])
    await marks.mark(ZOE, [Seen(EventId("$3450001"))], now=later)
    assert await rows() == 1, "what is older than four weeks is forgotten, the new row stays"
    assert await marks.mark_all(ZOE, until=later, now=later) == [Receipt(ROOM, "$3450001")]
    assert await rows() == 0
    assert not await unread()
    nobody = UserId("@nobody:example.org")
    state = await database.look(lambda connection: read_state(connection, tables, nobody))
    assert state.floors == {}
    await database.close()
