"""A homeserver that says "wait" is not asked before: nothing is lost, and order is kept (429)."""

import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from appservice.ids import RoomId
from appservice.outbox_rows import Outgoing
from tests.harness.peer import open_peer
from tests.harness.relaying import open_relay
from tests.harness.wait import until

_PAUSE = 0.3
_BUSY, _FREE = "!busy:parvis.test", "!free:parvis.test"


@dataclass
class _Strict:
    """Takes what is sent; of the busy room each third message only after a pause that it names."""

    url: str = ""
    taken: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    open_at: float = 0.0
    refused: set[str] = field(default_factory=set)
    early: int = 0

    async def take(self, request: web.Request) -> web.Response:
        room, number = request.match_info["room"], (await request.json())["body"]
        if room == _BUSY and time.monotonic() < self.open_at:
            self.early += 1
        if room == _BUSY and int(number) % 3 == 0 and number not in self.refused:
            self.refused.add(number)
            self.open_at = time.monotonic() + _PAUSE
            told = {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": int(_PAUSE * 1000)}
            return web.json_response(told, status=429)
        self.taken[room].append(number)
        return web.json_response({"event_id": f"${room[1:5]}{number}"})


@asynccontextmanager
async def _open_strict() -> AsyncIterator[_Strict]:
    strict = _Strict()
    path = "/_matrix/client/v3/rooms/{room}/send/m.room.message/{txn}"
    async with open_peer([web.put(path, strict.take)]) as strict.url:
        yield strict


async def test_a_room_that_must_wait_waits_and_holds_up_no_other(sqlite_url: str):
    rows = [
        Outgoing(key=f"{room}{number}", room_id=RoomId(room), content={"body": str(number)})
        for number in range(10)
        for room in (_BUSY, _FREE)
    ]
    async with _open_strict() as strict, open_relay(sqlite_url, strict.url) as relaying:
        await relaying.outbox.enqueue(*rows)
        relaying.relay.start()

        async def free() -> bool:
            return len(strict.taken[_FREE]) == 10

        await until(free, "the free room has all")
        meanwhile = len(strict.taken[_BUSY])
        await relaying.all_sent()

    assert meanwhile < 10
    assert strict.refused == {"0", "3", "6", "9"}
    assert strict.early == 0
    assert strict.taken == {room: [str(number) for number in range(10)] for room in (_BUSY, _FREE)}
