"""The feed's two generations of tables: one serves, the other is filled by a rebuild.

receive(events) --> serving, and filling while there is one --> live
rebuild()       --> walk every room into the other generation --> switch --> drop the old one
"""

from collections.abc import Callable, Collection, Sequence

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.account import Account
from appservice.backfill import whole_timeline
from appservice.database import Change as Write
from appservice.database import Database, upsert
from appservice.errors import Forbidden, NotFound
from appservice.events import RoomEvent
from appservice.ids import RoomId, UserId
from appservice.languages import Language
from feed.fit import Colleagues
from feed.inquiries import Inquiries
from feed.live import Live
from feed.marks import ReadMarks
from feed.ordering import Arrivals
from feed.projection import Projection
from feed.store import FeedStore
from feed.tables import GENERATIONS, SHAPE, FeedTables, feed_tables, serving_table

log = structlog.get_logger(__name__)

Progress = Callable[[int, int], None]
"""Learns how many rooms are done, and of how many."""


class Feed:
    """What dispatch tells of events, and what pages read from. open() comes first."""

    def __init__(
        self,
        *,
        database: Database,
        bot: Account,
        creators: Collection[UserId],
        arrivals: Arrivals,
        language: Language,
    ) -> None:
        """*language* is the organization's own."""
        self._database = database
        self._language = language
        self._bot = bot
        self._creators = creators
        self._arrivals = arrivals
        self._serving = self._projection(feed_tables(GENERATIONS[0]))
        self._filling: Projection | None = None
        self.store = FeedStore(
            database=database, tables=feed_tables(GENERATIONS[0]), bot=bot.user_id
        )
        self.live = Live(store=self.store)
        self.inquiries = Inquiries(database=database, store=self.store)
        self.marks = ReadMarks(database=database, store=self.store)
        self.colleagues = Colleagues(
            database=database, store=self.store, silent=frozenset(creators)
        )

    async def open(self) -> bool:
        """Find the serving generation, making it if need be; tell whether it must be rebuilt."""
        rows = await self._database.read(sa.select(serving_table))
        generation = rows[0].generation if rows else GENERATIONS[0]
        tables = feed_tables(generation)
        current = bool(rows) and rows[0].shape == SHAPE

        async def prepare(connection: AsyncConnection) -> bool:
            stood = await tables.stand(connection)
            if stood and not current:
                await tables.drop(connection)
            await tables.create(connection)
            return stood

        stood = await self._database.run(prepare)
        await self._switch(tables)
        return bool(rows) and not (stood and current)

    async def receive(self, events: Sequence[RoomEvent]) -> None:
        """Take in events of one room (a Subscriber of dispatch)."""
        changes = await self._serving.apply(events)
        if self._filling is not None:
            await self._filling.apply(events)
        self.live.tell(changes)

    async def rebuild(self, progress: Progress) -> None:
        """Fill the other generation from the rooms, then serve from it."""
        before = self.store.tables
        tables = feed_tables(next(name for name in GENERATIONS if name != before.generation))

        async def prepare(connection: AsyncConnection) -> None:
            await tables.drop(connection)
            await tables.create(connection)

        await self._database.run(prepare)
        self._filling = self._projection(tables)
        try:
            await self._fill(self._filling, progress)
            await self._switch(tables)
        finally:
            self._filling = None
        await self._database.run(before.drop)

    async def take_in(self, space_id: RoomId, room_id: RoomId) -> None:
        """Read a room that became ours, as the group's space says, from its beginning on.

        Read again, it changes nothing.
        """
        await self._serving.apply(await self._bot.state(space_id), certain=True)
        await self._fill_room(self._serving, room_id, await self._bot.state(room_id))

    async def _fill(self, projection: Projection, progress: Progress) -> None:
        rooms = sorted(await self._bot.joined_rooms())
        named, others = set[RoomId](), dict[RoomId, Sequence[RoomEvent]]()
        for done, room_id in enumerate(rooms):
            progress(done, len(rooms))
            try:
                state = await self._bot.state(room_id)
            except (Forbidden, NotFound):
                continue
            if any(_is_ours(event, self._creators) for event in state):
                named |= _rooms_named(state)
                await self._fill_room(projection, room_id, state)
            else:
                others[room_id] = state
        # What somebody else made is ours where one of our own spaces says so.
        for room_id in sorted(named & others.keys()):
            await self._fill_room(projection, room_id, others[room_id])
        progress(len(rooms), len(rooms))

    async def _fill_room(
        self, projection: Projection, room_id: RoomId, state: Sequence[RoomEvent]
    ) -> None:
        await projection.apply(state, certain=True)
        async for events in whole_timeline(self._bot, room_id):
            messages = [event for event in events if event.state_key is None]
            await projection.apply(messages)
            await projection.remember([event for event in events if event.state_key is not None])

    async def _switch(self, tables: FeedTables) -> None:
        row = {"id": 1, "generation": tables.generation, "shape": SHAPE}
        await self._database.write(Write(upsert(serving_table, "id"), (row,)))
        self.store.tables = tables
        if self._filling is not None:
            self._serving = self._filling
        else:
            self._serving = self._projection(tables)

    def _projection(self, tables: FeedTables) -> Projection:
        return Projection(
            database=self._database,
            tables=tables,
            homeserver=self._bot,
            arrivals=self._arrivals,
            bot=self._bot.user_id,
            creators=self._creators,
            language=self._language,
        )


def _is_ours(event: RoomEvent, creators: Collection[UserId]) -> bool:
    return event.type == "m.room.create" and event.sender in creators


def _rooms_named(state: Sequence[RoomEvent]) -> set[RoomId]:
    """Return the rooms that a group's own space names as its rooms, now or formerly."""
    declared = [event.content for event in state if event.type == "org.parvis.group"]
    rooms = {one.text("rooms", part) for one in declared for part in ("posts", "chat")}
    rooms |= {former.text("room") for one in declared for former in one.items("former")}
    return {RoomId(room_id) for room_id in rooms if room_id}
