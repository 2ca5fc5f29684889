"""What an app calls confidential is told nowhere as long as no owner asks for it, and counted."""

import json
from collections import Counter
from typing import Any

import sqlalchemy as sa
from prometheus_client import REGISTRY

from appservice.ids import UserId
from bridges.options import Options
from bridges.readings import Secrecy
from bridges.store import activities_table, cases_table, deliveries_table
from tests.bridges.apps.goldens import Fixture, fixtures
from tests.harness.telling import read_of
from tests.harness.unsent import ROOM, Unsent, open_unsent
from tests.harness.wait import until

_COUNTS = {"github": 10, "gitlab": 12, "jira": 4, "mastodon": 4, "pipedrive": 2, "zendesk": 5}
"""How many fixtures of each app are confidential, counted by hand."""


def _confidential(unsent: Unsent) -> list[Fixture]:
    """Return the fixtures that are only for those who work in their app."""
    every = ((one, read_of(unsent.bridges.apps[one.app], one.delivery())) for one in fixtures())
    return [one for one, said in every if said and said.secrecy is Secrecy.CONFIDENTIAL]


async def _take_in(unsent: Unsent, calls: list[Fixture], options: Options) -> dict[str, str]:
    """Have each app call a connection of its own; return the connections by app."""
    bridges, made = unsent.bridges, dict[str, str]()
    for number, one in enumerate(calls):
        if one.app not in made:
            made[one.app] = await bridges.connections.add(
                bridges.apps[one.app], ROOM, UserId("@ana:parvis.test"), options=options
            )
        await bridges.deliveries.take_in(
            made[one.app], f"call-{number}", one.headers, one.delivery().body.json()
        )
    bridges.pipeline.wake()

    async def worked_off() -> bool:
        return not await bridges.deliveries.waiting(limit=1)

    await until(worked_off, "all calls are worked off", within=30)
    return made


def _counted(app: str) -> float:
    labels = {"app": app, "reason": "confidential"}
    return REGISTRY.get_sample_value("parvis_withheld_total", labels) or 0.0


async def test_no_confidential_call_of_any_app_is_told_or_kept_and_each_is_counted(
    sqlite_url: str,
):
    async with open_unsent(sqlite_url) as unsent:
        calls = _confidential(unsent)
        before = {app: _counted(app) for app in _COUNTS}
        made = await _take_in(unsent, calls, Options())
        figures = {app: _counted(app) - before[app] for app in _COUNTS}
        told = await unsent.trays.outbox.waiting(limit=500)
        noted = {app: await unsent.bridges.deliveries.withheld(made[app]) for app in made}
        database = unsent.trays.database
        kept = [
            row
            for table in (cases_table, activities_table)
            for row in await database.read(sa.select(table))
        ]
        bodies = [row.body for row in await database.read(sa.select(deliveries_table.c.body))]

    assert Counter(one.app for one in calls) == _COUNTS
    assert told == []
    assert kept == []
    assert figures == _COUNTS
    assert noted == {app: {"confidential": count} for app, count in _COUNTS.items()}
    assert bodies == [b""] * len(calls)


async def test_where_an_owner_asks_for_them_the_same_calls_are_told(sqlite_url: str):
    async with open_unsent(sqlite_url) as unsent:
        made = await _take_in(unsent, _confidential(unsent), Options(confidential=True))
        cards = {card["app"] for card in await unsent.cards()}

    assert cards == set(made) == set(_COUNTS)


def _gitlab(name: str, minute: int) -> bytes:
    """Return a call about issue 42, said to be changed at a *minute*."""
    (fixture,) = (one for one in fixtures("gitlab") if one.name == name)
    issue = {**fixture.body["object_attributes"], "iid": 42, "title": "Dossier de Zoé"}
    issue |= {"updated_at": f"2026-05-04T09:{minute:02}:00Z", "id": 4242}
    return json.dumps({**fixture.body, "object_attributes": issue}).encode()


async def test_the_card_of_a_case_that_becomes_confidential_shows_nothing_of_it_until_it_is_open_again(
    sqlite_url: str,
):
    told, shown = [], list[dict[str, Any]]()
    async with open_unsent(sqlite_url) as unsent:
        bridges, outbox = unsent.bridges, unsent.trays.outbox
        identifier = await bridges.connections.add(
            bridges.apps["gitlab"], ROOM, UserId("@ana:parvis.test")
        )

        async def hear(name: str, minute: int) -> dict[str, Any]:
            """Return the card as it is after a call."""
            headers = {"x-gitlab-event": "Issue Hook", "content-type": "application/json"}
            await bridges.deliveries.take_in(
                identifier, f"{name}{minute}", headers, _gitlab(name, minute)
            )
            bridges.pipeline.wake()

            async def worked_off() -> bool:
                return not await bridges.deliveries.waiting(limit=1)

            await until(worked_off, "the call is worked off", within=30)
            told[:] = await outbox.waiting(limit=99)
            (*_, card) = await unsent.cards()
            return card

        shown.append(await hear("issue.opened", 1))
        shown.append(await hear("issue.made-confidential", 5))
        rows = len(told)
        late = await hear("issue.edited", 4)
        after_late = len(told)
        shown.append(await hear("issue.made-public", 9))
        withheld = await bridges.deliveries.withheld(identifier)

    titles = [card["title"] for card in shown]
    assert titles == ["Dossier de Zoé", "Ticket #42", "Dossier de Zoé"]
    assert [card["state"]["word"] for card in shown] == ["Open", "Confidential", "Open"]
    assert [bool(card["fields"] or card["labels"] or card["url"]) for card in shown] == [
        *(True, False, True)
    ]
    assert late == shown[1]
    assert "Zoé" not in str(told[rows - 1].content)
    assert after_late - rows <= 1  # What was said before may be a step, and no edit.
    assert withheld == {"confidential": 1}


async def test_what_comes_with_the_call_that_makes_a_case_confidential_is_withheld_too(
    sqlite_url: str,
):
    headers = {"x-gitlab-event": "Issue Hook", "content-type": "application/json"}
    (note,) = (one for one in fixtures("gitlab") if one.name == "note.created-on-an-issue")
    issue = {**note.body["issue"], "iid": 42}
    del issue["confidential"]  # As older versions send it.
    async with open_unsent(sqlite_url) as unsent:
        bridges = unsent.bridges
        identifier = await bridges.connections.add(
            bridges.apps["gitlab"], ROOM, UserId("@ana:parvis.test")
        )

        async def worked_off() -> bool:
            return not await bridges.deliveries.waiting(limit=1)

        async def hear(*bodies: bytes) -> list[dict[str, Any]]:
            for number, body in enumerate(bodies):
                await bridges.deliveries.take_in(identifier, f"{bodies}{number}", headers, body)
            bridges.pipeline.wake()
            await until(worked_off, "the calls are worked off", within=30)
            return await unsent.posts()

        said = json.dumps({**note.body, "issue": issue}).encode()
        before = await hear(_gitlab("issue.opened", 1))
        after = await hear(_gitlab("issue.made-confidential", 5), said)
        withheld = await bridges.deliveries.withheld(identifier)

    assert len(after) == len(before) + 1
    assert after[-1]["m.new_content"]["org.parvis.card"]["title"] == "Ticket #42"
    assert withheld == {"confidential": 2}
