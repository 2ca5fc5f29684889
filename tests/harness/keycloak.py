"""A small server that answers as Keycloak's documentation says its admin API does."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

SECRET = "a-secret-of-the-client"


@dataclass
class KeycloakForTests:
    """One realm; tests change it while it runs."""

    url: str = ""
    users: list[dict[str, Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)
    """Each with id, name, path, members (ids of users) and inner groups."""
    roles: set[str] = field(default_factory=lambda: {"view-users", "query-groups"})
    service_account: bool = True
    tokens: set[str] = field(default_factory=set)
    expires_in: int = 300
    asked: list[str] = field(default_factory=list)
    """Method and path of every call."""
    before_page: Any = None
    """Called with the index of the first user of a page, before it is made."""
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def add_user(self, username: str, **more: Any) -> str:
        """Return the id of a new user."""
        identifier = f"id-{username}"
        self.users.append(
            {
                "id": identifier,
                "username": username,
                "enabled": True,
                "emailVerified": False,
                **more,
            }
        )
        return identifier

    def routes(self) -> list[web.RouteDef]:
        admin = "/admin/realms/{realm}"
        return [
            web.post("/realms/{realm}/protocol/openid-connect/token", self._token),
            web.get(admin + "/users", self._users),
            web.get(admin + "/groups", self._groups),
            web.get(admin + "/groups/{group}/children", self._children),
            web.get(admin + "/groups/{group}/members", self._members),
        ]

    async def _token(self, request: web.Request) -> web.Response:
        self.asked.append("token")
        fields = await request.post()
        if request.match_info["realm"] != "firm":
            return web.json_response({"error": "Realm does not exist"}, status=404)
        if (fields.get("client_id"), fields.get("client_secret")) != ("parvis", SECRET):
            return _unauthorized("Invalid client or Invalid client credentials")
        if not self.service_account:
            return _unauthorized("Client not enabled to retrieve service account")
        token = f"token-{next(self._numbers)}"
        self.tokens.add(token)
        return web.json_response({"access_token": token, "expires_in": self.expires_in})

    def _refusal(self, request: web.Request, role: str) -> web.Response | None:
        self.asked.append(request.path)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return web.json_response({"error": "HTTP 401 Unauthorized"}, status=401)
        if role not in self.roles:
            return web.json_response({"error": "HTTP 403 Forbidden"}, status=403)
        return None

    async def _users(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request, "view-users"):
            return refusal
        if self.before_page:
            self.before_page(int(request.query["first"]))
        brief = request.query.get("briefRepresentation") == "true"
        hidden = {"attributes"} if brief else set()
        return _page(request, [_without(user, hidden) for user in self.users])

    async def _groups(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request, "query-groups"):
            return refusal
        return _page(request, [_group(group) for group in self.groups])

    async def _children(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request, "query-groups"):
            return refusal
        return _page(request, [_group(group) for group in self._group(request)["inner"]])

    async def _members(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request, "view-users"):
            return refusal
        members = self._group(request)["members"]
        return _page(request, [user for user in self.users if user["id"] in members])

    def _group(self, request: web.Request) -> dict[str, Any]:
        waiting = list(self.groups)
        while waiting:
            group = waiting.pop()
            if group["id"] == request.match_info["group"]:
                return group
            waiting.extend(group["inner"])
        raise web.HTTPNotFound


@asynccontextmanager
async def running_keycloak(port: int) -> AsyncIterator[KeycloakForTests]:
    """Serve a realm called "firm"."""
    keycloak = KeycloakForTests(url=f"http://127.0.0.1:{port}")
    application = web.Application()
    application.add_routes(keycloak.routes())
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield keycloak
    finally:
        await runner.cleanup()


def group(name: str, *members: str, inner: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """Return a group of the realm."""
    return {
        "id": f"group-{name}",
        "name": name,
        "path": f"/{name}",
        "members": members,
        "inner": list(inner),
    }


def _group(whole: dict[str, Any]) -> dict[str, Any]:
    """Return a group as versions from 23 on show it: without those below it."""
    shown = _without(whole, {"members", "inner"})
    return {**shown, "subGroups": [], "subGroupCount": len(whole["inner"])}


def _page(request: web.Request, items: list[dict[str, Any]]) -> web.Response:
    first, most = int(request.query.get("first", 0)), int(request.query.get("max", 100))
    return web.json_response(items[first : first + most])


def _without(item: dict[str, Any], hidden: set[str]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in hidden}


def _unauthorized(why: str) -> web.Response:
    body = {"error": "unauthorized_client", "error_description": why}
    return web.json_response(body, status=401)
