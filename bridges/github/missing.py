"""Calls of GitHub that did not reach us: it calls again for those that it is asked to.

Source: https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries (GitHub
never calls again by itself) and https://docs.github.com/en/rest/repos/webhooks . A call again
has the id (guid) of the first, so what came nevertheless is told once.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote

from appservice.languages import N_
from appservice.payload import Payload
from bridges.actions import NO_HOOK, Api, Call, Gap, Heard, Missed, Outcome, Refusal, switched

HOOK_HEADERS = ("x-github-hook-id", "x-github-hook-installation-target-type")
"""Which webhook it is that calls, and whose."""

_PAGE, _MOST_PAGES, _MOST_AGAIN = 100, 5, 40
_NEXT = re.compile(r"[?&]cursor=([^&>]+)[^>]*>;\s*rel=\"next\"")
_TOO_MUCH = Refusal(
    N_("GitHub called more than {number} times, and only the newest were looked through."),
    {"number": str(_PAGE * _MOST_PAGES)},
)


def asked_again(api: Api, gap: Gap) -> Call | Refusal:
    """List what GitHub sent since then, newest first, and ask for each that failed once more."""
    hook = _hook(gap)
    if not hook:
        return NO_HOOK
    place = f"{hook}/deliveries"

    def page(known: tuple[Payload, ...], cursor: str) -> Call:
        def read(heard: Heard) -> Outcome:
            listed = heard.body.items("list")
            every, more = (*known, *listed), _NEXT.search(heard.headers.get("link", ""))
            young = bool(listed) and listed[-1].text("delivered_at") >= gap.since
            whole = not (more and young)
            if more and not whole and len(every) < _MOST_PAGES * _PAGE:
                return page(every, more[1])
            failed = _failed([one for one in every if one.text("delivered_at") >= gap.since])
            left, much = len(failed) > _MOST_AGAIN, None if whole else _TOO_MUCH
            return again(failed[:_MOST_AGAIN], Missed(more=left, left_out=much))

        rest = f"&cursor={cursor}" if cursor else ""
        return api.call("GET", gap.account, f"{place}?per_page={_PAGE}{rest}", then=read)

    def again(failed: Sequence[str], end: Missed) -> Outcome:
        if not failed:
            return end
        path = f"{place}/{quote(failed[0], safe='')}/attempts"
        return api.call("POST", gap.account, path, then=lambda _heard: again(failed[1:], end))

    return page((), "")


def switched_on(api: Api, gap: Gap) -> Call | Refusal:
    """Ask whether the webhook is active."""
    hook = _hook(gap)
    if not hook:
        return NO_HOOK

    def read(heard: Heard) -> Outcome:
        return switched(heard.body, "active")

    return api.call("GET", gap.account, hook, then=read)


def _hook(gap: Gap) -> str:
    """Return the API's path of the webhook, or an empty text."""
    number, whose = (gap.headers.get(name, "") for name in HOOK_HEADERS)
    if not (number.isascii() and number.isdecimal()):
        return ""
    owner, _, name = gap.last.text("repository", "full_name").partition("/")
    if whose == "organization":
        login = gap.last.text("organization", "login")
        return f"/orgs/{quote(login, safe='')}/hooks/{number}" if login else ""
    if not (owner and name):
        return ""
    return f"/repos/{quote(owner, safe='')}/{quote(name, safe='')}/hooks/{number}"


def _failed(listed: Sequence[Payload]) -> Sequence[str]:
    """Return the newest try of each call that never arrived, the oldest call first."""
    arrived = {one.text("guid") for one in listed if one.text("status") == "OK"}
    tries = {one.text("guid"): one.word("id") for one in reversed(listed)}
    return [number for guid, number in tries.items() if number and guid not in arrived]
