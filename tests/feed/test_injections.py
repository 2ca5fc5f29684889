"""Whatever somebody writes in an app, a page shows it as text."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from appservice.database import Database
from appservice.events import RoomEvent, parse_event
from appservice.ids import UserId
from appservice.languages import Language
from appservice.migrations import migrate
from appservice.outbox_rows import Outgoing
from appservice.payload import Payload
from bridges.discovery import apps
from bridges.options import Mode, Options
from feed.model import Viewer
from feed.shaping import Shaper
from feed.site import templates
from feed.tables import FeedTables, feed_tables
from feed.tools import tools
from feed.visits import Visit
from tests.harness.injections import INJECTIONS
from tests.harness.projecting import BOT, GROUP, ROOM, projection_on
from tests.harness.tables import make_tables
from tests.harness.tags import Tags, tags_of
from tests.harness.tampering import readable, tampered
from tests.harness.telling import TellingRoom, read_of, target_of

_ANA = Viewer(UserId("@ana:example.org"), "Ana", "", "s")
_PIECE = """
{% import "parts.html" as parts with context %}
{% for post in posts %}{{ parts.slab(post) }}{{ parts.slab(post, whole=true) }}{% endfor %}
{% for one in steps %}<li>{{ one.html | safe }}</li>{% endfor %}
"""
_TEMPLATES = templates()
_OWN = ("/", "#", "https://", "http://")
_TEXT = {
    ("a", "href"),
    ("a", "rel"),
    *((tag, "") for tag in ("p", "br", "blockquote", "strong", "code")),
}
"""What any text may have: its lines, and the link that its app gives."""


def _events(slug: str, rows: Sequence[Outgoing]) -> Iterator[RoomEvent]:
    """Return what the homeserver tells us of what was sent about an app."""
    ids = {row.key: f"${slug}{number}" for number, row in enumerate(rows)}
    for number, row in enumerate(rows):
        content = dict(row.content)
        if target := target_of(row):
            content["m.relates_to"] = {**content["m.relates_to"], "event_id": ids[target]}
        yield parse_event(
            Payload(
                {
                    "event_id": ids[row.key],
                    "room_id": ROOM,
                    "sender": BOT,
                    "type": row.event_type,
                    "origin_server_ts": 1_700_000_000_000 + number,
                    "content": content,
                }
            )
        )


async def _page(database: Database, tables: FeedTables, events: Sequence[RoomEvent]) -> Tags:
    """Return what pages show of *events*: each post in a list, each as a whole, and all steps."""
    await make_tables(database, tables, ours=ROOM)
    await projection_on(database, tables).apply(events)
    messages = tables.messages

    async def shape(connection):
        every = (await connection.execute(sa.select(messages))).all()
        shaper = Shaper(connection, tables, _ANA, [GROUP], bot=BOT)
        posts = await shaper.posts([row for row in every if not row.root])
        return posts, await shaper.comments([row for row in every if row.root])

    posts, steps = await database.look(shape)
    assert len(posts) + len(steps) == sum("m.new_content" not in one.content for one in events)
    visit = Visit(None, _ANA, Language.FR, ZoneInfo("Europe/Paris"), "", "", fresh=False)
    frame = tools(visit, address="/", now=1_700_000_000_000)
    html = _TEMPLATES.from_string(_PIECE).render(
        {**frame, "kinds": {}, "csrf": "c", "posts": posts, "steps": steps}
    )
    return tags_of(html)


def _told(mode: Mode, *, texts: bool, every: bool) -> list[RoomEvent]:
    """Return what is told of fixtures of all apps: as they are, or with *texts* of strangers, of
    which each app is given its share, or *every* one.
    """
    told: list[RoomEvent] = []
    for number, slug in enumerate(sorted(apps())):
        own, room = readable(slug), TellingRoom(apps()[slug], Options(mode=mode))
        share = INJECTIONS if every else INJECTIONS[number :: len(apps())]
        readings = (
            [tampered(own[place % len(own)], text) for place, text in enumerate(share)]
            if texts
            else [read_of(apps()[slug], fixture.delivery()) for fixture in own]
        )
        for reading in readings:
            if reading:
                room.hear(reading)
        told += _events(slug, room.rows)
    return told


def _only_shows(page: Tags, usual: Tags) -> None:
    assert page.found <= usual.found | _TEXT
    assert not any(name.startswith("on") for _, name in page.found)
    assert all(link.startswith(_OWN) for link in page.links)


async def _story(url: str, mode: Mode, *, every: bool) -> None:
    database, tables = await Database.open(url), feed_tables("a")
    try:
        await migrate(database)
        usual = await _page(database, tables, _told(mode, texts=False, every=every))
        page = await _page(database, tables, _told(mode, texts=True, every=every))
    finally:
        await database.close()
    _only_shows(page, usual)


@pytest.mark.parametrize("mode", [Mode.CARD, Mode.FLAT])
async def test_what_is_written_in_an_app_is_text_on_every_page(sqlite_url: str, mode: Mode):
    await _story(sqlite_url, mode, every=False)


@pytest.mark.long
@pytest.mark.parametrize("mode", list(Mode))
async def test_whatever_is_written_in_any_app_is_text_on_every_page(sqlite_url: str, mode: Mode):
    await _story(sqlite_url, mode, every=True)
