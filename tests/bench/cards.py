"""Cards that reach the homeserver per second, beside a bare loop that sends the same."""

import asyncio
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias
from urllib.parse import urlsplit

from appservice.bot import bot_account
from appservice.events import MESSAGE, RoomEvent
from appservice.homeserver import Homeserver, segment
from appservice.ids import RoomId
from tests.bench.cores import apart
from tests.bench.load import answer, burst, request
from tests.bench.table import Figure, Rounds
from tests.bench.tray import Tray
from tests.harness.github import call, pull_request
from tests.harness.homeserver import HomeserverForTests
from tests.harness.program import Program

_ROOMS, _CARDS, _ROUNDS = 8, 24, 5
_SENT = "SELECT count(*) FROM outbox WHERE state = 1"
_Place: TypeAlias = tuple[RoomId, str, str]
"""A room, and the address and secret of its connection."""


class _Process(Protocol):
    @property
    def pid(self) -> int | None: ...


async def cards(folder: Path, homeserver: HomeserverForTests) -> Sequence[Figure]:
    """New pull requests in eight rooms; the bare loop sends as many equal cards, each with its step
    below it, into the same rooms, one after the other in each, all rooms at once.
    """
    program = Program.prepare(folder, homeserver)
    places = [await program.make_room_and_connection() for _ in range(_ROOMS)]
    await program.start()
    tray, numbers = Tray(folder), itertools.count()
    await tray.empty()
    await _rounds(1, numbers, program, places, tray)  # Warms both sides up.
    with apart(_pid(homeserver.synapse), _pid(program.process)):
        kept_apart = await _rounds(_ROUNDS, numbers, program, places, tray)
    left_alone = await _rounds(_ROUNDS, numbers, program, places, tray)
    tray.close()
    await program.stop()
    name = "cards and steps sent, delivery to room"
    return [
        Figure(name, kept_apart.ratio, "at least 0.90", kept_apart.detail("/s")),
        Figure("… sharing the homeserver's core", left_alone.ratio, "", left_alone.detail("/s")),
    ]


async def _rounds(
    number: int,
    numbers: Iterator[int],
    program: Program,
    places: Sequence[_Place],
    tray: Tray,
) -> Rounds:
    """Measure both sides *number* times, one after the other."""
    ours, theirs = list[float](), list[float]()
    for turn in itertools.islice(numbers, number):
        before, started = tray.count(_SENT), time.perf_counter()
        await asyncio.gather(*(_deliver(url, secret, turn) for _, url, secret in places))
        await tray.empty("deliveries", "outbox")
        ours.append((tray.count(_SENT) - before) / (time.perf_counter() - started))
        await tray.empty()
        said = await _said(program, [room for room, _, _ in places])
        started = time.perf_counter()
        await asyncio.gather(*(_send(program, room, said[room], turn) for room in said))
        theirs.append(sum(map(len, said.values())) / (time.perf_counter() - started))
        await tray.empty()
    return Rounds(tuple(ours), tuple(theirs))


def _pid(process: _Process | None) -> int:
    assert process
    assert process.pid
    return process.pid


async def _deliver(url: str, secret: str, turn: int) -> None:
    calls = [
        call("pull_request", "opened", pull_request=pull_request(turn * _CARDS + at, at))
        for at in range(_CARDS)
    ]
    requests = [request("POST", url, one.body, one.headers(secret)) for one in calls]
    await burst(url, requests, at_once=1)


async def _said(program: Program, rooms: Sequence[RoomId]) -> dict[RoomId, list[RoomEvent]]:
    """Return this round's messages, by room."""
    registration, server = program.registration, Homeserver(base_url=program.homeserver.url)
    account = bot_account(server, user_id=registration.bot, as_token=registration.as_token)
    said = {}
    for room in rooms:
        page = await account.messages(room, limit=2 * _CARDS)
        said[room] = [event for event in reversed(page.events) if event.type == MESSAGE]
    await server.close()
    return said


async def _send(program: Program, room: RoomId, said: Sequence[RoomEvent], turn: int) -> None:
    """Send the same again, one after the other: cards, and steps below the cards that we sent."""
    parts, token = urlsplit(program.homeserver.url), program.registration.as_token
    headers, ours = {"Authorization": f"Bearer {token}"}, dict[str, str]()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    for number, event in enumerate(said):
        content = {name: value for name, value in event.content.fields.items() if "txn" not in name}
        text = json.dumps(content)
        for former, event_id in ours.items():
            text = text.replace(former, event_id)
        url = (
            f"{program.homeserver.url}/_matrix/client/v3/rooms/{segment(room)}/send/m.room.message/"
            f"bench-{turn}-{segment(room)}-{number}?user_id={segment(program.registration.bot)}"
            f"&device_id=PARVIS"
        )
        head, body = await answer(reader, writer, request("PUT", url, text.encode(), headers))
        assert head.startswith(b"HTTP/1.1 200"), head
        ours[event.event_id] = json.loads(body)["event_id"]
    writer.close()
