"""Any call with one key missing or null is answered, counted, and breaks nothing on its way."""

import asyncio
import json
import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from prometheus_client import REGISTRY

from appservice.ids import UserId
from bridges.discovery import apps
from tests.bridges.apps.goldens import CALLED, Fixture, fixtures
from tests.harness.proving import proof
from tests.harness.unsent import ROOM, Unsent, open_door, open_unsent
from tests.harness.wait import until

_SAMPLE = 25
_AT_ONCE = 20


@dataclass
class _Place:
    """A key of an object somewhere in a body."""

    container: dict[str, Any]
    key: str


def _places(value: Any) -> Iterator[_Place]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield _Place(value, key)
            yield from _places(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _places(inner)


@dataclass(frozen=True)
class _Spoiled:
    """A call one key of which, the *number*th, is null or missing."""

    fixture: Fixture
    number: int
    missing: bool

    def call(self) -> Fixture:
        body = json.loads(json.dumps(self.fixture.body))
        place = list(_places(body))[self.number]
        place.container[place.key] = None
        if self.missing:
            del place.container[place.key]
        return replace(self.fixture, body=body)


@dataclass
class _Door:
    """Calls an app's connections over HTTP. No id comes twice to one, so that each call is read."""

    unsent: Unsent
    server: TestServer
    session: aiohttp.ClientSession
    slug: str
    connections: list[tuple[str, str]] = field(default_factory=list)
    known: set[tuple[str, str]] = field(default_factory=set)

    async def call(self, one: Fixture) -> tuple[int, int]:
        """Return the status of a call, and the one that its app's own server would answer."""
        app = self.unsent.bridges.apps[self.slug]
        call = replace(one, headers=_renamed(one))
        refused = app.objects(call.delivery())
        body = json.dumps(call.body).encode()
        known_by = app.delivery_id(call.delivery()) or body.decode()
        connection, secret = await self._connection(known_by)
        url = self.unsent.bridges.ingress.address_of(connection)
        headers = {**call.headers, **proof(app.schemes[0], secret, body, url)}
        headers["Content-Type"] = "application/json"
        address = self.server.make_url(f"/hooks/{connection}")
        async with self.session.post(address, data=body, headers=headers) as answer:
            return answer.status, refused.status if refused else app.answers.accepted.status

    async def _connection(self, known_by: str) -> tuple[str, str]:
        for pair in self.connections:
            if (pair[0], known_by) not in self.known:
                self.known.add((pair[0], known_by))
                return pair
        pair = await self._connected()
        self.connections.append(pair)
        self.known.add((pair[0], known_by))
        return pair

    async def _connected(self) -> tuple[str, str]:
        connections, app = self.unsent.bridges.connections, self.unsent.bridges.apps[self.slug]
        made = await connections.add(app, ROOM, UserId("@ana:parvis.test"))
        if app.makes_secret(app.schemes[0].slug):
            await connections.take_secret(made, "s3cret-of-the-app")
            return made, "s3cret-of-the-app"
        return made, await connections.show_secret(made)


def _renamed(call: Fixture) -> dict[str, str]:
    """Return the headers, with another id where one of them is the call's."""
    app, before = apps()[call.app], apps()[call.app].delivery_id(call.delivery())
    headers = {name: value for name, value in call.headers.items() if name != "content-type"}
    for name in headers:
        other = {**headers, name: str(uuid.uuid4())}
        if app.delivery_id(replace(call, headers=other).delivery()) not in {"", before}:
            return other
    return headers


def _counted(name: str, **labels: str) -> float:
    """Return the sum of a figure over the labels that are not given."""
    return sum(
        sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


async def _story(url: str, slug: str, calls: Sequence[_Spoiled]) -> None:
    accepted = _counted("parvis_deliveries_total", outcome="accepted")
    read = _counted("parvis_readings_total")
    async with open_unsent(url) as unsent:
        async with open_door(unsent) as server, aiohttp.ClientSession() as session:
            door = _Door(unsent, server, session, slug)
            answers: list[tuple[int, int]] = []
            for start in range(0, len(calls), _AT_ONCE):
                some = [door.call(one.call()) for one in calls[start : start + _AT_ONCE]]
                answers += await asyncio.gather(*some)

        async def worked_off() -> bool:
            return not await unsent.bridges.deliveries.waiting(limit=1)

        await until(worked_off, "all calls are worked off", within=60 + len(calls) / 50)
        rows = await unsent.trays.outbox.waiting(limit=len(calls) * 10)
        reports = [line for _, line in unsent.reports]

    taken = sum(status < 300 for status, _ in answers)
    assert [status for status, _ in answers] == [expected for _, expected in answers]
    assert _counted("parvis_deliveries_total", outcome="accepted") - accepted == taken
    assert _counted("parvis_readings_total") - read == taken
    assert all(": PayloadRejected: " in line for line in reports), reports
    said = b"".join(row.content for row in rows)
    assert rows
    assert b"Traceback" not in said
    assert b"Error(" not in said


def _calls(slug: str) -> list[_Spoiled]:
    return [
        _Spoiled(one, number, missing)
        for one in fixtures(slug)
        if isinstance(one.body, dict)
        for number, _ in enumerate(_places(one.body))
        for missing in (False, True)
    ]


@pytest.mark.parametrize("slug", CALLED)
async def test_a_call_with_a_key_missing_or_null_is_answered_and_counted(
    sqlite_url: str, slug: str
):
    calls = _calls(slug)
    await _story(sqlite_url, slug, random.Random(slug).sample(calls, min(_SAMPLE, len(calls))))


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("slug", CALLED)
async def test_any_call_with_any_one_key_missing_or_null_is_answered_and_counted(
    sqlite_url: str, slug: str
):
    await _story(sqlite_url, slug, _calls(slug))
