"""The door for identity providers: /scim/v2. Prove, check, commit, answer; groups follow later.

A 2xx is given only after the change is on disk. Errors have the form of RFC 7644, section 3.12.
"""

import asyncio
import hmac
import json
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog
from aiohttp import web
from pydantic import ValidationError
from scim2_models import (
    Context,
    Error,
    InvalidFilterException,
    InvalidSyntaxException,
    InvalidValueException,
    ListResponse,
    NotFoundException,
    PayloadTooLargeException,
    SCIMException,
    UnauthorizedException,
    UniquenessException,
)
from sqlalchemy.exc import SQLAlchemyError

from appservice.payload import NotJson, Payload
from spaces.rosters.scim.pace import Pace
from spaces.rosters.scim.shapes import (
    MODELS,
    MOST_RESULTS,
    TOLERANT,
    patched,
    provider,
    wanted,
    without_read_only,
)
from spaces.rosters.scim.store import ScimKind, ScimResource, ScimStore

BASE = "/scim/v2"
_PATIENCE = 30.0
_EXACT = re.compile(
    r'\s*(userName|displayName|externalId)\s+eq\s+("(?:[^"\\]|\\.)*")\s*\Z', re.IGNORECASE
)
_ENDPOINTS = {"Users": ScimKind.USER, "Groups": ScimKind.GROUP}

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ScimEndpoint:
    """The handlers of /scim/v2."""

    def __init__(
        self,
        *,
        store: ScimStore,
        token: str,
        public_url: str,
        changed: Callable[[], None],
        pace: Pace | None = None,
    ) -> None:
        """*changed* is told after each commit; *public_url* is where the provider reaches us."""
        self._store = store
        self._token = token.encode()
        self._base = public_url.rstrip("/") + BASE
        self._changed = changed
        self._pace = pace or Pace()
        self._provider = provider()
        self._writing = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        kind, one = f"{BASE}/{{kind:Users|Groups}}", f"{BASE}/{{kind:Users|Groups}}/{{id}}"
        return [
            web.get(f"{BASE}/ServiceProviderConfig", self._guarded(self._config)),
            web.get(f"{BASE}/{{list:Schemas|ResourceTypes}}", self._guarded(self._descriptions)),
            web.get(
                f"{BASE}/{{list:Schemas|ResourceTypes}}/{{id}}", self._guarded(self._described)
            ),
            web.get(kind, self._guarded(self._list)),
            web.post(kind, self._guarded(self._create)),
            web.get(one, self._guarded(self._show)),
            web.put(one, self._guarded(self._replace)),
            web.patch(one, self._guarded(self._patch)),
            web.delete(one, self._guarded(self._delete)),
        ]

    def _guarded(self, handler: Handler) -> Handler:
        """Return *handler* behind token and pace, with every refusal in the form of the RFC."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self._prove(request)
                if wait := self._pace.wait():
                    return _too_fast(wait)
                with TOLERANT:
                    return await handler(request)
            except SCIMException as error:
                return _refusal(error.to_error())
            except ValidationError as error:
                return _refusal(Error.from_validation_errors(error)[0])
            except (SQLAlchemyError, OSError):
                log.exception("a pushed change cannot be stored")
                return _refusal(Error(status=503, detail="Not stored; come again"))

        return guarded

    def _prove(self, request: web.Request) -> None:
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        right = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), self._token)
        if kind.lower() != "bearer" or not right:
            raise UnauthorizedException(detail="The bearer token is missing or wrong")

    # What this service can do

    async def _config(self, _request: web.Request) -> web.StreamResponse:
        config = self._provider.config
        assert config is not None  # noqa: S101 - provider() makes it
        return _answer(config.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE))

    async def _descriptions(self, request: web.Request) -> web.StreamResponse:
        return _answer(_listed([_dumped(one) for one in self._catalogue(request)]))

    async def _described(self, request: web.Request) -> web.StreamResponse:
        for one in self._catalogue(request):
            if str(one.id) == request.match_info["id"]:
                return _answer(_dumped(one))
        raise NotFoundException

    def _catalogue(self, request: web.Request) -> Sequence[Any]:
        schemas = request.match_info["list"] == "Schemas"
        return self._provider.schemas if schemas else self._provider.resource_types

    # Users and groups

    async def _list(self, request: web.Request) -> web.StreamResponse:
        kind = _kind(request)
        start = max(1, _number(request, "startIndex", 1))
        count = min(max(0, _number(request, "count", MOST_RESULTS)), MOST_RESULTS)
        text = request.query.get("filter", "")
        if text:
            found = await self._filtered(kind, text)
            total, shown = len(found), found[start - 1 : start - 1 + count]
        else:
            total, shown = await self._store.page(kind, skip=start - 1, most=count)
        hidden = {name.strip() for name in request.query.get("excludedAttributes", "").split(",")}
        documents = [self._shown(one, hidden) for one in shown]
        return _answer(_listed(documents, total=total, start=start))

    async def _filtered(self, kind: ScimKind, text: str) -> Sequence[ScimResource]:
        """Return what a filter means; the three that providers ask before each change are fast."""
        if exact := _EXACT.match(text):
            value = _string(exact[2])
            if exact[1].lower() == "externalid":
                return await self._store.with_external_id(kind, value)
            ours = "username" if kind is ScimKind.USER else "displayname"
            if exact[1].lower() == ours:
                return await self._store.named(kind, value)
        try:
            means = wanted(kind, text)
        except ValueError as error:
            raise InvalidFilterException(filter=text) from error
        return [one for one in await self._store.all(kind) if means(self._shown(one))]

    async def _show(self, request: web.Request) -> web.StreamResponse:
        hidden = {name.strip() for name in request.query.get("excludedAttributes", "").split(",")}
        return _answer(self._shown(await self._present(request), hidden))

    async def _create(self, request: web.Request) -> web.StreamResponse:
        kind, body = _kind(request), without_read_only(await _body(request))
        made = MODELS[kind].model_validate(body, scim_ctx=Context.RESOURCE_CREATION_REQUEST)
        async with self._writing:
            stored = await self._keep(kind, str(uuid.uuid4()), made, created=_now())
        document = self._shown(stored)
        return _answer(document, status=201, location=document["meta"]["location"])

    async def _replace(self, request: web.Request) -> web.StreamResponse:
        kind, body = _kind(request), without_read_only(await _body(request))
        made = MODELS[kind].model_validate(body, scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
        async with self._writing:
            before = await self._present(request)
            stored = await self._keep(kind, before.id, made, created=before.created)
        return _answer(self._shown(stored))

    async def _patch(self, request: web.Request) -> web.StreamResponse:
        kind, body = _kind(request), await _body(request)
        async with self._writing:
            before = await self._present(request)
            resource = patched(kind, dict(before.document), body)
            stored = await self._keep(kind, before.id, resource, created=before.created)
        return _answer(self._shown(stored))

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        async with self._writing:
            gone = await self._present(request)
            await self._store.delete(gone.id)
            if gone.kind is ScimKind.USER:
                await self._leave_groups(gone.id)
        self._changed()
        return web.Response(status=204)

    async def _leave_groups(self, user: str) -> None:
        for group in await self._store.all(ScimKind.GROUP):
            members = group.document.get("members", [])
            left = [member for member in members if member.get("value") != user]
            if len(left) != len(members):
                document = {**group.document, "members": left}
                await self._store.put(replace(group, document=document, changed=_now()))

    async def _keep(
        self, kind: ScimKind, identifier: str, resource: Any, *, created: int
    ) -> ScimResource:
        """Commit a resource; a userName that another user has is refused."""
        document = without_read_only(json.loads(resource.model_dump_json()))
        name = document.get("userName" if kind is ScimKind.USER else "displayName")
        if not name:
            raise InvalidValueException(detail="userName and displayName cannot be empty")
        if kind is ScimKind.USER and any(
            other.id != identifier for other in await self._store.named(kind, name)
        ):
            raise UniquenessException(detail=f"There is a user {name} already")
        stored = ScimResource(
            id=identifier,
            kind=kind,
            name=name.lower(),
            external_id=document.get("externalId") or "",
            document=document,
            created=created,
            changed=max(_now(), created),
        )
        await self._store.put(stored)
        self._changed()
        return stored

    async def _present(self, request: web.Request) -> ScimResource:
        identifier = request.match_info["id"]
        found = await self._store.get(_kind(request), identifier)
        if found is None:
            raise NotFoundException(detail="There is no such resource")
        return found

    def _shown(self, resource: ScimResource, hidden: Collection[str] = ()) -> dict[str, Any]:
        meta = {
            "resourceType": resource.kind.value,
            "created": _iso(resource.created),
            "lastModified": _iso(resource.changed),
            "location": f"{self._base}/{resource.kind.value}s/{resource.id}",
        }
        document = {name: some for name, some in resource.document.items() if name not in hidden}
        return {**document, "id": resource.id, "meta": meta}


def _kind(request: web.Request) -> ScimKind:
    return _ENDPOINTS[request.match_info["kind"]]


async def _body(request: web.Request) -> dict[str, Any]:
    """Return the object that was sent; slow, large or broken ones are refused."""
    try:
        async with asyncio.timeout(_PATIENCE):
            raw = await request.read()
        if b"\\u0000" in raw:
            raise InvalidSyntaxException(detail="A NUL is no text")
        return dict(Payload.parse(raw).fields)
    except NotJson as error:
        raise InvalidSyntaxException(detail="The body is not a JSON object") from error
    except web.HTTPRequestEntityTooLarge as error:
        raise PayloadTooLargeException(detail="The body is too large") from error
    except TimeoutError as error:
        raise InvalidSyntaxException(detail="The body took too long") from error


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"-?\d{1,9}", text, re.ASCII):
        raise InvalidValueException(detail=f"{name} must be a number")
    return int(text)


def _string(literal: str) -> str:
    try:
        return str(json.loads(literal))
    except ValueError as error:
        raise InvalidFilterException(filter=literal) from error


def _listed(
    documents: Sequence[Mapping[str, Any]], *, total: int | None = None, start: int = 1
) -> dict[str, Any]:
    return {
        "schemas": [str(ListResponse.__schema__)],
        "totalResults": len(documents) if total is None else total,
        "startIndex": start,
        "itemsPerPage": len(documents),
        "Resources": list(documents),
    }


def _dumped(model: Any) -> dict[str, Any]:
    dumped: dict[str, Any] = model.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    return dumped


def _answer(
    document: Mapping[str, Any], *, status: int = 200, location: str = ""
) -> web.StreamResponse:
    headers = {"Location": location} if location else {}
    return web.Response(
        body=json.dumps(document, ensure_ascii=False).encode(),
        status=status,
        content_type="application/scim+json",
        headers=headers,
    )


def _refusal(error: Error) -> web.StreamResponse:
    answer = _answer(error.model_dump(), status=error.status or 400)
    if error.status == 401:  # noqa: PLR2004
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _too_fast(wait: int) -> web.StreamResponse:
    answer = _refusal(Error(status=429, detail="Too many calls at once"))
    answer.headers["Retry-After"] = str(wait)
    return answer


def _now() -> int:
    return int(time.time() * 1000)


def _iso(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
