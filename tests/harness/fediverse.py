"""A server that speaks the part of Mastodon's API that is asked: mentions and hashtags, with its paging."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.harness.peer import open_peer

TOKEN = "zQ7-jeton-de-la-mairie"
_MOST = 40


@dataclass
class Fediverse:
    """Statuses by number at *url*; *status* and *headers*, if set, are what the next answers have.

    *asked* holds each request as path and query, without the server.
    """

    url: str = ""
    statuses: dict[int, dict[str, Any]] = field(default_factory=dict)
    mentions: list[int] = field(default_factory=list)
    known: str = TOKEN
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)

    def write(self, text: str, *tags: str, mentions: bool = False, **said: Any) -> int:
        """Publish a status and return its number."""
        number = 112000000000000000 + len(self.statuses) + 1
        self.statuses[number] = {
            "id": str(number),
            "uri": f"https://social.example/users/lea/statuses/{number}",
            "url": f"https://social.example/@lea/{number}",
            "created_at": f"2026-05-04T09:{number % 60:02}:00.000Z",
            "edited_at": None,
            "account": {
                "acct": "lea",
                "display_name": "Léa",
                "url": "https://social.example/@lea",
            },
            "content": f"<p>{text}</p>",
            "visibility": "public",
            "spoiler_text": "",
            "replies_count": 0,
            "tags": [{"name": tag} for tag in tags],
            **said,
        }
        if mentions:
            self.mentions.append(number)
        return number

    async def tag(self, request: web.Request) -> web.Response:
        wanted = request.match_info["tag"]
        found = [
            (number, one)
            for number, one in self.statuses.items()
            if one["visibility"] == "public" and wanted in [tag["name"] for tag in one["tags"]]
        ]
        ever = any(tag["name"] == wanted for one in self.statuses.values() for tag in one["tags"])
        return self._answer(request, found, absent=not ever)

    async def notifications(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.known}":
            self._note(request)
            return _json({"error": "The access token is invalid"}, 401)
        if request.query.getall("types[]", []) != ["mention"]:
            return _json({"error": "only mentions are asked for here"}, 422)
        notices = [
            (
                index + 1,
                {"id": str(index + 1), "type": "mention", "status": self.statuses[number]},
            )
            for index, number in enumerate(self.mentions)
        ]
        return self._answer(request, notices)

    def _answer(
        self, request: web.Request, found: list[tuple[int, Any]], *, absent: bool = False
    ) -> web.Response:
        self._note(request)
        if self.status != 200:
            return _json({"error": "no"}, self.status, self.headers)
        if absent:
            return _json({"error": "Record not found"}, 404)
        query, most = request.query, min(int(request.query.get("limit", "20")), _MOST)
        after = int(query.get("min_id") or query.get("since_id") or 0)
        newer = [one for number, one in sorted(found, key=lambda pair: pair[0]) if number > after]
        # since_id: the newest of them; min_id: those that come next. Both newest first.
        page = newer[:most] if "min_id" in query else newer[-most:]
        return _json(page[::-1])

    def _note(self, request: web.Request) -> None:
        self.asked.append(request.path_qs.removeprefix("/api/v1"))
        self.proofs.append(request.headers.get("Authorization", ""))


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        status=status, text=json.dumps(body), headers=headers, content_type="application/json"
    )


@asynccontextmanager
async def open_fediverse() -> AsyncIterator[Fediverse]:
    server = Fediverse()
    routes = [
        web.get("/api/v1/timelines/tag/{tag}", server.tag),
        web.get("/api/v1/notifications", server.notifications),
    ]
    async with open_peer(routes) as server.url:
        yield server
