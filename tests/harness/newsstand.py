"""A real feed over HTTP, whose publisher does what publishers do."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.harness.peer import open_peer


@dataclass
class Newsstand:
    """RSS at *url*; *status*, *headers* and *tags* (ETag) are what the next answer has."""

    url: str = ""
    titles: list[str] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    tags: bool = True
    answered: list[int] = field(default_factory=list)

    def document(self) -> str:
        items = "".join(
            f"<item><title>{title}</title><link>https://blog.example/{number}</link>"
            f'<guid isPermaLink="false">n{number}</guid><description>Texte.</description></item>'
            for number, title in reversed(list(enumerate(self.titles)))
        )
        return f'<rss version="2.0"><channel><title>Le journal</title>{items}</channel></rss>'

    async def answer(self, request: web.Request) -> web.Response:
        text = self.document()
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
        status, headers = self.status, dict(self.headers)
        if status == 200 and self.tags:
            headers["ETag"] = tag
            status = 304 if request.headers.get("If-None-Match") == tag else 200
        self.answered.append(status)
        body = text if status == 200 else ""
        return web.Response(
            status=status, text=body, headers=headers, content_type="application/rss+xml"
        )


@asynccontextmanager
async def open_newsstand(*titles: str) -> AsyncIterator[Newsstand]:
    stand = Newsstand(titles=list(titles))
    async with open_peer([web.get("/feed", stand.answer)]) as url:
        stand.url = f"{url}/feed"
        yield stand
