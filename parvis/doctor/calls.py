"""Whether the calls of apps reach us on the public address, and as they were sent."""

import json
from io import BytesIO

import aiohttp

from appservice.languages import N_
from appservice.vault import Vault
from bridges.self_check import PATH, sample
from parvis.config import Config
from parvis.doctor.findings import Finding, Pen

_WITHIN = aiohttp.ClientTimeout(total=30)
_LARGE = 5 * 1024 * 1024
_OK, _TOO_LARGE = 200, 413


async def call_findings(config: Config, pen: Pen, vault: Vault) -> Finding:
    """Return how it stands with the way that calls take; Parvis is running."""
    url = config.hooks_url
    async with aiohttp.ClientSession(timeout=_WITHIN) as session:
        try:
            async with session.head(url + PATH) as answer:
                head = answer.status
            status, intact = await _try(session, url, vault)
            if head != _OK or status != _OK:
                return _astray(config, pen, str(status if status != _OK else f"HEAD {head}"))
            if not intact:
                return _changed(pen, url)
            status, intact = await _try(session, url, vault, size=_LARGE)
        except (aiohttp.ClientError, TimeoutError) as error:
            return _astray(config, pen, str(error) or type(error).__name__)
    if status == _TOO_LARGE or not intact:
        return pen.warning(
            N_("calls of {size} MB do not get through to {url}/hooks/ ({status})"),
            N_("let the proxy pass larger bodies: client_max_body_size 60m in nginx"),
            size=_LARGE // 1024 // 1024,
            url=url,
            status=status,
        )
    return pen.fine(N_("calls of apps arrive at {url}/hooks/ as they were sent"), url=url)


async def _try(
    session: aiohttp.ClientSession, url: str, vault: Vault, *, size: int = 0
) -> tuple[int, bool]:
    """Return the status of a call, and whether it arrived as it was sent."""
    headers, body = sample(vault, size=size)
    async with session.post(url + PATH, data=BytesIO(body), headers=headers) as answer:
        text = await answer.text("utf-8", "replace")
        try:
            said = json.loads(text) if answer.status == _OK else {}
        except ValueError:
            return 404, False  # Somebody else's page.
        if not isinstance(said, dict) or "intact" not in said:
            return (404 if answer.status == _OK else answer.status), False
        return answer.status, said["intact"] is True


def _astray(config: Config, pen: Pen, why: str) -> Finding:
    return pen.fault(
        N_("calls of apps do not reach Parvis at {url}/hooks/ ({why})"),
        N_(
            "let the proxy hand /hooks/ to {listen} (hooks.listen) under the same path and with all headers, "
            "for HEAD too; or is hooks.public_url wrong?"
        ),
        url=config.hooks_url,
        listen=config.hooks.listen,
        why=why,
    )


def _changed(pen: Pen, url: str) -> Finding:
    return pen.fault(
        N_("calls are changed on their way to {url}/hooks/, so no signature holds"),
        N_(
            "let the proxy pass bodies on byte by byte: no filter that reads JSON and writes it again, "
            "none that changes signs"
        ),
        url=url,
    )
