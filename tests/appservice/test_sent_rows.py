"""What was sent is noted while the next is sent, and nothing depends on the note's success."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from appservice.database import Database
from appservice.events import TXN_FIELD, parse_event
from appservice.ids import EventId, RoomId
from appservice.outbox import Outbox
from appservice.outbox_rows import Echo, Outgoing, RowState, pending
from tests.harness.peer import open_peer
from tests.harness.relaying import BOT, open_relay
from tests.harness.wait import until

_ROOM = RoomId("!room:parvis.test")


@dataclass
class _Homeserver:
    """Makes one event of each txn id, as homeservers do."""

    url: str = ""
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        txn = request.match_info["txn"]
        self.sent.append((txn, await request.json()))
        return web.json_response({"event_id": f"${txn}"})


@asynccontextmanager
async def _open_homeserver() -> AsyncIterator[_Homeserver]:
    server = _Homeserver()
    path = "/_matrix/client/v3/rooms/{room}/send/m.room.message/{txn}"
    async with open_peer([web.put(path, server.take)]) as server.url:
        yield server


def _rows(number: int) -> Sequence[Outgoing]:
    return [Outgoing(f"k{at}", _ROOM, {"body": str(at)}) for at in range(number)]


class _FullOnce(Outbox):
    """Stands on a disk that is full for a moment."""

    failures = 1

    async def mark_sent(self, row_id: int, event_id: EventId) -> None:
        if row_id == 3 and self.failures:
            self.failures = 0
            raise OSError("the disk is full")
        await super().mark_sent(row_id, event_id)


class _Slow(Outbox):
    """Notes what the first row became only when it is let."""

    def __init__(self, *, database: Database) -> None:
        super().__init__(database=database)
        self.let = asyncio.Event()

    async def mark_sent(self, row_id: int, event_id: EventId) -> None:
        if row_id == 1:
            await self.let.wait()
        await super().mark_sent(row_id, event_id)


class _Counting(Outbox):
    """Remembers the echoes that it was told of."""

    settled: tuple[Echo, ...] = ()

    async def settle_by_echo(self, echoes: Sequence[Echo]) -> None:
        self.settled += tuple(echoes)
        await super().settle_by_echo(echoes)


async def test_what_could_not_be_noted_is_sent_again_by_the_same_name(database_url: str):
    async with (
        _open_homeserver() as server,
        open_relay(database_url, server.url, outbox_of=_FullOnce) as relaying,
    ):
        await relaying.outbox.enqueue(*_rows(6))
        relaying.relay.start()
        await relaying.all_sent()
        rows = await relaying.outbox.rows([f"k{at}" for at in range(6)])

    names = [txn for txn, _ in server.sent]
    assert list(dict.fromkeys(names)) == [f"i-{row.id}" for row in rows]
    assert names.count("i-3") == 2
    assert [(row.state, row.event_id) for row in rows] == [
        (RowState.SENT, f"$i-{row.id}") for row in rows
    ]


async def test_what_refers_to_a_card_goes_out_before_the_card_is_noted(sqlite_url: str):
    relation = {"rel_type": "m.thread", "event_id": pending("card")}
    step = Outgoing("step", _ROOM, {"body": "step", "m.relates_to": relation})
    async with (
        _open_homeserver() as server,
        open_relay(sqlite_url, server.url, outbox_of=_Slow) as relaying,
    ):
        await relaying.outbox.enqueue(Outgoing("card", _ROOM, {"body": "card"}), step)
        relaying.relay.start()

        async def both() -> bool:
            return len(server.sent) == 2

        await until(both, "the step is sent", within=20)
        relaying.outbox.let.set()
        await relaying.all_sent()

    assert server.sent[1][1]["m.relates_to"]["event_id"] == "$i-1"


async def test_an_echo_of_what_is_noted_costs_no_commit_and_any_other_settles_its_row(
    sqlite_url: str,
):
    async with (
        _open_homeserver() as server,
        open_relay(sqlite_url, server.url, outbox_of=_Counting) as relaying,
    ):
        await relaying.outbox.enqueue(*_rows(2))
        relaying.relay.start()
        await relaying.all_sent()
        await relaying.relay.close()
        await relaying.outbox.enqueue(Outgoing("late", _ROOM, {"body": "late"}))
        # The third was sent by a process that was killed before its answer came.
        await relaying.relay.receive([_echo(1), _echo(2), _echo(3)])
        late = await relaying.outbox.event_of("late")
        settled = [echo.row_id for echo in relaying.outbox.settled]

    assert settled == [3]
    assert late == "$i-3"


def _echo(number: int):
    raw = {
        "type": "m.room.message",
        "room_id": _ROOM,
        "sender": BOT,
        "event_id": f"$i-{number}",
        "origin_server_ts": 1,
        "content": {"body": "x", TXN_FIELD: f"i-{number}"},
    }
    return parse_event(json.dumps(raw).encode())
