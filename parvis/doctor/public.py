"""What answers on the public address: the pages should, the homeserver's pushes never."""

import aiohttp

from appservice.languages import N_
from parvis.config import Config
from parvis.doctor.findings import Finding, Pen

_WITHIN = aiohttp.ClientTimeout(total=10)
_TAKES_PUSHES = {200, 401, 403}


async def public_findings(config: Config, pen: Pen, *, running: bool) -> Finding:
    """Return how it stands with the public address; *running*: Parvis should answer there."""
    url = config.web.public_url
    async with aiohttp.ClientSession(timeout=_WITHIN) as session:
        try:
            async with session.get(f"{url}/healthz") as answer:
                alive = answer.status == 200  # noqa: PLR2004
            status = await _status_of_pushes(session, url)
        except (aiohttp.ClientError, TimeoutError) as error:
            return _silent(config, pen, str(error) or type(error).__name__, running=running)
    if status in _TAKES_PUSHES:
        remedy = N_("let the proxy pass nothing below /_matrix/app/ from outside")
        return pen.fault(N_("/_matrix/app/ answers on {url}"), remedy, url=url)
    if not alive:
        return _silent(config, pen, "/healthz", running=running)
    return pen.fine(N_("public address {url}"), url=url)


def _silent(config: Config, pen: Pen, why: str, *, running: bool) -> Finding:
    url, listen = config.web.public_url, config.web.listen
    if running:
        what = N_("Parvis does not answer on {url}: {why}")
        remedy = N_(
            "is its name known, its certificate good? let the proxy hand it to {listen} (web.listen)"
        )
        return pen.warning(what, remedy, url=url, listen=listen, why=why)
    remedy = N_("start Parvis, then check again: only then can the way through the proxy be tried")
    return pen.warning(N_("nothing answers on {url} yet"), remedy, url=url)


async def _status_of_pushes(session: aiohttp.ClientSession, url: str) -> int:
    """Return what a stranger's push is answered on the public address."""
    path = f"{url}/_matrix/app/v1/transactions/check"
    async with session.put(path, json={"events": []}) as answer:
        return answer.status
