"""Carries out what an app describes: call after call, until it is done, refused, or to be tried later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import structlog

from appservice.languages import N_
from appservice.outgoing import CallFailed, CallRefused, Reply
from appservice.payload import NotJson, Payload
from bridges.actions import (
    Account,
    Call,
    Done,
    Heard,
    Missed,
    Outcome,
    Refusal,
    Remarks,
    Webhook,
    Who,
)

_MOST_CALLS = 6
_LARGEST = 5 * 1024 * 1024
_LONGEST_WHY = 200
_OK, _MULTIPLE, _SERVER = 200, 300, 500
_TIMEOUT, _CONFLICT, _TOO_EARLY, _TOO_MANY = 408, 409, 425, 429
_UNKNOWN, _FORBIDDEN = 401, 403
_ABSENT = (404, 410)
_LONGEST_WAIT = 3600.0

log = structlog.get_logger(__name__)


class Caller(Protocol):
    """Calls a source; the floor's guarded client (appservice.outgoing.Outgoing)."""

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = {},
        body: bytes = b"",
        largest: int = _LARGEST,
        within: float = 20.0,
        redirects: int = 3,
    ) -> Reply:
        """Return the answer, or raise CallRefused or CallFailed."""


@dataclass(frozen=True)
class Later:
    """Nothing was done; it may be tried again after *seconds* (0: as usual)."""

    seconds: float = 0.0
    why: str = ""


@dataclass(frozen=True)
class Doubt:
    """Nobody knows whether it was done."""


End: TypeAlias = Done | Refusal | Who | Remarks | Missed | Webhook | Later | Doubt


async def carry_out(
    caller: Caller, account: Account, first: Outcome, *, most: int = _MOST_CALLS
) -> End:
    """Return what an app's description leads to, by at most so many calls."""
    outcome = first
    for _ in range(most):
        if not isinstance(outcome, Call):
            return outcome
        heard = await _heard(caller, account, outcome)
        if not isinstance(heard, Heard):
            return heard
        outcome = outcome.then(heard)
    return Refusal(N_("It took too many calls."))


async def _heard(caller: Caller, account: Account, call: Call) -> Heard | Refusal | Later | Doubt:
    try:
        # What changes something must not be sent on to where a redirect leads.
        redirects = 3 if call.method == "GET" else 0
        reply = await caller.call(
            call.method,
            account.base + call.path,
            headers=call.headers,
            body=call.body,
            redirects=redirects,
        )
    except CallRefused as error:
        return Refusal(N_("Its address may not be called: {why}"), {"why": str(error)})
    except CallFailed as error:
        log.info("a source does not answer", method=call.method, why=type(error).__name__)
        return Doubt() if call.once else Later(why=N_("it does not answer"))
    if _OK <= reply.status < _MULTIPLE:
        return Heard(_body(reply.body), reply.headers)
    return _unwilling(call, reply, account)


def _unwilling(call: Call, reply: Reply, account: Account) -> Refusal | Later | Doubt:
    status = reply.status
    if status == _TOO_MANY or (status == _FORBIDDEN and _is_limit(reply)):
        return Later(_pause(reply), N_("it asks us to wait"))
    if status >= _SERVER or status == _TIMEOUT:
        return Doubt() if call.once else Later(_pause(reply), N_("it does not answer"))
    if status in {_CONFLICT, _TOO_EARLY}:
        return Later(_pause(reply), N_("it asks us to wait"))
    if status == _UNKNOWN:
        return Refusal(N_("The token is not known there any more."), denied=True)
    why = _why(_body(reply.body)).replace(account.token, "…")
    if status == _FORBIDDEN:
        text = N_("The account may not do that there. {why}")
        return Refusal(text, {"why": why}, denied=True)
    if status in _ABSENT:
        text = N_("The account does not see it there. {why}")
        return Refusal(text, {"why": why}, denied=True)
    return Refusal(N_("It answered {status}. {why}"), {"status": str(status), "why": why})


def _is_limit(reply: Reply) -> bool:
    """Tell whether a 403 is GitHub's word for too many calls."""
    return "retry-after" in reply.headers or reply.headers.get("x-ratelimit-remaining") == "0"


def _pause(reply: Reply) -> float:
    word = reply.headers.get("retry-after", "")
    return min(float(word), _LONGEST_WAIT) if word.isascii() and word.isdigit() else 0.0


def _body(raw: bytes) -> Payload:
    """Return what was answered; a list stands under ``list``, and what is no JSON says nothing."""
    try:
        return Payload.parse(b'{"list":' + raw + b"}" if raw.lstrip()[:1] == b"[" else raw)
    except NotJson:
        return Payload()


def _why(body: Payload) -> str:
    """Return the source's own words, wherever it puts them."""
    words = [body.text("message"), body.text("error"), body.text("error", "message")]
    words += [*body.texts("errorMessages"), *body.texts("message"), body.text("description")]
    words += [one.text("message") for one in body.items("errors")]
    words += [value for value in body.at("errors").fields.values() if isinstance(value, str)]
    return " ".join(" ".join(dict.fromkeys(word for word in words if word)).split())[:_LONGEST_WHY]
