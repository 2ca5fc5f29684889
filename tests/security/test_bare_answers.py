"""Answers that no page of ours makes are as guarded as pages, and name no version."""

import aiohttp
import pytest
from aiohttp import web

from parvis.demo.synapse import free_port
from parvis.server import application, health_routes, listening


async def _failing(_request: web.Request) -> web.Response:
    raise LookupError("not to be shown")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("DELETE", "/healthz", 405), ("GET", "/nothing", 404), ("GET", "/failing", 500)],
)
@pytest.mark.parametrize("public_url", ["https://parvis.example.org", "http://127.0.0.1:8080"])
async def test_every_answer_is_guarded(method: str, path: str, status: int, public_url: str):
    address = f"127.0.0.1:{free_port()}"
    routes = [*health_routes([]), web.get("/failing", _failing)]
    served = {address: application(routes, public_url=public_url)}
    async with (
        listening(served),
        aiohttp.ClientSession() as session,
        session.request(method, f"http://{address}{path}") as answer,
    ):
        headers, text = answer.headers, await answer.text()

    assert answer.status == status
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in headers["Cache-Control"]
    assert "Server" not in headers
    assert ("Strict-Transport-Security" in headers) is public_url.startswith("https:")
    assert "not to be shown" not in text
