"""Cards that reach the homeserver per second, beside a bare loop that sends the same."""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from appservice.bot import bot_account
from appservice.events import MESSAGE, RoomEvent
from appservice.homeserver import Homeserver, segment
from appservice.ids import RoomId
from tests.bench.load import answer, burst, request
from tests.bench.table import Figure, Rounds
from tests.bench.tray import Tray
from tests.harness.github import call, pull_request
from tests.harness.homeserver import HomeserverForTests
from tests.harness.program import Program

_ROOMS, _CARDS, _ROUNDS = 8, 24, 3
_SENT = "SELECT count(*) FROM outbox WHERE state = 1"


async def cards(folder: Path, homeserver: HomeserverForTests) -> Sequence[Figure]:
    """New pull requests in eight rooms; the bare loop sends as many equal cards, each with its step
    below it, into the same rooms, one after the other in each, all rooms at once.
    """
    program = Program.prepare(folder, homeserver)
    places = [await program.make_room_and_connection() for _ in range(_ROOMS)]
    await program.start()
    tray, ours, theirs = Tray(folder), list[float](), list[float]()
    await tray.empty()
    for number in range(_ROUNDS + 1):
        before, started = tray.count(_SENT), time.perf_counter()
        await asyncio.gather(*(_deliver(url, secret, number) for _, url, secret in places))
        await tray.empty("deliveries", "outbox")
        mine = (tray.count(_SENT) - before) / (time.perf_counter() - started)
        await tray.empty()
        said = await _said(program, [room for room, _, _ in places])
        started = time.perf_counter()
        await asyncio.gather(*(_send(program, room, said[room], number) for room in said))
        other = sum(map(len, said.values())) / (time.perf_counter() - started)
        await tray.empty()
        if number:  # The first round warms both up.
            ours.append(mine)
            theirs.append(other)
    tray.close()
    await program.stop()
    rounds = Rounds(tuple(ours), tuple(theirs))
    return [
        Figure(
            "cards and steps sent, delivery to room", rounds.ratio, "at least 0.90",
            rounds.detail("/s"),
        )
    ]  # fmt: skip


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
