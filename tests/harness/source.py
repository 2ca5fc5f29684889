"""A source with an API, as a local HTTP server: it remembers what is asked and answers as documented."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from parvis.demo.synapse import free_port


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Source:
    """GitHub's and Zendesk's calls about one issue and one ticket."""

    url: str
    asked: list[Asked] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a comment came in."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """What is made is answered once this is set."""
    refusals: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Status and headers that the next requests get instead of what they ask for."""
    forgets: bool = False
    """What comes in is lost before it is kept."""
    own: str = "parvis-bot"

    def wrote(self, method: str = "POST") -> list[Asked]:
        return [one for one in self.asked if one.method == method]

    async def answer(self, request: web.Request) -> web.Response:
        raw = await request.read()
        body = json.loads(raw) if raw else None
        path = request.path_qs
        self.asked.append(Asked(request.method, path, dict(request.headers), body))
        if self.refusals:
            status, headers = self.refusals.pop(0)
            return web.json_response({"message": "Not now"}, status=status, headers=headers)
        if request.path == "/user":
            return web.json_response({"login": self.own})
        if request.path.startswith("/api/v2/"):
            return await self._zendesk(request, body)
        return await self._github(request, body)

    async def _github(self, request: web.Request, body: Any) -> web.Response:
        if request.path.endswith("/comments") and request.method == "POST":
            made = await self._keep(body["body"])
            return web.json_response(made, status=201)
        if request.path.endswith("/comments"):
            return web.json_response(self.comments)
        return web.json_response({"id": 1, "state": "closed"})

    async def _zendesk(self, request: web.Request, body: Any) -> web.Response:
        comment = (body or {}).get("ticket", {}).get("comment")
        if comment:
            made = await self._keep(comment["body"])
            events = [{"id": 1, "type": "Change"}, {"id": made["id"], "type": "Comment"}]
            return web.json_response({"ticket": {"id": 42}, "audit": {"events": events}})
        if request.path.endswith("/comments.json"):
            return web.json_response({"comments": self.comments})
        return web.json_response({"user": {"id": 9, "name": "Parvis", "role": "agent"}})

    async def _keep(self, text: str) -> dict[str, Any]:
        made = {"id": 700 + len(self.comments), "body": text}
        if not self.forgets:
            self.comments.append(made)
        self.reached.set()
        await self.gate.wait()
        return made


@asynccontextmanager
async def open_source() -> AsyncIterator[Source]:
    port = free_port()
    source = Source(f"http://127.0.0.1:{port}")
    source.gate.set()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", source.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield source
    finally:
        source.gate.set()
        await runner.cleanup()
