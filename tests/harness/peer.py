"""A server on loopback that stands for somebody else's."""

import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def open_peer(
    routes: Iterable[web.RouteDef], *, largest: int = 1024**2
) -> AsyncIterator[str]:
    """Serve *routes* and give the server's address; *largest* is the bytes of a request."""
    application = web.Application(client_max_size=largest)
    application.router.add_routes(list(routes))
    runner = web.AppRunner(application)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        await runner.cleanup()
