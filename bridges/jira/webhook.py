"""Whether the webhook that calls us is on at Jira, which lists those that its administrators made.

Sources: https://developer.atlassian.com/cloud/jira/platform/webhooks/ (“admin webhooks”) and
https://developer.atlassian.com/server/jira/platform/webhooks/ . From version 10 on Data Center lists
them elsewhere, page by page, and says *active* for *enabled*
(https://jira.atlassian.com/browse/JRASERVER-78733).
"""

from appservice.payload import Payload
from bridges.actions import (
    NO_HOOK,
    Api,
    Call,
    Gap,
    Heard,
    Outcome,
    Refusal,
    Webhook,
    switched,
)

_LISTED, _LISTED_ANEW, _ANEW_FROM = (
    "/rest/webhooks/1.0/webhook",
    "/rest/jira-webhook/1.0/webhooks",
    10,
)
_PAGE = 100


def switched_on(api: Api, gap: Gap, *, cloud: bool) -> Call | Refusal:
    """Look for the webhook that calls our address; *api* is called from Jira's root on.

    One that is not listed is not called dead: those of OAuth and Connect apps never are.
    """
    if not gap.address:
        return NO_HOOK

    def read(heard: Heard) -> Outcome:
        return _standing(heard.body.items("list"), gap, "enabled") or NO_HOOK

    listed = api.call("GET", gap.account, _LISTED, then=read)
    if cloud:
        return listed

    def version(heard: Heard) -> Outcome:
        major = heard.body.text("version").partition(".")[0]
        anew = major.isascii() and major.isdecimal() and int(major) >= _ANEW_FROM
        return _page(api, gap, ()) if anew else listed

    return api.call("GET", gap.account, "/rest/api/2/serverInfo", then=version)


def _page(api: Api, gap: Gap, known: tuple[Payload, ...]) -> Call:
    """Look through what is listed behind *known*; a page may be shorter than we ask for."""

    def read(heard: Heard) -> Outcome:
        listed = tuple(one for one in heard.body.items("list") if one not in known)
        found = _standing(listed, gap, "active")
        return found or (_page(api, gap, (*known, *listed)) if listed else NO_HOOK)

    path = f"{_LISTED_ANEW}?start={len(known)}&limit={_PAGE}"
    return api.call("GET", gap.account, path, then=read)


def _standing(listed: tuple[Payload, ...], gap: Gap, key: str) -> Webhook | Refusal | None:
    """Return how the webhook with our address stands, or None; behind it may be what Jira fills in."""
    ours = [one for one in listed if one.text("url").partition("?")[0] == gap.address]
    on = [one for one in ours if one.flag(key)]
    return switched((on or ours)[0], key) if ours else None
