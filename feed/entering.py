"""Signing somebody in, whatever proves who they are."""

from aiohttp import web

from feed.browsers import browser_name
from feed.site import Site


async def enter(site: Site, request: web.Request, proof: dict[str, object]) -> web.Response:
    """Trade a *proof* (Client-Server API, /login) for a session and lead to the feed.

    Raises HomeserverError where the homeserver does not take it.
    """
    browser = browser_name(request.headers.get("User-Agent", ""))
    cookie, session = await site.sessions.sign_in(proof, browser=browser)
    await site.feed.marks.begin(session.user_id, now=site.settings.clock())
    await site.membership.welcome(session.id)
    answer = site.see_other(request, "/")
    site.set_cookie(answer, "session", cookie)
    return answer


def password_proof(user: str, password: str) -> dict[str, object]:
    """Return what a name and a password prove."""
    return {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": password,
    }
