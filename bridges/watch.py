"""Tells the owners of a group, once, that a connection fell silent, and once that it is heard again;
and once that a source which is asked refuses us or is gone, that an app said its last word or switched its
webhook off, or that it does not let us ask for what was missed.

A row in the outbox remembers who was told what, so a restart in between repeats nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from appservice.commands.letters import Letters
from appservice.database import Change, Database, upsert
from appservice.errors import HomeserverError
from appservice.ids import RoomId, UserId
from bridges.acting.calling import Later
from bridges.actions import Webhook
from bridges.base import App
from bridges.catching import Denial
from bridges.connection import Connection, Connections, ConnectionState
from bridges.deliveries import FAREWELL, Deliveries
from bridges.pulling.store import Pulls, Standing
from bridges.sides import Sides
from bridges.silence import longest_pause
from bridges.store import watch_table
from bridges.watch_words import Say, ended, gone, heard, refused, silent, switched_off, unfetched

_HOUR_MS = 3600 * 1000
_DAY_MS = 24 * _HOUR_MS
_AWAY_MS = 2 * 3600 * 1000
"""Whoever did not look for so long may have been away itself: silence counts from then on."""

_ASKED_AT_ONCE = 8
_IN_USE = (ConnectionState.WAITING, ConnectionState.ACTIVE)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Audience:
    """A group, and who is told what is wrong with its sources."""

    group: str
    owners: Collection[UserId]


class Watch:
    """Looks after connections that are heard no more."""

    def __init__(  # noqa: PLR0913 - what is known of sources, and how people are told
        self,
        *,
        apps: Mapping[str, App],
        database: Database,
        connections: Connections,
        deliveries: Deliveries,
        pulls: Pulls,
        sides: Sides,
        denials: Callable[[], Mapping[str, Denial]],
        letters: Letters,
        audience: Callable[[RoomId], Awaitable[Audience | None]],
        public_url: str,
        at_once: asyncio.Event,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """*audience* names those who own the group of a room, None if there is no such group.

        *denials* returns where what was missed may not be asked for, by connection. *at_once* is set
        when an app said that it calls no more, or denied something.
        """
        self._sides = sides
        self._denials = denials
        self._ask_side: dict[str, int] = {}
        """When it is next looked how the side of a connection stands."""
        self._apps = apps
        self._database = database
        self._connections = connections
        self._deliveries = deliveries
        self._pulls = pulls
        self._letters = letters
        self._audience = audience
        self._public_url = public_url.rstrip("/")
        self._at_once = at_once
        self._clock = clock

    async def look_for_ever(self, *, every: float) -> None:
        """Look now, and again *every* so many seconds, and at once when there is a word for owners."""
        while True:
            self._at_once.clear()
            try:
                await self.look()
            except (HomeserverError, SQLAlchemyError, OSError) as error:
                log.warning("owners cannot be told of silence now", error=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._at_once.wait(), every)

    async def look(self) -> None:
        """Tell of each connection that fell silent, or is heard again, since the last look."""
        now = int(self._clock() * 1000)
        since = await self._attentive_since(now)
        every = await self._connections.all()
        standings = await self._pulls.of([one.id for one in every if one.options.source])
        for connection in every:
            standing = standings.get(connection.id)
            if standing and connection.state in _IN_USE:
                await self._look_at_source(connection, standing)
            if denial := self._denials().get(connection.id):
                await self._tell(connection, f"denied:{denial.name}", unfetched(denial.refusal))
            if connection.hushed and not connection.is_silent:
                await self._tell(connection, _named("heard", connection), heard)
                await self._connections.hush(connection.id, None)
            elif not connection.hushed and await self._said_farewell(connection):
                await self._tell_ended(await self._connections.get(connection.id))
            elif not connection.hushed and await self._fell_silent(connection, since, now):
                await self._tell(connection, _named("silence", connection), silent)
                await self._connections.hush(connection.id, connection.last_delivery)
        await self._look_at_sides(every, now)  # Last: whoever asks others may wait long.

    async def _look_at_source(self, connection: Connection, standing: Standing) -> None:
        if standing.stopped:
            await self._tell(connection, f"gone:{standing.asked}", gone)
        elif standing.refused:
            await self._tell(connection, f"refused:{standing.asked}", refused(standing))

    async def _look_at_sides(self, every: Sequence[Connection], now: int) -> None:
        """Ask once a day whether the apps' webhooks are still switched on; some at once, as each may
        take long to answer.
        """
        due = [one for one in every if now >= self._ask_side.get(one.id, 0)]
        for start in range(0, len(due), _ASKED_AT_ONCE):
            some = due[start : start + _ASKED_AT_ONCE]
            await asyncio.gather(*(self._look_at_side(one, now) for one in some))

    async def _look_at_side(self, connection: Connection, now: int) -> None:
        webhook = await self._sides.of(connection)
        away = isinstance(webhook, Later)
        self._ask_side[connection.id] = now + (_HOUR_MS if away else _DAY_MS)
        if isinstance(webhook, Webhook) and not webhook.works:
            await self._tell(connection, _named("off", connection), switched_off(webhook))

    async def _said_farewell(self, connection: Connection) -> bool:
        """Tell whether the last that an app said is that it calls no more."""
        if connection.state is not ConnectionState.ACTIVE:
            return False
        return await self._deliveries.last_note(connection.id) == FAREWELL

    async def _tell_ended(self, connection: Connection) -> None:
        """Tell of a farewell; its call, read again here, counts as the last one."""
        await self._tell(connection, _named("ended", connection), ended)
        await self._connections.hush(connection.id, connection.last_delivery)

    async def _fell_silent(self, connection: Connection, since: int, now: int) -> bool:
        last = connection.last_delivery
        if connection.state is not ConnectionState.ACTIVE or last is None:
            return False
        silence = now - max(last, since)
        if silence <= _DAY_MS:
            return False
        pause = longest_pause(await self._deliveries.times(connection.id))
        return pause is not None and silence > pause

    async def _attentive_since(self, now: int) -> int:
        """Return since when we look without a break, and note that we look now."""
        rows = await self._database.read(sa.select(watch_table))
        since = rows[0].since if rows and now - rows[0].looked <= _AWAY_MS else now
        await self._database.write(Change(_look, ({"id": 1, "looked": now, "since": since},)))
        return int(since)

    async def _tell(
        self,
        connection: Connection,
        what: str,
        say: Say,
    ) -> None:
        """Say it to each owner; *what* names it for all time."""
        app, audience = self._apps.get(connection.app), await self._audience(connection.room_id)
        if app is None or audience is None:
            return
        page = f"{self._public_url}/connections/{connection.page}"
        for owner in audience.owners:
            await self._letters.send(
                owner,
                f"{what}:{connection.page}:{owner}",
                lambda words: say(connection, app, audience.group, page, words),
            )


def _named(what: str, connection: Connection) -> str:
    """Return a name of a silence, which its last call tells from others."""
    return f"{what}:{connection.hushed or connection.last_delivery}"


_look = upsert(watch_table, "id")
