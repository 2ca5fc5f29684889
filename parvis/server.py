"""The listeners: pages, hooks, pushes and metrics, each on its own address."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Middleware

_GRACE = 5.0


@asynccontextmanager
async def listening(applications: Mapping[str, web.Application]) -> AsyncIterator[None]:
    """Serve each application on its ``host:port`` for as long as it lasts."""
    async with AsyncExitStack() as stack:
        for address, application in applications.items():
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=_GRACE)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            host, _, port = address.rpartition(":")
            await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        yield


def application(
    routes: Iterable[web.RouteDef],
    *,
    largest_body: int = 1024 * 1024,
    middlewares: Sequence[Middleware] = (),
) -> web.Application:
    """Return an application that serves *routes*; *largest_body* is in bytes."""
    made = web.Application(client_max_size=largest_body, middlewares=middlewares)
    made.add_routes(list(routes))
    made.on_response_prepare.append(_say_no_version)
    return made


async def _say_no_version(_request: web.Request, answer: web.StreamResponse) -> None:
    answer.headers["Server"] = "Parvis"


def health_routes(is_ready: "Sequence[bool]") -> list[web.RouteDef]:
    """Return /healthz (the process lives) and /readyz (*is_ready* is not empty: it serves)."""

    async def healthy(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def ready(_request: web.Request) -> web.Response:
        return web.Response(text="ok") if is_ready else web.Response(status=503, text="starting")

    return [web.get("/healthz", healthy), web.get("/readyz", ready)]
