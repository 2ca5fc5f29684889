"""The listeners: pages, hooks, pushes and metrics, each on its own address."""

import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Middleware

from appservice.errors import CannotListen
from feed.headers import bare_headers

_GRACE = 5.0


@asynccontextmanager
async def listening(applications: Mapping[str, web.Application]) -> AsyncIterator[None]:
    """Serve each application on its ``host:port`` for as long as it lasts, or raise CannotListen."""
    async with AsyncExitStack() as stack:
        for address, application in applications.items():
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=_GRACE)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            host, _, port = address.rpartition(":")
            try:
                await web.TCPSite(runner, host.strip("[]"), int(port)).start()
            except OSError as error:
                raise CannotListen(address, os.strerror(error.errno or 0)) from error
        yield


def application(
    routes: Iterable[web.RouteDef],
    *,
    largest_body: int = 1024 * 1024,
    middlewares: Sequence[Middleware] = (),
    public_url: str = "",
) -> web.Application:
    """Return an application that serves *routes*; *largest_body* is in bytes, *public_url* where
    browsers reach it.
    """
    made = web.Application(client_max_size=largest_body, middlewares=middlewares)
    made.add_routes(list(routes))
    headers = bare_headers(public_url)

    async def complete(_request: web.Request, answer: web.StreamResponse) -> None:
        for name, value in headers.items():
            answer.headers.setdefault(name, value)
        # It would tell strangers which versions run.
        answer.headers.pop("Server", None)

    made.on_response_prepare.append(complete)
    return made


def health_routes(is_ready: "Sequence[bool]") -> list[web.RouteDef]:
    """Return /healthz (the process lives) and /readyz (*is_ready* is not empty: it serves)."""

    async def healthy(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def ready(_request: web.Request) -> web.Response:
        return web.Response(text="ok") if is_ready else web.Response(status=503, text="starting")

    return [web.get("/healthz", healthy), web.get("/readyz", ready)]
