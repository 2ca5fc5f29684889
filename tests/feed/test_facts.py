"""The facts of a card are read in the reader's language where they are words of ours."""

import pytest
import sqlalchemy as sa

from appservice.database import Database
from appservice.events import parse_event
from appservice.ids import UserId
from appservice.languages import Language
from appservice.migrations import migrate
from appservice.payload import Payload
from feed.model import Viewer
from feed.shaping import Shaper
from feed.tables import feed_tables
from tests.harness.projecting import BOT, GROUP, ROOM, projection_on
from tests.harness.tables import make_tables

_FACTS = [
    {"name": "Priority", "value": "High", "ours": True},
    {"name": "Requester", "value": "High"},
]


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        (Language.FR, [("Priorité", "Haute"), ("Demandeur", "High")]),
        (Language.EN, [("Priority", "High"), ("Requester", "High")]),
    ],
)
async def test_words_of_ours_are_translated_and_names_are_not(sqlite_url, language, shown):
    database = await Database.open(sqlite_url)
    await migrate(database)
    tables = feed_tables("a")
    await make_tables(database, tables, ours=ROOM)
    raw = {
        "event_id": "$1",
        "room_id": ROOM,
        "sender": BOT,
        "type": "m.room.message",
        "origin_server_ts": 1_700_000_000_000,
        "content": {"msgtype": "m.notice", "body": "x", "org.parvis.card": {"fields": _FACTS}},
    }
    await projection_on(database, tables).apply([parse_event(Payload(raw))])
    viewer = Viewer(UserId("@ana:example.org"), "Ana", "", "s", language=language)

    async def shape(connection):
        rows = (await connection.execute(sa.select(tables.messages))).all()
        return await Shaper(connection, tables, viewer, [GROUP], bot=BOT).posts(rows)

    try:
        (post,) = await database.look(shape)
    finally:
        await database.close()
    assert [(fact.name, fact.value) for fact in post.card.fields] == shown
