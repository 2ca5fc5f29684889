"""Tells the owners of a group, once, that a connection fell silent, and once that it is heard again.

A row in the outbox remembers who was told what, so a restart in between repeats nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from appservice.commands.letters import Letters
from appservice.database import Change, Database, upsert
from appservice.errors import HomeserverError
from appservice.ids import RoomId, UserId
from appservice.languages import N_, Phrases
from bridges.base import App
from bridges.connection import Connection, Connections, ConnectionState
from bridges.deliveries import Deliveries
from bridges.health import ago
from bridges.silence import longest_pause
from bridges.store import watch_table

_DAY_MS = 24 * 3600 * 1000
_AWAY_MS = 2 * 3600 * 1000
"""Whoever did not look for so long may have been away itself: silence counts from then on."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Audience:
    """A group, and who is told what is wrong with its sources."""

    group: str
    owners: Collection[UserId]


class Watch:
    """Looks after connections that are heard no more."""

    def __init__(
        self,
        *,
        apps: Mapping[str, App],
        database: Database,
        connections: Connections,
        deliveries: Deliveries,
        letters: Letters,
        audience: Callable[[RoomId], Awaitable[Audience | None]],
        public_url: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """*audience* names those who own the group of a room, None if there is no such group."""
        self._apps = apps
        self._database = database
        self._connections = connections
        self._deliveries = deliveries
        self._letters = letters
        self._audience = audience
        self._public_url = public_url.rstrip("/")
        self._clock = clock

    async def look_for_ever(self, *, every: float) -> None:
        """Look now, and again *every* so many seconds."""
        while True:
            try:
                await self.look()
            except (HomeserverError, SQLAlchemyError, OSError) as error:
                log.warning("owners cannot be told of silence now", error=str(error))
            await asyncio.sleep(every)

    async def look(self) -> None:
        """Tell of each connection that fell silent, or is heard again, since the last look."""
        now = int(self._clock() * 1000)
        since = await self._attentive_since(now)
        for connection in await self._connections.all():
            if connection.hushed and not connection.is_silent:
                await self._tell(connection, "heard", _heard)
                await self._connections.hush(connection.id, None)
            elif not connection.hushed and await self._fell_silent(connection, since, now):
                await self._tell(connection, "silence", _silent)
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
        say: Callable[["Connection", App, str, str, Phrases], str],
    ) -> None:
        app, audience = self._apps.get(connection.app), await self._audience(connection.room_id)
        if app is None or audience is None:
            return
        page = f"{self._public_url}/connections/{connection.page}"
        # The last call before the silence names it for all time.
        silence = connection.hushed or connection.last_delivery
        for owner in audience.owners:
            await self._letters.send(
                owner,
                f"{what}:{connection.page}:{silence}:{owner}",
                lambda words: say(connection, app, audience.group, page, words),
            )


def _silent(connection: Connection, app: App, group: str, page: str, words: Phrases) -> str:
    fact = words(
        N_(
            "{app} is silent: the last call for “{group}” came {when}, which is unlike it. Look there "
            "whether its webhook is still switched on and what its last calls were answered."
        ),
        app=app.name,
        group=group,
        when=ago(connection.last_delivery or 0, words),
    )
    closing = words(
        N_("If nothing was to be told, all is well. The address and all else: {page}"), page=page
    )
    return " ".join(part for part in (fact, words(app.when_silent), closing) if part)


def _heard(_connection: Connection, app: App, group: str, page: str, words: Phrases) -> str:
    text = N_("{app} is heard again in “{group}”: {page}")
    return words(text, app=app.name, group=group, page=page)


_look = upsert(watch_table, "id")
