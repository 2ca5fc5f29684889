"""Turns events into the feed's tables, in any order, told once or twice, with the same result.

    event --> raw row (insert; known ones change nothing) --> targets it touches
    targets --> read all their rows, derive anew what pages show --> post, comment, counts, search

Deriving anew from raw rows is what makes the order of arrival meaningless. For state the
homeserver decides: what arrives out of order, or from elsewhere, is asked for.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext

from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.database import Database
from appservice.events import (
    MEMBER,
    MESSAGE,
    REACTION,
    REDACTION,
    RelationKind,
    RoomEvent,
    relation_of,
)
from appservice.ids import EventId, UserId, server_of
from appservice.languages import DEFAULT_LANGUAGE, Language
from feed.derive import Derivation
from feed.groups import GroupRows
from feed.model import Change
from feed.names import Names
from feed.ordering import Arrivals, OrderKeys
from feed.ours import CREATE, CurrentState, OwnRooms
from feed.raw import RawRows
from feed.tables import FeedTables

STATE_TYPES = frozenset(
    {
        CREATE,
        "m.room.name",
        "m.room.power_levels",
        "m.room.history_visibility",
        "m.room.tombstone",
        "org.parvis.group",
        "org.parvis.roles",
        "org.parvis.connection",
        MEMBER,
    }
)


class Projection:
    """Writes one generation of the tables."""

    def __init__(
        self,
        *,
        database: Database,
        tables: FeedTables,
        homeserver: CurrentState,
        arrivals: Arrivals,
        bot: UserId,
        creators: Collection[UserId],
        language: Language = DEFAULT_LANGUAGE,
    ) -> None:
        """*creators* are the accounts whose rooms are ours; *language* is the organization's."""
        self._database = database
        self._homeserver = homeserver
        self._bot = bot
        # A group is derived from several rooms, and rooms are told side by side; on SQLite the one
        # writer gives turns, and those who wait share a commit.
        self._turn = nullcontext() if database.is_sqlite else asyncio.Lock()
        self._rooms = OwnRooms(
            database=database, tables=tables, homeserver=homeserver, creators=frozenset(creators)
        )
        self._keys = OrderKeys(arrivals=arrivals, bot=bot)
        self._raw = RawRows(tables)
        self._names = Names(tables)
        self._derivation = Derivation(tables, bot=bot, language=language)
        self._groups = GroupRows(tables, creators=frozenset(creators), silent=frozenset(creators))

    async def apply(
        self, events: Sequence[RoomEvent], *, certain: bool = False
    ) -> Sequence[Change]:
        """Take in *events* of one room, if it is ours; return what open pages may show.

        *certain*: state events among them are the room's present state, asked for just now.
        """
        events = [event for event in events if not event.soft_failed]
        state = [event for event in events if event.type in STATE_TYPES and _is_state(event)]
        messages = [event for event in events if not _is_state(event)]
        if not state and not messages:
            return ()
        unnoted = await self._rooms.unnoted(events)
        if unnoted is None:
            return ()
        members = [event for event in state if event.type == MEMBER]
        if not certain:
            state = await self._certain(state)
        if not any(event.type == CREATE for event in state):
            state += unnoted
        keys = await self._keys.of([event for event in messages if _kind(event) == "message"])

        async def work(connection: AsyncConnection) -> Sequence[Change]:
            await self._names.add(connection, members)
            return await self._write(connection, state, messages, keys)

        async with self._turn:
            return await self._database.run(work)

    async def remember(self, events: Sequence[RoomEvent]) -> None:
        """Take in what members were called in the past of a room of ours."""
        async with self._turn:
            await self._database.run(lambda connection: self._names.add(connection, events))

    async def _write(
        self,
        connection: AsyncConnection,
        state: Sequence[RoomEvent],
        messages: Sequence[RoomEvent],
        keys: Mapping[EventId, int],
    ) -> Sequence[Change]:
        changes: list[Change] = []
        if state:
            await self._raw.add_state(connection, state)
            changes += await self._groups.refresh(connection, state)
            if any(event.type == "org.parvis.group" for event in state):
                self._rooms.look_again()
        touched, reacted = await self._add_messages(connection, messages, keys)
        if touched:
            changes += await self._derivation.refresh(connection, touched)
        if reacted:
            changes += await self._derivation.reacted(connection, reacted)
        return changes

    async def _add_messages(
        self,
        connection: AsyncConnection,
        events: Sequence[RoomEvent],
        keys: Mapping[EventId, int],
    ) -> tuple[Mapping[EventId, str], Collection[EventId]]:
        """Store the raw rows; return the messages to derive, with the cause, and those that only
        got a reaction.
        """
        kinds: dict[str, list[RoomEvent]] = {"message": [], "edit": [], "reaction": [], "gone": []}
        for event in events:
            if kind := _kind(event):
                kinds[kind].append(event)
        await self._raw.add_messages(connection, kinds["message"], keys)
        await self._raw.add_edits(connection, kinds["edit"])
        await self._raw.add_reactions(connection, kinds["reaction"])
        gone = await self._raw.add_redactions(connection, kinds["gone"])
        if gone:
            await self._names.let_go(connection, gone)
        touched = dict.fromkeys(_targets(kinds["edit"]), "edit")
        touched |= dict.fromkeys((event.event_id for event in kinds["message"]), "post")
        touched |= dict.fromkeys(gone, "deletion")
        return touched, set(_targets(kinds["reaction"])) - touched.keys()

    async def _certain(self, events: Sequence[RoomEvent]) -> list[RoomEvent]:
        """Replace events that may be stale by what the homeserver says now."""
        if not events:
            return []
        known = await self._database.run(
            lambda connection: self._raw.state_times(connection, events)
        )
        newest: dict[tuple[str, str], RoomEvent] = {}
        for event in events:
            newest[event.type, event.state_key or ""] = event
        sure = []
        for key, event in newest.items():
            foreign = server_of(event.sender) != server_of(self._bot)
            if foreign or event.origin_ts < known.get(key, 0):
                present = await self._homeserver.state_event(event.room_id, *key)
                sure += [present] if present else []
            else:
                sure.append(event)
        return sure


def _is_state(event: RoomEvent) -> bool:
    return event.state_key is not None


def _kind(event: RoomEvent) -> str:
    """Return what a message-like event is to the feed, or an empty text."""
    if event.type == REDACTION:
        return "gone" if event.redacts else ""
    relation = relation_of(event.content)
    if event.type == REACTION:
        return "reaction" if relation and relation.kind is RelationKind.ANNOTATION else ""
    if event.type != MESSAGE:
        return ""
    return "edit" if relation and relation.kind is RelationKind.REPLACE else "message"


def _targets(events: Sequence[RoomEvent]) -> list[EventId]:
    return [relation.target for event in events if (relation := relation_of(event.content))]
