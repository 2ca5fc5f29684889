"""A real Trello over HTTP, as far as it lists what happened on a board."""

import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web


@dataclass
class Boards:
    """One board, *id*; *actions* stand oldest first, *asked* holds the questions."""

    url: str = ""
    id: str = "b0"
    status: int = 200
    actions: list[Mapping[str, object]] = field(default_factory=list)
    asked: list[Mapping[str, str]] = field(default_factory=list)

    def happens(self, at: float, number: int = 1) -> list[Mapping[str, object]]:
        """Let so many cards be made at a time, in seconds since 1970; return their actions."""
        when = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        begun = len(self.actions)
        made = [_created(begun + count, when, self.id) for count in range(number)]
        self.actions += made
        return made

    async def answer(self, request: web.Request) -> web.Response:
        known = 'oauth_consumer_key="key", oauth_token="token"' in request.headers["Authorization"]
        if not known or request.match_info["board"] != self.id:
            return web.Response(status=401)
        self.asked.append(dict(request.query))
        since, before = request.query["since"], request.query.get("before")
        listed = [one for one in self.actions if str(one["date"]) >= since]
        if before:
            listed = [one for one in listed if str(one["id"]) < before]
        newest = listed[::-1][: int(request.query["limit"])]
        return web.Response(status=self.status, text=json.dumps(newest))


def _created(number: int, when: str, board: str) -> Mapping[str, object]:
    card = {"id": f"c{number:06}", "name": f"Semis {number}", "shortLink": f"s{number}"}
    data = {
        "card": card,
        "board": {"id": board, "name": "Verger"},
        "list": {"id": "l1", "name": "À faire"},
    }
    who = {"id": "m1", "fullName": "Ana", "username": "ana"}
    return {
        "id": f"a{number:06}",
        "type": "createCard",
        "date": when,
        "data": data,
        "memberCreator": who,
    }


@asynccontextmanager
async def open_boards() -> AsyncIterator[Boards]:
    boards = Boards()
    application = web.Application()
    application.router.add_get("/1/boards/{board}/actions", boards.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener).start()
    boards.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield boards
    finally:
        await runner.cleanup()
