"""`make bench`: one table of ratios, measured now on this machine. Absolute figures are for orientation."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
from aiohttp import web

from appservice.database import Database
from appservice.events import RoomEvent, parse_event
from appservice.ids import UserId
from appservice.inbox import Inbox
from appservice.payload import Payload
from feed.model import Viewer
from feed.projection import Projection
from feed.store import FeedStore
from feed.tables import feed_tables
from parvis.demo.synapse import free_port
from parvis.server import application, listening
from tests.harness.github import call, pull_request
from tests.harness.homeserver import running_homeserver
from tests.harness.house import open_house

_CALLS, _AT_ONCE, _ROUNDS = 400, 16, 5
_BOT = UserId("@parvis:bench.example")
_ANA = UserId("@ana:bench.example")


async def main() -> None:
    """Measure all and print."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [await deliveries(Path(folder)), await history(Path(folder))]
    for name, ratio, aim, detail in rows:
        print(f"{name:52} {ratio:6.2f}   {aim:22} {detail}")  # noqa: T201


async def deliveries(folder: Path) -> tuple[str, float, str, str]:
    """Accepted GitHub calls per second, beside a bare handler that reads the same bodies."""
    async with (
        running_homeserver(folder / "hs") as homeserver,
        open_house(folder, homeserver) as house,
    ):
        ana = await house.person("ana")
        group = await house.group("Bench", [ana])
        app = house.app.bridges.apps["github"]
        connections = house.app.bridges.connections
        identifier = await connections.add(app, group.posts_id, ana.user_id)
        secret = await connections.show_secret(identifier)
        url = f"{house.url}/hooks/{identifier}"

        async def bare(request: web.Request) -> web.Response:
            await request.read()
            return web.Response(text="ok")

        port = free_port()
        async with listening({f"127.0.0.1:{port}": application([web.post("/", bare)])}):
            ours, theirs = [], []
            for _ in range(_ROUNDS):
                ours.append(await _rate(url, secret))
                theirs.append(await _rate(f"http://127.0.0.1:{port}/", secret))
    ratio = statistics.median(ours) / statistics.median(theirs)
    detail = f"{statistics.median(ours):.0f}/s against {statistics.median(theirs):.0f}/s"
    return "webhook calls accepted, to a bare handler", ratio, "at least 0.5", detail


async def _rate(url: str, secret: str) -> float:
    calls = [
        call("pull_request", "edited", pull_request=pull_request(number % 40, number % 60))
        for number in range(_CALLS)
    ]
    slots = asyncio.Semaphore(_AT_ONCE)
    async with aiohttp.ClientSession() as session:

        async def post(one) -> None:
            async with (
                slots,
                session.post(url, data=one.body, headers=one.headers(secret)) as answer,
            ):
                assert answer.status == 200

        started = time.perf_counter()
        await asyncio.gather(*(post(one) for one in calls))
        return _CALLS / (time.perf_counter() - started)


async def history(folder: Path) -> tuple[str, float, str, str]:
    """The home feed's first page over a long history, beside one over a short."""
    short = await _home(f"sqlite:///{folder}/short.db", 200)
    long = await _home(f"sqlite:///{folder}/long.db", 20_000)
    detail = f"{long * 1000:.1f} ms against {short * 1000:.1f} ms"
    return "home page over 20,000 posts, to one over 200", long / short, "at most 1.5", detail


async def _home(url: str, posts: int) -> float:
    database = await Database.open(url)
    tables = feed_tables("a")
    try:
        await database.run(tables.create)
        projection = Projection(
            database=database,
            tables=tables,
            homeserver=_Nothing(),
            arrivals=Inbox(database=database),
            bot=_BOT,
            creators=[_BOT],
        )
        for events in _organization(posts):
            await projection.apply(events, certain=True)
        store = FeedStore(database=database, tables=tables, bot=_BOT)
        viewer = Viewer(_ANA, "Ana", "", "bench")
        return await _median(lambda: store.home(viewer))
    finally:
        await database.close()


class _Nothing:
    async def state_event(self, _room_id: str, _type: str, _state_key: str = "") -> None:
        return None


def _organization(posts: int):
    """Walk batches of ten groups' events."""
    for number in range(10):
        space, room = f"!space{number}:x", f"!posts{number}:x"
        for part, where in (("space", space), ("posts", room)):
            mark = {"group": f"g{number}", "part": part}
            member = {"membership": "join", "displayname": "Ana"}
            yield [
                _event(where, 0, "m.room.create", {"org.parvis.room": mark}, _BOT, ""),
                _event(where, 1, "m.room.member", member, _ANA, _ANA),
            ]
        declared = {"slug": f"g{number}", "kind": "topic", "access": "open", "order": str(number)}
        yield [_event(space, 2, "org.parvis.group", declared, _BOT, "")]
        share = posts // 10
        for start in range(0, share, 100):
            yield [
                _event(room, 10 + at, "m.room.message", {"msgtype": "m.text", "body": f"Mot {at}"})
                for at in range(start, min(start + 100, share))
            ]


def _event(
    room: str, at: int, kind: str, content: dict, sender: str = _ANA, state_key: str | None = None
) -> RoomEvent:
    raw = {
        "event_id": f"${room}{kind}{at}",
        "room_id": room,
        "sender": sender,
        "type": kind,
        "origin_server_ts": 1_700_000_000_000 + at,
        "content": content,
    }
    return parse_event(Payload(raw if state_key is None else {**raw, "state_key": state_key}))


async def _median(work: Callable[[], Awaitable[object]]) -> float:
    times = []
    for _ in range(30):
        started = time.perf_counter()
        await work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


if __name__ == "__main__":
    asyncio.run(main())
