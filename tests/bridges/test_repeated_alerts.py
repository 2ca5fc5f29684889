"""An alert in its room, from firing to the next day (bridges.md E.19)."""

import asyncio
import json

import sqlalchemy as sa
from msgspec import structs

from appservice.database import Change, Database
from bridges.cases import decode, encode
from bridges.store import cases_table
from tests.bridges.apps.goldens import fixtures
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import Hooks, open_hooks, post
from tests.harness.wait import until

_HOUR = 3600 * 1000


async def test_an_alert_that_is_repeated_ends_and_fires_the_next_day_is_two_edits_and_a_new_card(
    homeserver: HomeserverForTests, sqlite_url: str
):
    registration = homeserver.take_registration()
    async with open_hooks(sqlite_url, homeserver.url, registration) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        room = await hooks.floor.trays.bot.create_room({})
        url, secret = await hooks.connect("alertmanager", room)
        for call in ("firing", "firing", "firing", "resolved"):
            await _call(hooks, url, secret, call)
        day = await _messages(hooks, room)
        assert day[:3] == [("card", "Firing"), ("step", ""), ("edit", "Firing")]
        # Two alerts of the group are over.
        assert day[3:] == [("edit", "Resolved"), ("step", ""), ("step", "")]
        assert all(
            event.content.text("msgtype") == "m.notice" for event in await _said(hooks, room)
        )

        await _let_time_pass(hooks.floor.trays.database, 15 * _HOUR)
        await _call(hooks, url, secret, "firing-next-day")

        async def continued() -> bool:
            return len(await _messages(hooks, room)) == len(day) + 3

        await until(continued, "the former card says where it goes on", within=30)
        assert (await _messages(hooks, room))[len(day) :] == [
            ("card", "Firing"),
            ("step", ""),
            ("edit", "Continued"),
        ]


async def _call(hooks: Hooks, url: str, secret: str, name: str) -> None:
    (fixture,) = (one for one in fixtures("alertmanager") if one.name == name)
    headers = {**fixture.headers, "authorization": f"Bearer {secret}"}
    assert await post(url, json.dumps(fixture.body).encode(), headers) == 200
    await hooks.quiet()


async def _said(hooks: Hooks, room: str):
    page = await hooks.floor.trays.bot.messages(room, backwards=False)
    return [event for event in page.events if event.type == "m.room.message"]


async def _messages(hooks: Hooks, room: str) -> list[tuple[str, str]]:
    """Return what was said, oldest first: what it is, and the state on a card."""
    found = []
    for event in await _said(hooks, room):
        edits = event.relation and event.relation.kind == "m.replace"
        kind = "edit" if edits else "step" if event.relation else "card"
        content = event.content.at("m.new_content") if edits else event.content
        found.append((kind, content.text("org.parvis.card", "state", "word")))
    return found


async def _let_time_pass(database: Database, ago: int) -> None:
    """Let what is known of the one case be so many milliseconds older."""
    (row,) = await database.read(sa.select(cases_table.c.state))
    case = decode(bytes(row.state))
    older = structs.replace(case, state=structs.replace(case.state, at=case.state.at - ago))
    await database.write(Change(sa.update(cases_table).values(state=encode(older))))
