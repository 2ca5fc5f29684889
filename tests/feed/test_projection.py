"""The same events, in any order and told twice, make the same tables."""

import itertools
import random

import pytest
import sqlalchemy as sa

from appservice.database import Database
from appservice.events import RoomEvent, parse_event
from appservice.payload import Payload
from feed.tables import feed_tables
from tests.harness.projecting import ROOM, Truth, projection_on
from tests.harness.tables import make_tables


def event(
    number: int, kind: str, content: dict, *, sender="@ana:example.org", **more: object
) -> RoomEvent:
    raw = {
        "event_id": f"${number}",
        "room_id": ROOM,
        "sender": sender,
        "type": kind,
        "origin_server_ts": 1_700_000_000_000 + number * 1000,
        "content": content,
        **more,
    }
    return parse_event(Payload(raw))


def message(number: int, body: str, *, relates=None, **more: object) -> RoomEvent:
    content = {"msgtype": "m.text", "body": body}
    if relates:
        content["m.relates_to"] = relates
    return event(number, "m.room.message", content, **more)


def edit(number: int, target: str, body: str, **more: object) -> RoomEvent:
    content = {
        "msgtype": "m.text",
        "body": f"* {body}",
        "m.new_content": {"msgtype": "m.text", "body": body},
        "m.relates_to": {"rel_type": "m.replace", "event_id": target},
    }
    return event(number, "m.room.message", content, **more)


def redaction(number: int, target: str) -> RoomEvent:
    return event(number, "m.room.redaction", {"redacts": target}, redacts=target)


def thread(target: str) -> dict:
    return {"rel_type": "m.thread", "event_id": target}


def reply(target: str) -> dict:
    return {"m.in_reply_to": {"event_id": target}}


STORY = (
    event(
        0,
        "m.room.member",
        {"membership": "join", "displayname": "Ana"},
        state_key="@ana:example.org",
    ),
    message(1, "Le pont est fermé\nJusqu'à mardi."),
    message(2, "Merci !", relates=thread("$1"), sender="@malik:example.org"),
    message(3, "Oui, merci.", relates=reply("$2")),
    event(
        4,
        "m.reaction",
        {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$1", "key": "👍"}},
    ),
    edit(5, "$1", "Le pont est ouvert"),
    edit(6, "$1", "Faux", sender="@mallory:example.org"),
    edit(7, "$1", "Le pont est presque ouvert"),
    redaction(8, "$7"),
    redaction(9, "$4"),
    message(10, "À supprimer"),
    redaction(11, "$10"),
    event(
        12,
        "m.room.member",
        {"membership": "join", "displayname": "Ana B."},
        state_key="@ana:example.org",
    ),
    message(13, "Réponse perdue", relates=thread("$unknown")),
)


async def dump(url: str, events, generation: str = "a"):
    """Return all rows after *events* were taken in one by one."""
    database = await Database.open(url)
    tables = feed_tables(generation)
    try:
        await make_tables(database, tables, ours=ROOM)
        projection = projection_on(database, tables, Truth(STORY))
        for one in events:
            await projection.apply([one])
        return {
            table.name: sorted(
                (
                    tuple(
                        value
                        for name, value in row._mapping.items()
                        if name not in {"id", "rowid", "base", "relates"}
                    )
                    for row in await database.read(sa.select(table))
                ),
                key=repr,
            )
            for table in tables.metadata.sorted_tables
        }
    finally:
        await database.close()


async def test_any_order_makes_the_same_feed(database_url):
    expected = await dump(database_url, STORY)
    posts = {row[0]: row for row in expected["feed_messages_a"]}
    assert "Le pont est ouvert" in posts["$1"]
    assert len(posts) == 5

    dice = random.Random(7)
    for _ in range(12):
        order = [*STORY, *dice.sample(STORY, 5)]
        dice.shuffle(order)
        assert await dump(database_url, order) == expected


async def test_three_messages_in_each_order_hang_together(sqlite_url):
    three = STORY[1:4]
    seen = [
        [(row[0], row[5]) for row in (await dump(sqlite_url, order))["feed_messages_a"]]
        for order in itertools.permutations(three)
    ]

    assert all(one == [("$1", ""), ("$2", "$1"), ("$3", "$1")] for one in seen), seen


@pytest.mark.parametrize("count", [1])
async def test_a_deleted_post_is_gone_from_the_search(sqlite_url, count):
    rows = (await dump(sqlite_url, STORY[10:12]))["feed_search_a"]

    assert len(rows) == count - 1


async def test_what_is_redacted_in_another_room_stays(sqlite_url):
    elsewhere = {"room_id": "!elsewhere:evil.example", "sender": "@mallory:evil.example"}
    forged = event(50, "m.room.redaction", {"redacts": "$1"}, **elsewhere)

    expected = (await dump(sqlite_url, STORY[:4]))["feed_messages_a"]
    for order in ([*STORY[:4], forged], [forged, *STORY[:4]]):
        assert (await dump(sqlite_url, order))["feed_messages_a"] == expected
