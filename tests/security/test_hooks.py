"""What somebody who knows one connection's address, or writes in an app, can do to the others."""

import asyncio
import json
import random
import string

import sqlalchemy as sa
import structlog

from appservice.ids import UserId
from bridges.store import deliveries_table
from tests.harness.homeserver import HomeserverForTests
from tests.harness.hooks import Hooks, open_hooks, post
from tests.harness.unsent import ROOM, open_door, open_unsent
from tests.harness.wait import until

_JSON = {"Content-Type": "application/json"}
_MONSTER = "".join(random.Random(1).choices(string.ascii_letters, k=6000))
"""An id that cannot be made smaller: an index of PostgreSQL does not take it."""


async def _bodies(hooks: Hooks, room: str) -> list[str]:
    page = await hooks.floor.trays.bot.messages(room, backwards=False)
    return [event.content.text("body") for event in page.events]


async def test_a_call_that_cannot_be_told_holds_up_no_other(
    homeserver: HomeserverForTests, database_url: str
):
    async with open_hooks(database_url, homeserver.url, homeserver.take_registration()) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        room = await hooks.floor.trays.bot.create_room({})
        url, _ = await hooks.connect("generic", room)
        calls = [
            {"thread_id": "a\x00b", "title": "Nul", "id": "x\x00y"},
            {"thread_id": "c", "title": "Jadis", "date": "0001-01-01T00:00:00Z"},
            {"thread_id": "d", "title": "Grand", "url": "https://x.example/" + "a" * 200_000},
            {"thread_id": _MONSTER, "title": "Longue", "text": "Longue", "id": _MONSTER},
            {"title": "Ensuite", "text": "Ensuite"},
        ]
        long = {**_JSON, "Idempotency-Key": _MONSTER}

        assert [await post(url, json.dumps(call).encode(), _JSON) for call in calls] == [200] * 5
        assert await post(url, json.dumps({"title": "Clé"}).encode(), long) == 200
        assert await post(url, json.dumps({"title": "Clé encore"}).encode(), long) == 200

        async def told() -> bool:
            bodies = "\n".join(await _bodies(hooks, room))
            return all(call["title"] in bodies for call in (*calls, {"title": "Clé"}))

        await until(told, "all calls are told", within=30)
        assert "encore" not in "\n".join(await _bodies(hooks, room))
        assert await post(f"{hooks.url}/hooks/a%00b", b"{}", _JSON) == 404


async def test_a_long_text_in_any_script_is_told_as_far_as_an_event_holds_it(
    homeserver: HomeserverForTests, sqlite_url: str
):
    texts = {"Signes": "<\"'&" * 5000, "漢字": "漢" * 12_000, "Joie": "🎉\n" * 6000}
    async with open_hooks(sqlite_url, homeserver.url, homeserver.take_registration()) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        room = await hooks.floor.trays.bot.create_room({})
        url, _ = await hooks.connect("generic", room)
        for title, text in texts.items():
            call = {"title": title, "text": text}
            assert await post(url, json.dumps(call).encode(), _JSON) == 200

        async def told() -> bool:
            bodies = "\n".join(await _bodies(hooks, room))
            return all(text[:1000].strip() in bodies for text in texts.values())

        await until(told, "all texts are told", within=30)


async def test_no_log_line_and_no_report_holds_a_connections_address(
    homeserver: HomeserverForTests, sqlite_url: str
):
    async with open_hooks(sqlite_url, homeserver.url, homeserver.take_registration()) as hooks:
        await asyncio.wait_for(hooks.floor.machinery.greeted.wait(), 20)
        room = await hooks.floor.trays.bot.create_room({})
        url, _ = await hooks.connect("generic", room)
        await hooks.floor.trays.bot.leave(room)
        with structlog.testing.capture_logs() as lines:
            assert await post(url, b'{"title": "Refus"}', _JSON) == 200
            assert await post(url, b'{"rien": 1}', _JSON) == 200

            async def reported() -> bool:
                return bool(hooks.reports and hooks.floor.reports)

            await until(reported, "one call is refused, one is not understood", within=30)

    said = repr([lines, hooks.reports, hooks.floor.reports])
    assert url.rpartition("/")[2] not in said


async def test_what_proves_a_call_is_not_stored_and_a_doubled_proof_is_refused(
    homeserver: HomeserverForTests, sqlite_url: str
):
    async with open_hooks(sqlite_url, homeserver.url, homeserver.take_registration()) as hooks:
        url, secret = await hooks.connect("generic", "!room:parvis.test", scheme="bearer")
        token = ("Authorization", f"Bearer {secret}")
        named = [
            ("Content-Type", "application/json"),
            ("Idempotency-Key", "7"),
            ("X-Token", secret),
        ]

        assert await post(url, b'{"title": "Un"}', [token, token, *named]) == 401
        assert await post(url, b'{"title": "Un"}', [token, *named]) == 200
        rows = await hooks.floor.trays.database.read(sa.select(deliveries_table.c.headers))

    stored = [json.loads(bytes(row.headers)) for row in rows]
    assert stored == [{"content-type": "application/json", "idempotency-key": "7"}]


async def test_a_header_of_bytes_that_are_no_text_costs_no_call(sqlite_url: str):
    async with open_unsent(sqlite_url) as unsent:
        connections, made = unsent.bridges.connections, unsent.bridges.apps["generic"]
        identifier = await connections.add(made, ROOM, UserId("@ana:parvis.test"))
        async with open_door(unsent) as door:
            said = [
                await _raw_call(door.port, f"/hooks/{identifier}", header)
                for header in (b"Idempotency-Key: \xff", b"Content-Type: application/json; a=\xff")
            ]

        async def told() -> bool:
            return len(await unsent.posts()) == len(said)

        await until(told, "both are told")
    assert [one.split()[1] for one in said] == [b"200", b"200"]


async def _raw_call(port: int | None, path: str, header: bytes) -> bytes:
    """Return the first line that answers a call with a *header* that no client would let through."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = b'{"title": "Octets"}'
    writer.write(
        b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n\r\n%s"
        % (path.encode(), len(body), header, body)
    )
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n")[0]
