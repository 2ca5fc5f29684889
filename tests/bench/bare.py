"""The other side of each comparison, as a process: an aiohttp server that does next to nothing.

python -m tests.bench.bare PORT PAGE IMPORTS
"""

import asyncio
import importlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web

from parvis.demo.synapse import free_port
from tests.harness.wait import until

TOKEN = "bare-token"
_LARGEST = 64 * 1024 * 1024


def application(page: bytes) -> web.Application:
    """A hook that answers 200, an intake that remembers event ids, and *page* at /."""
    seen: set[str] = set()

    async def hook(call: web.Request) -> web.Response:
        await call.read()
        return web.Response(text="ok")

    async def push(call: web.Request) -> web.Response:
        if call.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({}, status=403)
        for event in json.loads(await call.read())["events"]:
            seen.add(event["event_id"])
        return web.json_response({})

    async def home(_call: web.Request) -> web.Response:
        return web.Response(body=page, content_type="text/html", charset="utf-8")

    made = web.Application(client_max_size=_LARGEST)
    made.add_routes([web.post("/hooks/{name}", hook), web.get("/", home)])
    made.add_routes([web.put("/_matrix/app/v1/transactions/{txn}", push)])
    return made


@dataclass(frozen=True)
class Bare:
    """A running one."""

    url: str
    pid: int


@asynccontextmanager
async def running_bare(
    folder: Path, *, page: bytes = b"", imports: str = ""
) -> AsyncIterator[Bare]:
    """Run it; *imports* names a module that it loads, for the memory's sake."""
    url = f"http://127.0.0.1:{free_port()}"
    path = folder / "page.html"
    path.write_bytes(page)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.bare", url.rpartition(":")[2], str(path), imports
    )

    async def answers() -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    try:
        await until(answers, "the bare server answers", within=60)
        yield Bare(url, process.pid)
    finally:
        process.terminate()
        await process.wait()


def _main(port: str, page: str, imports: str) -> None:
    if imports:
        importlib.import_module(imports)
    served = application(Path(page).read_bytes())
    web.run_app(served, host="127.0.0.1", port=int(port), access_log=None, print=None)


if __name__ == "__main__":
    _main(*sys.argv[1:])
