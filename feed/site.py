"""What every page shares: who looks, in which language, the frame around it, and the guard.

A form is taken only with the token of the visit's cookie and never from another site; pages run
nothing and load nothing but their own files.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from jinja2 import Environment, PackageLoader, StrictUndefined

from appservice.errors import HomeserverError, ParvisError, RateLimited, TokenUnknown
from appservice.reachability import Reachability
from feed.command_forms import CommandForms
from feed.contracts import ConnectionSheets, Meaning, Membership, SiteSettings
from feed.forms import FORMS_WITH_FILE, Forms, form_of, given_again
from feed.headers import page_headers
from feed.house import Feed
from feed.inviting import Invitations
from feed.model import GroupView, PendingWrite, Viewer
from feed.receipts import Receipts
from feed.refusals import refusal_of
from feed.sessions import Sessions
from feed.store import FeedStore
from feed.tools import tools
from feed.uploads import Uploads
from feed.visits import Visit, language_of, visit_of
from feed.writes import Writes

log = structlog.get_logger(__name__)

_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class SiteParts:
    """What the pages work with."""

    feed: Feed
    sessions: Sessions
    writes: Writes
    membership: Membership
    sheets: ConnectionSheets
    reachability: Reachability
    receipts: Receipts
    uploads: Uploads
    commands: CommandForms
    invitations: Invitations
    meaning: Meaning


class Site:
    """Renders pages and guards requests."""

    def __init__(self, *, settings: SiteSettings, parts: SiteParts) -> None:
        self.settings = settings
        self.feed = parts.feed
        self.sessions = parts.sessions
        self.writes = parts.writes
        self.membership = parts.membership
        self.sheets = parts.sheets
        self.receipts = parts.receipts
        self.uploads = parts.uploads
        self.commands = parts.commands
        self.invitations = parts.invitations
        self.meaning = parts.meaning
        self._reachability = parts.reachability
        self._forms = Forms(key=settings.key, public_url=settings.public_url, uploads=parts.uploads)
        self.static = _static_files()
        self._headers = page_headers(settings.homeserver_url)
        self._secure = settings.public_url.startswith("https:")
        self._environment = templates()

    @property
    def store(self) -> FeedStore:
        """Return the questions of the serving generation."""
        return self.feed.store

    # Requests

    def guarded(self, routes: Sequence[web.RouteDef]) -> list[web.RouteDef]:
        """Return *routes* behind the guard, and behind them the page for what does not exist."""
        missing = web.route("*", "/{path:.*}", _missing)
        return [
            web.route(
                route.method,
                route.path,
                self._behind_guard(route.handler, with_file=route.path in FORMS_WITH_FILE),
            )
            for route in (*routes, missing)
        ]

    def _behind_guard(self, handler: Any, *, with_file: bool) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                return await self.guard(request, handler, with_file=with_file)
            finally:
                form_of(request).close()

        return answer

    async def guard(
        self, request: web.Request, handler: Handler, *, with_file: bool
    ) -> web.StreamResponse:
        """Find out who asks, refuse forged forms, translate errors into pages."""
        visit = await self._visit(request)
        request["visit"] = visit
        try:
            await self._check(request, visit, with_file=with_file)
            answer = await handler(request)
        except web.HTTPException as error:
            if error.status in {302, 303}:
                answer = self.see_other(request, error.headers["Location"])
            else:
                answer = await self.error_page(request, error.status)
        except TokenUnknown:
            answer = await self._to_sign_in(request, visit)
        except RateLimited as error:
            answer = await self.error_page(request, 429, wait=round(error.retry_after) + 1)
        except HomeserverError as error:
            log.warning("the homeserver refused", error=str(error), path=request.path)
            refusal = refusal_of(error)
            answer = await self.error_page(request, refusal.status, code=refusal.code)
        except ParvisError as error:
            log.warning("a request failed", error=str(error), path=request.path)
            answer = await self.error_page(request, 500)
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("a request failed", path=request.path, reference=reference)
            answer = await self.error_page(request, 500, reference=reference)
        self._finish(answer, visit)
        return answer

    def viewer(self, request: web.Request) -> Viewer:
        """Return who is signed in, or raise TokenUnknown, by which they are sent to sign in."""
        viewer = visit_of(request).viewer
        if viewer is None:
            raise TokenUnknown("nobody is signed in")
        return viewer

    def see_other(self, _request: web.Request, path: str) -> web.Response:
        """Answer a form with the page to look at next."""
        return web.Response(status=303, headers={"Location": path})

    def set_cookie(self, answer: web.StreamResponse, name: str, value: str) -> None:
        """Give the browser a cookie that only we and no script read."""
        answer.set_cookie(
            self.cookie_name(name),
            value,
            max_age=_YEAR,
            path="/",
            httponly=name != "zone",
            secure=self._secure,
            samesite="Lax",
        )

    def drop_cookie(self, answer: web.StreamResponse, name: str) -> None:
        """Take a cookie back."""
        answer.del_cookie(self.cookie_name(name), path="/", secure=self._secure)

    def cookie_name(self, name: str) -> str:
        """Return a cookie's name: bound to the host where there is TLS."""
        return f"__Host-parvis-{name}" if self._secure else f"parvis-{name}"

    def form_token(self, visit: Visit) -> str:
        """Return what a form of this visit must carry."""
        return self._forms.token(visit)

    def way_back(self, visit: Visit) -> str:
        """Return what the identity provider brings back; no form is taken with it."""
        return hmac.new(
            self.settings.key, b"way back:" + visit.cookie.encode(), "sha256"
        ).hexdigest()

    # Pages

    async def page(
        self, request: web.Request, template: str, *, status: int = 200, **context: object
    ) -> web.Response:
        """Return the page *template* in the reader's language."""
        visit = visit_of(request)
        frame = await self._frame(request, visit)
        body = self._environment.get_template(template).render({**frame, **context})
        return web.Response(text=body, status=status, content_type="text/html")

    def fragment(
        self, request: web.Request, template: str, *, address: str, **context: object
    ) -> str:
        """Return a piece of the page at *address*, as that page holds it."""
        tools = self._tools(visit_of(request), address)
        return self._environment.get_template(template).render({**tools, **context})

    async def error_page(
        self,
        request: web.Request,
        status: int,
        *,
        code: int | str = 0,
        reference: str = "",
        wait: int = 0,
    ) -> web.Response:
        """Return the page that says what happened, what is kept and what to do.

        *code* chooses the words where the status alone does not (feed.refusals).
        Where somebody's text was refused, it is the text's form again, with all that was sent.
        """
        form = form_of(request)
        nobody = visit_of(request).viewer is None
        code = 401 if status == 403 and nobody else code or status  # noqa: PLR2004
        return await self.page(
            request,
            "again.html" if form.is_writing else "error.html",
            status=status,
            code=code,
            reference=reference,
            wait=wait,
            own=self.settings.public_url,
            given=given_again(form.fields),
            named_file=form.named_file,
        )

    async def _to_sign_in(self, request: web.Request, visit: Visit) -> web.Response:
        """End the session of a dead token; what its writer sent is not lost."""
        if visit.session is not None:
            await self.sessions.end(visit.session.id)
        if form_of(request).is_writing:
            return await self.error_page(request, 401)
        return self.see_other(request, "/login")

    async def _frame(self, request: web.Request, visit: Visit) -> dict[str, object]:
        groups: Sequence[GroupView] = ()
        pending: Sequence[PendingWrite] = ()
        if visit.viewer is not None:
            groups = await self.store.own_groups(visit.viewer)
            pending = await self.writes.pending(visit.viewer.user_id)
        return {
            **self._tools(visit, request.path_qs),
            "organization": self.settings.organization,
            "theme": visit.theme,
            "away": self._reachability.away,
            "path": request.path,
            "my_groups": groups,
            "pending": pending,
        }

    def _tools(self, visit: Visit, address: str) -> dict[str, object]:
        """Return what every piece of the page at *address* needs."""
        return {
            **tools(visit, address=address, now=self.settings.clock()),
            "kinds": self.settings.kinds,
            "static": self.static_path,
            "csrf": self.form_token(visit),
            "largest": self.uploads.largest,
        }

    def static_path(self, name: str) -> str:
        """Return the address of a file of ours, which changes when the file does."""
        return f"/static/{self.static[name][0]}/{name}"

    async def _visit(self, request: web.Request) -> Visit:
        language = language_of(request, self._cookie(request, "language"), self.settings.language)
        zone = self._cookie(request, "zone").replace("%2F", "/")
        cookie = self._cookie(request, "session")
        session = await self.sessions.find(cookie) if cookie else None
        visit = cookie if session else self._cookie(request, "visit")
        viewer = None
        if session:
            is_admin = session.user_id in self.settings.admins
            viewer = session.viewer(language=language, is_admin=is_admin)
        return Visit(
            session=session,
            viewer=viewer,
            language=language,
            zone=ZoneInfo(zone if zone in _zones() else self.settings.time_zone),
            theme=self._cookie(request, "theme"),
            cookie=visit or secrets.token_urlsafe(24),
            fresh=not visit,
        )

    def _cookie(self, request: web.Request, name: str) -> str:
        return request.cookies.get(self.cookie_name(name), "")

    async def _check(self, request: web.Request, visit: Visit, *, with_file: bool) -> None:
        """Refuse what no page takes; read a form."""
        if "%00" in request.raw_path:
            raise web.HTTPNotFound  # No database of ours stores NUL.
        if request.method == "POST":
            await self._forms.take(request, visit, with_file=with_file)

    def _finish(self, answer: web.StreamResponse, visit: Visit) -> None:
        if answer.prepared:
            return
        for name, value in self._headers.items():
            answer.headers.setdefault(name, value)
        shared = answer.headers["Cache-Control"].startswith("public")
        # What a cache may give to others must not carry one visitor's cookie.
        if visit.fresh and visit.session is None and not shared:
            self.set_cookie(answer, "visit", visit.cookie)


async def _missing(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPNotFound


def templates() -> Environment:
    """Return the pages' templates, in which all that is shown is text unless it says otherwise."""
    return Environment(
        loader=PackageLoader("feed"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _static_files() -> Mapping[str, tuple[str, bytes]]:
    """Return our files by name, with the hash that stands in their address."""
    found = {}
    for file in (files("feed") / "static").iterdir():
        body = file.read_bytes()
        found[file.name] = (hashlib.sha256(body).hexdigest()[:12], body)
    return found
