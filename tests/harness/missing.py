"""Trello and GitHub over HTTP, as far as they say what happened while nobody heard their calls."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from tests.harness.peer import open_peer


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


@dataclass
class Hooks:
    """GitHub's list of what one webhook was sent, oldest first; *again* are the calls it was to repeat."""

    url: str = ""
    sent: list[Mapping[str, object]] = field(default_factory=list)
    again: list[str] = field(default_factory=list)

    def sends(self, at: float, guid: str, status: str = "OK") -> None:
        """Let GitHub call at a time, in seconds since 1970, and note what came of it."""
        when = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        number = len(self.sent) + 1
        self.sent.append({"id": number, "guid": guid, "delivered_at": when, "status": status})

    async def list(self, request: web.Request) -> web.Response:
        if request.headers["Authorization"] != "Bearer token":
            return web.Response(status=401)
        size, begun = int(request.query["per_page"]), int(request.query.get("cursor", "0"))
        newest = self.sent[::-1]
        headers = {}
        if begun + size < len(newest):
            headers["Link"] = f'<{self.url}/x?per_page={size}&cursor={begun + size}>; rel="next"'
        page = newest[begun : begun + size]
        return web.Response(text=json.dumps(page), headers=headers)

    async def try_again(self, request: web.Request) -> web.Response:
        call = self.sent[int(request.match_info["number"]) - 1]
        self.again.append(str(call["guid"]))
        self.sent.append({**call, "id": len(self.sent) + 1, "status": "OK"})
        return web.Response(status=202, text="{}")


@asynccontextmanager
async def open_boards() -> AsyncIterator[Boards]:
    boards = Boards()
    routes = [web.get("/1/boards/{board}/actions", boards.answer)]
    async with open_peer(routes) as boards.url:
        yield boards


@asynccontextmanager
async def open_hooks_list() -> AsyncIterator[Hooks]:
    hooks, place = Hooks(), "/repos/acme/shop/hooks/7/deliveries"
    routes = [
        web.get(place, hooks.list),
        web.post(place + "/{number}/attempts", hooks.try_again),
    ]
    async with open_peer(routes) as hooks.url:
        yield hooks
