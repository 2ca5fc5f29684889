"""What each app is answered in each situation, as its own failure policy asks for."""

import json
import statistics
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from io import BytesIO

import aiohttp
import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestServer

from appservice.ids import UserId
from bridges.base import App
from bridges.store import deliveries_table
from tests.bridges.apps.goldens import CALLED, Fixture, fixtures
from tests.harness.proving import proof
from tests.harness.unsent import ROOM, Unsent, open_door, open_unsent

_STRANGE = {"zen": "Something that no app has ever sent."}
_LONG = 200_000
_ROUNDS, _CLASS = 60, 2.0


@dataclass
class _Caller:
    """An app that calls one connection, as its scheme asks for."""

    unsent: Unsent
    server: TestServer
    session: aiohttp.ClientSession
    app: App
    connection: str
    secret: str

    async def call(
        self, body: bytes, given: Mapping[str, str], *, secret: str = "", proved: bool = True
    ) -> tuple[int, str, str]:
        """Return status, text and Retry-After of the answer."""
        url = self.unsent.bridges.ingress.address_of(self.connection)
        headers = {name: value for name, value in given.items() if name != "content-type"}
        if proved:
            headers |= proof(self.app.schemes[0], secret or self.secret, body, url)
        headers["Content-Type"] = "application/json"
        async with self.session.post(self._address, data=BytesIO(body), headers=headers) as answer:
            return answer.status, await answer.text(), answer.headers.get("Retry-After", "")

    async def asks(self, method: str) -> int:
        async with self.session.request(method, self._address) as answer:
            return answer.status

    async def stored(self) -> int:
        rows = await self.unsent.trays.database.read(
            sa.select(sa.func.count())
            .select_from(deliveries_table)
            .where(deliveries_table.c.connection == self.connection)
        )
        return int(rows[0][0])

    async def let_the_disk_be_full(self) -> None:
        async def fill(connection) -> None:
            await connection.exec_driver_sql("PRAGMA max_page_count = 1")

        await self.unsent.trays.database.run(fill)

    @property
    def _address(self):
        return self.server.make_url(f"/hooks/{self.connection}")


@pytest.fixture
async def caller(request: pytest.FixtureRequest, sqlite_url: str) -> AsyncIterator[_Caller]:
    """The app that *request* names, connected."""
    async with AsyncExitStack() as stack:
        unsent = await stack.enter_async_context(open_unsent(sqlite_url))
        server = await stack.enter_async_context(open_door(unsent))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        app, connections = unsent.bridges.apps[request.param], unsent.bridges.connections
        made = await connections.add(app, ROOM, UserId("@ana:parvis.test"))
        if app.makes_secret(app.schemes[0].slug):
            await connections.take_secret(made, "s3cret-of-the-app")
        secret = await connections.show_secret(made) or "s3cret-of-the-app"
        yield _Caller(unsent, server, session, app, made, secret)


def _first(slug: str) -> tuple[Fixture, bytes]:
    call = next(one for one in fixtures(slug) if isinstance(one.body, dict))
    return call, json.dumps(call.body).encode()


@pytest.mark.parametrize("caller", CALLED, indirect=True)
async def test_each_app_is_answered_as_it_understands(caller: _Caller):
    app, answers = caller.app, caller.app.answers
    call, body = _first(app.slug)
    strange = json.dumps(_STRANGE).encode()
    known = await caller.call(body, call.headers)
    again = await caller.call(body, call.headers)
    objection = app.objects(Fixture(app.slug, "strange", {}, _STRANGE, "").delivery())
    unknown = await caller.call(strange, {})
    before = await caller.stored()
    too_large = await caller.call(b" " * (app.largest_body + 1), {})
    looks = [await caller.asks(method) for method in ("HEAD", "GET")]
    await caller.let_the_disk_be_full()
    full = await caller.call(b'{"text": "' + b"x" * _LONG + b'"}', {})
    after = await caller.stored()
    await caller.unsent.bridges.connections.remove(caller.connection)
    removed = await caller.call(body, call.headers)

    accepted = (answers.accepted.status, answers.accepted.text, "")
    assert [known, again] == [accepted] * 2
    assert unknown[0] == (objection or answers.accepted).status
    assert too_large[0] == 413
    assert looks == [200, 405]
    assert (full[0], bool(full[2])) == (503, True)
    assert before == after
    assert removed[:2] == (answers.removed.status, answers.removed.text)
    assert removed[0] == {"trello": 410, "slack": 410}.get(app.slug, 404)


@pytest.mark.parametrize("caller", CALLED, indirect=True)
async def test_what_is_not_proved_is_refused_alike_and_as_quickly(caller: _Caller):
    if not caller.app.schemes[0].needs_secret:
        pytest.skip("its address is its secret")
    call, body = _first(caller.app.slug)
    times: dict[str, list[float]] = {}
    answers = set()
    for _ in range(_ROUNDS):
        for kind, (sent, secret, proved) in {
            "another secret": (body, "another", True),
            "another body": (body[:-1] + b" }", "another", True),
            "no proof": (body, "", False),
        }.items():
            started = time.perf_counter()
            answers.add(await caller.call(sent, call.headers, secret=secret, proved=proved))
            times.setdefault(kind, []).append(time.perf_counter() - started)
    typical = [statistics.median(one) for one in times.values()]

    assert {status for status, _, _ in answers} == {401}
    assert len(answers) == 1
    assert await caller.stored() == 0
    assert max(typical) < _CLASS * min(typical)
