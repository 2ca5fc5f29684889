"""How apps say over HTTP that the webhook which calls us is on, off or gone, or that one may not ask.

Each answers as its vendor documents (the modules in bridges name the pages), pages included.
"""

import base64
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from aiohttp import web

from tests.harness.peer import open_peer

Body: TypeAlias = Mapping[str, object] | list[Mapping[str, object]]


@dataclass
class Side:
    """An app's API; *address* is what its webhook calls.

    *state* is how that stands (on, off, gone), or what stands before it (refused, away, and portal: a
    proxy that wants people to sign in).
    """

    url: str = ""
    address: str = ""
    state: str = "on"
    asked: list[str] = field(default_factory=list)

    def ours(self, **said: object) -> list[Mapping[str, object]]:
        """Return our webhook, in a list that is empty if it is gone."""
        return [] if self.state == "gone" else [said]


Page: TypeAlias = Callable[[Side, web.Request], tuple[Body, Mapping[str, str]] | None]
"""Returns what is answered, with headers; None: it is not there."""


@dataclass(frozen=True)
class Vendor:
    """An app, and how it answers: *refused* to an account that may not ask, *absent* where nothing is."""

    app: str
    proof: tuple[str, str]
    pages: Mapping[str, Page]
    refused: tuple[int, str]
    absent: tuple[int, str]
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the call that says which webhook it is."""
    user: str = ""
    misses: bool = False
    """It is known there that a webhook is gone."""


@asynccontextmanager
async def open_side(vendor: Vendor) -> AsyncIterator[Side]:
    """Serve an app's API."""
    side = Side()

    async def answer(request: web.Request) -> web.Response:
        side.asked.append(request.path_qs)
        if side.state == "portal":
            raise web.HTTPFound("/portal")
        if side.state == "away":
            raise web.HTTPServiceUnavailable
        name, value = vendor.proof
        if request.headers.get(name) != value:
            return web.json_response({"message": "Unauthorized"}, status=401)
        if side.state == "refused":
            return web.Response(status=vendor.refused[0], text=vendor.refused[1])
        page = vendor.pages.get(request.path)
        said = page(side, request) if page else None
        if said is None:
            return web.Response(status=vendor.absent[0], text=vendor.absent[1])
        return web.json_response(said[0], headers=said[1])

    async def portal(_request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>Sign in</title>", content_type="text/html")

    routes = [web.get("/portal", portal), web.get("/{rest:.*}", answer)]
    async with open_peer(routes) as side.url:
        yield side


def _github(side: Side, _request: web.Request) -> tuple[Body, Mapping[str, str]] | None:
    config = {"url": side.address, "content_type": "json", "insecure_ssl": "0"}
    ours = side.ours(type="Repository", id=7, name="web", active=side.state == "on", config=config)
    return (ours[0], {}) if ours else None


def _gitlab(side: Side, request: web.Request) -> tuple[Body, Mapping[str, str]]:
    status = "executable" if side.state == "on" else "disabled"
    others = [
        {"id": n, "url": f"https://ci.example/{n}", "alert_status": "disabled"} for n in range(130)
    ]
    every = [*others, *side.ours(id=999, url=side.address, alert_status=status)]
    size, page = min(int(request.query["per_page"]), 100), int(request.query.get("page", "1"))
    more = str(page + 1) if page * size < len(every) else ""
    return every[(page - 1) * size : page * size], {"X-Page": str(page), "X-Next-Page": more}


def _trello(side: Side, _request: web.Request) -> tuple[Body, Mapping[str, str]] | None:
    ours = side.ours(
        id="w1", idModel="b0", callbackURL=side.address, active=side.state == "on", description=""
    )
    return (ours[0], {}) if ours else None


def _pipedrive(side: Side, _request: web.Request) -> tuple[Body, Mapping[str, str]]:
    ours = side.ours(id=3, subscription_url=side.address, is_active=int(side.state == "on"))
    other = {"id": 4, "subscription_url": "https://x.example", "is_active": 0}
    return {"status": "ok", "success": True, "data": [other, *ours]}, {}


def _zendesk(side: Side, _request: web.Request) -> tuple[Body, Mapping[str, str]] | None:
    status = "active" if side.state == "on" else "inactive"
    ours = side.ours(id="01H", endpoint=side.address, http_method="POST", status=status)
    return ({"webhook": ours[0]}, {}) if ours else None


def _jira(key: str, side: Side, request: web.Request) -> tuple[Body, Mapping[str, str]]:
    """List what administrators made; page by page where pages are asked for, short ones."""
    others = [{"name": f"CI {n}", "url": f"https://ci.example/{n}", key: False} for n in range(40)]
    every = [*others, *side.ours(name="Parvis", url=side.address, **{key: side.state == "on"})]
    start = int(request.query.get("start", "0"))
    return every[start : start + 25] if "limit" in request.query else every, {}


def _server(version: str, _side: Side, _request: web.Request) -> tuple[Body, Mapping[str, str]]:
    return {"version": version, "deploymentType": "Server", "serverTitle": "Jira"}, {}


def _basic(user: str) -> tuple[str, str]:
    return "Authorization", f"Basic {base64.b64encode(f'{user}:token'.encode()).decode()}"


_JIRA_OLD, _JIRA_NEW = "/rest/webhooks/1.0/webhook", "/rest/jira-webhook/1.0/webhooks"
_JIRA_VERSION, _AT_JIRA = "/rest/api/2/serverInfo", (403, '{"message": "Forbidden"}')
_NOWHERE, _BEARER = (404, '{"message": "Not Found"}'), ("Authorization", "Bearer token")

VENDORS = {
    "github": Vendor(
        "github",
        _BEARER,
        {"/repos/acme/shop/hooks/7": _github},
        refused=(403, '{"message": "Resource not accessible by personal access token"}'),
        absent=_NOWHERE,
        body=b'{"repository": {"full_name": "acme/shop"}}',
        headers={"x-github-hook-id": "7"},
    ),
    "gitlab": Vendor(
        "gitlab",
        ("PRIVATE-TOKEN", "token"),
        {"/api/v4/projects/5/hooks": _gitlab},
        refused=(403, '{"message": "403 Forbidden"}'),
        absent=(404, '{"message": "404 Project Not Found"}'),
        body=b'{"project": {"id": 5}}',
    ),
    "trello": Vendor(
        "trello",
        ("Authorization", 'OAuth oauth_consumer_key="key", oauth_token="token"'),
        {"/1/webhooks/w1": _trello},
        refused=(401, "unauthorized webhook requested"),
        absent=(404, "The requested resource was not found."),
        body=b'{"webhook": {"id": "w1"}}',
        user="key",
    ),
    "pipedrive": Vendor(
        "pipedrive",
        ("x-api-token", "token"),
        {"/api/v1/webhooks": _pipedrive},
        refused=(403, '{"success": false, "error": "Forbidden"}'),
        absent=(404, '{"success": false, "error": "Not found"}'),
        body=b'{"meta": {"webhook_id": "3"}}',
        misses=True,
    ),
    "zendesk": Vendor(
        "zendesk",
        _basic("ana@acme.example/token"),
        {"/api/v2/webhooks/01H": _zendesk},
        refused=(403, '{"error": {"title": "Forbidden", "message": "You do not have access"}}'),
        absent=(404, '{"errors": [{"code": "WebhookNotFound", "title": "Webhook not found"}]}'),
        headers={"x-zendesk-webhook-id": "01H"},
        user="ana@acme.example",
    ),
    "jira cloud": Vendor(
        "jira",
        _basic("ana@acme.example"),
        {_JIRA_OLD: partial(_jira, "enabled")},
        refused=_AT_JIRA,
        absent=_NOWHERE,
        user="ana@acme.example",
    ),
    "jira 9": Vendor(
        "jira",
        _BEARER,
        {_JIRA_VERSION: partial(_server, "9.12.2"), _JIRA_OLD: partial(_jira, "enabled")},
        refused=_AT_JIRA,
        absent=_NOWHERE,
    ),
    "jira 10": Vendor(
        "jira",
        _BEARER,
        {_JIRA_VERSION: partial(_server, "10.3.0"), _JIRA_NEW: partial(_jira, "active")},
        refused=_AT_JIRA,
        absent=_NOWHERE,
    ),
}
