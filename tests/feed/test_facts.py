"""Facts of a card are read in the reader's language where they are words of ours, or days."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.database import Database
from appservice.events import parse_event
from appservice.ids import UserId
from appservice.languages import Language
from appservice.migrations import migrate
from appservice.payload import Payload
from feed.model import Post, Viewer
from feed.shaping import Shaper
from feed.tables import feed_tables
from tests.harness.projecting import BOT, GROUP, ROOM, projection_on
from tests.harness.tables import make_tables

_FACTS = [
    {"name": "Priority", "value": "High", "ours": True},
    {"name": "Requester", "value": "High"},
    {"name": "Due", "value": "2026-03-01"},
    {"name": "Since", "value": "2026-05-04 09:05 UTC"},
    {"name": "Run", "value": "2026-13-01"},
    {"name": "When", "value": "2026-05-04 09:05 – 10:00 (Europe/Paris)"},
]
_STEP = {
    "verb": "{actor} set the due date to {due}",
    "actor": "Ana",
    "values": {"due": "2026-03-01"},
}

_ENTRY = {"case": "", "excerpt": "Trois lots", "place": "journal.example"}


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        (
            Language.FR,
            [
                *(("Priorité", "Haute"), ("Demandeur", "High"), ("Échéance", "1er mars 2026")),
                *(("Depuis", "4 mai 2026 à 9\u00a0h\u00a005 UTC"), ("Exécution", "2026-13-01")),
                ("Quand", "4 mai 2026 à 9\u00a0h\u00a005 – 10\u00a0h\u00a000 (Europe/Paris)"),
            ],
        ),
        (
            Language.EN,
            [
                *(("Priority", "High"), ("Requester", "High"), ("Due", "1 March 2026")),
                *(("Since", "4 May 2026 at 09:05 UTC"), ("Run", "2026-13-01")),
                ("When", "4 May 2026 at 09:05 – 10:00 (Europe/Paris)"),
            ],
        ),
    ],
)
async def test_words_of_ours_and_days_are_said_in_the_language_and_names_as_they_are(
    sqlite_url, language, shown
):
    post = await _shown(sqlite_url, language, {"case": "1", "fields": _FACTS})

    assert [(fact.name, fact.value) for fact in post.card.fields] == shown
    assert (post.card.latest_step, post.card.stands_alone) == ("", False)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (Language.FR, "Ana a fixé l’échéance au 1er mars 2026"),
        (Language.EN, "Ana set the due date to 1 March 2026"),
    ],
)
async def test_what_happened_to_no_case_is_said_by_its_post_itself(sqlite_url, language, sentence):
    post = await _shown(sqlite_url, language, _ENTRY, _STEP)

    assert (post.card.latest_step, post.card.stands_alone) == (sentence, True)
    assert post.card.place == "journal.example"
    assert "Trois lots" in post.card.excerpt_html


async def test_a_post_repeats_no_title_and_says_no_sentence_that_names_nothing(sqlite_url):
    text = "**Déploiement** de `api`\nversion 4.1"
    entry = {"case": "", "title": "Déploiement de api", "excerpt": text}
    post = await _shown(sqlite_url, Language.FR, entry, {"verb": "News", "actor": "Webhook"})

    assert post.card.latest_step == ""
    assert post.card.excerpt_html == "<p>version 4.1</p>"


async def _shown(
    url: str, language: Language, card: dict[str, Any], step: dict[str, Any] | None = None
) -> Post:
    """Return a card as a reader of a *language* sees it."""
    database = await Database.open(url)
    await migrate(database)
    tables = feed_tables("a")
    await make_tables(database, tables, ours=ROOM)
    content = {"msgtype": "m.notice", "body": "x", "org.parvis.card": card}
    content |= {"org.parvis.step": step} if step else {}
    raw = {
        "event_id": "$1",
        "room_id": ROOM,
        "sender": BOT,
        "type": "m.room.message",
        "origin_server_ts": 1_700_000_000_000,
        "content": content,
    }
    await projection_on(database, tables).apply([parse_event(Payload(raw))])
    viewer = Viewer(UserId("@ana:example.org"), "Ana", "", "s", language=language)

    async def shape(connection: AsyncConnection) -> list[Post]:
        rows = (await connection.execute(sa.select(tables.messages))).all()
        return await Shaper(connection, tables, viewer, [GROUP], bot=BOT).posts(rows)

    try:
        (post,) = await database.look(shape)
    finally:
        await database.close()
    return post
