"""Asks sources when they are due, and takes what is new into the inbox like calls.

    due --> ask (If-None-Match) --> 304, 410, failure -----------------> when to ask next
        ^            `--> 2xx --> harvest in the worker --> deliveries + cursor, one commit --> wake
        `------------------------------- more? ----------------------------------'

A crash before the commit asks again and finds the same; after it nothing is found twice: the cursor
knows what was seen, the inbox its ids, and the ledger of activities what was told.
"""

import asyncio
import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Protocol

import msgspec
import structlog
from prometheus_client import Counter

from appservice.addresses import may_carry_secret
from appservice.database import Change
from appservice.errors import PayloadRejected
from appservice.languages import N_
from appservice.outgoing import CallFailed, CallRefused, Reply
from appservice.trouble import Report, Trouble
from bridges.auth import AccessToken
from bridges.base import App, Found, Pull, Question, SourceAnswer
from bridges.connection import Connections, page_of
from bridges.deliveries import Deliveries
from bridges.instants import milliseconds
from bridges.pulling.harvester import Harvester
from bridges.pulling.store import REFUSALS, Due, Pulls, Standing
from bridges.reader import MANY

_AT_ONCE = 6
_LOOK_EVERY = 30.0
_LARGEST = 5 * 1024 * 1024
_LONGEST_PAUSE = 24 * 3600.0
_MOST_ANSWERS = 30
"""So many answers are read of a source in one turn; what is left is read in the next."""
_LUMP_ABOVE = 20
"""So many new things at once are told by digests: after an outage nobody wants sixty posts."""
_JITTER = 0.1
_LONGEST_TROUBLE = 300
_UNCHANGED, _ABSENT, _GONE, _TOO_MANY, _OK, _NOT_OK = 304, 404, 410, 429, 200, 300
_TOKEN_MISSING = N_("it is asked with an access token, and has none; `connection scheme` takes one")
_IN_CLEAR = N_("an access token is sent to https:// alone")

log = structlog.get_logger(__name__)

askings = Counter("parvis_pulls_total", "Sources asked, by outcome", ["app", "outcome"])


class Caller(Protocol):
    """The guarded client (appservice.outgoing.Outgoing)."""

    async def call(
        self, method: str, url: str, *, headers: Mapping[str, str], largest: int
    ) -> Reply:
        """Return the answer, or raise CallRefused or CallFailed."""


class Puller:
    """The task."""

    def __init__(  # noqa: PLR0913 - everything between a source and the inbox
        self,
        *,
        apps: Mapping[str, App],
        pulls: Pulls,
        connections: Connections,
        deliveries: Deliveries,
        caller: Caller,
        harvester: Harvester,
        wake: Callable[[], None],
        report: Report,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """*wake* tells the pipeline that there is work; *clock* is seconds since 1970."""
        self._apps = {slug: app.pull for slug, app in apps.items() if app.pull}
        self._pulls = pulls
        self._connections = connections
        self._deliveries = deliveries
        self._caller = caller
        self._harvester = harvester
        self._wake_pipeline = wake
        self._report = report
        self._clock = clock
        self._look = asyncio.Event()
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin with what is due."""
        self._task = asyncio.create_task(self._pull_for_ever(), name="puller")

    def look(self) -> None:
        """Tell that a source may be due."""
        self._look.set()

    @property
    def asking(self) -> Collection[str]:
        """The connections that are being asked now."""
        return self._asking.keys()

    async def close(self) -> None:
        """Stop; what is not committed is asked for again at the next start."""
        tasks = [task for task in (self._task, *self._asking.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._harvester.close()

    async def _pull_for_ever(self) -> None:
        while True:
            self._look.clear()
            try:
                await self._begin_due()
            except Exception:
                log.exception("sources cannot be looked at")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._look.wait(), _LOOK_EVERY)

    async def _begin_due(self) -> None:
        free = _AT_ONCE - len(self._asking)
        if free <= 0:
            return
        due = await self._pulls.due(self._apps, now=self._now(), besides=tuple(self._asking))
        for one in due[:free]:
            task = asyncio.create_task(self._pull(one), name="asking a source")
            self._asking[one.connection] = task

    async def _pull(self, due: Due) -> None:
        try:
            for _ in range(_MOST_ANSWERS):
                following = await self._ask(due, self._apps[due.app])
                if following is None:
                    break
                due = following
        except Exception:
            log.exception("a source cannot be asked", connection=page_of(due.connection)[:5])
            await self._fail(due, "it cannot be asked; the log says more")
        finally:
            del self._asking[due.connection]
            self._look.set()

    async def _ask(self, due: Due, pull: Pull) -> Due | None:
        """Ask once; return what is to be asked at once then, or None."""
        standing = due.standing
        try:
            question = pull.question(standing.source, standing.cursor)
            token = await self._token(due.connection, question)
            headers = _headers(question, standing, token)
            reply = await self._caller.call("GET", question.url, headers=headers, largest=_LARGEST)
        except (CallRefused, CallFailed, PayloadRejected) as error:
            await self._fail(due, str(error))
            return None
        if _OK <= reply.status < _NOT_OK or (reply.status == _ABSENT and question.absent):
            return await self._take_in(due, pull, question, reply)
        if reply.status == _UNCHANGED:
            await self._settle(due, self._fine(standing, pull), "unchanged")
        elif reply.status == _GONE:
            await self._fail(due, "HTTP 410", stopped=True)
        else:
            why = REFUSALS.get(reply.status, f"HTTP {reply.status}")
            await self._fail(due, why, wait=self._asked_to_wait(reply))
        return None

    async def _token(self, connection: str, question: Question) -> str:
        """Return the token to ask with, empty if there is none, or raise PayloadRejected.

        Its owner may have just replaced it, so it is read anew for each question.
        """
        known = await self._connections.get(connection)
        asks_with = known.scheme == AccessToken.slug
        token = self._connections.secrets_of(known)[0] if asks_with else ""
        if question.needs_token and not token:
            raise PayloadRejected(_TOKEN_MISSING)
        if token and not may_carry_secret(question.url):
            raise PayloadRejected(_IN_CLEAR)
        return token

    async def _take_in(self, due: Due, pull: Pull, question: Question, reply: Reply) -> Due | None:
        standing = due.standing
        answer = SourceAnswer(reply.headers, reply.body, reply.url, standing.source)
        try:
            harvest = await self._harvester.read(due.app, answer, standing.cursor)
        except PayloadRejected as error:
            await self._fail(due, str(error))
            return None
        found = harvest.found if standing.cursor else harvest.found[-pull.first :]
        after = replace(
            self._fine(standing, pull),
            cursor=harvest.cursor,
            etag=reply.headers.get("etag", "") if question.again else "",
            modified=reply.headers.get("last-modified", "") if question.again else "",
        )
        following = replace(due, standing=after, found=due.found + len(found))
        settled = await self._settle(due, after, "read", *self._taken(following, found))
        if found:
            self._wake_pipeline()
        return following if harvest.more and settled else None

    def _taken(self, due: Due, found: Sequence[Found]) -> list[Change]:
        headers = {MANY: str(due.found)} if due.found > _LUMP_ABOVE else {}
        return [
            self._deliveries.taken(due.connection, one.id, headers, msgspec.json.encode(one.body))
            for one in found
        ]

    async def _settle(self, due: Due, standing: Standing, outcome: str, *with_it: Change) -> bool:
        askings.labels(due.app, outcome).inc()
        called = self._connections.called(due.connection)
        return await self._pulls.settle(due.connection, standing, called, *with_it)

    async def _fail(self, due: Due, why: str, *, wait: float = 0.0, stopped: bool = False) -> None:
        """Note that it failed, and when to try again: each time twice as late, at most daily."""
        askings.labels(due.app, "failed").inc()
        failures = due.standing.failures + 1
        pause = self._apps[due.app].every * 2 ** min(failures - 1, 10)
        pause = max(min(pause, _LONGEST_PAUSE), min(wait, _LONGEST_PAUSE))
        failed = replace(
            due.standing,
            failures=failures,
            trouble=why[:_LONGEST_TROUBLE],
            due=self._later(pause),
            stopped=stopped,
        )
        if await self._pulls.settle(due.connection, failed) and stopped:
            name = f"{due.app}-{page_of(due.connection)[:5]}"
            self._report(Trouble.SOURCE, f"{name} is asked no more: {why}")

    def _fine(self, standing: Standing, pull: Pull) -> Standing:
        due = self._later(pull.every)
        return replace(standing, failures=0, trouble="", asked=self._now(), due=due)

    def _later(self, seconds: float) -> int:
        """Return the time after *seconds* or a little more: not all sources at one moment."""
        spread = 1 + _JITTER * random.random()  # noqa: S311 - nothing to guess
        return self._now() + int(seconds * spread * 1000)

    def _now(self) -> int:
        return int(self._clock() * 1000)

    def _asked_to_wait(self, reply: Reply) -> float:
        """Return the seconds that Retry-After names (RFC 9110, 10.2.3), 0 without it.

        Of too many calls X-RateLimit-Reset says the end: ISO 8601 (Mastodon) or Unix time.
        """
        text = reply.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdigit():
            return float(text[:9])
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            reset = reply.headers.get("x-ratelimit-reset", "") if reply.status == _TOO_MANY else ""
            end = milliseconds(reset.strip())
            return end / 1000 - self._clock() if end else 0.0
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - self._clock()


def _headers(question: Question, standing: Standing, token: str) -> dict[str, str]:
    headers = dict(question.headers)
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if standing.etag and question.again:
        headers["If-None-Match"] = standing.etag
    if standing.modified and question.again:
        headers["If-Modified-Since"] = standing.modified
    return headers
