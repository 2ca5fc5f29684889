"""Notes what people read, and says which receipts tell their other clients."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.account import MAIN_TIMELINE
from appservice.database import Change, Database, insert_new, upsert
from appservice.ids import EventId, RoomId, UserId
from feed.store import FeedStore
from feed.unread import (
    NEVER,
    Floor,
    read_posts_table,
    read_rooms_table,
    read_state,
    readers_table,
    unread_posts,
    unread_rooms,
)

_VISIT_MS = 30 * 60 * 1000
_NEWS_MS = 28 * 24 * 3600 * 1000
_AHEAD_MS = 24 * 3600 * 1000


@dataclass(frozen=True)
class Seen:
    """A post that was read, with the time of the newest comment shown below it, or NEVER."""

    event_id: EventId
    talk: int = NEVER


@dataclass(frozen=True)
class Receipt:
    """Up to which event a thread, or the main timeline, was read."""

    room_id: RoomId
    event_id: EventId
    thread: str = MAIN_TIMELINE


class ReadMarks:
    """Writes the tables of `unread`. Each call is one unit, whose cost is that of one page."""

    def __init__(self, *, database: Database, store: FeedStore) -> None:
        self._database = database
        self._store = store
        self._new_reader = insert_new(readers_table)
        self._set_room = upsert(read_rooms_table, "user_id", "room_id")
        self._set_post = upsert(read_posts_table, "user_id", "event_id")

    async def begin(self, user_id: UserId, *, now: int) -> None:
        """Note a sign-in; at the first, all that stands already counts as read."""
        await self._database.write(Change(self._new_reader, (_new_reader(user_id, now),)))

    async def last_visit(self, user_id: UserId, *, now: int) -> int:
        """Return when a person last read something before this visit, or NEVER."""
        rows = await self._database.read(
            sa.select(readers_table).where(readers_table.c.user_id == user_id)
        )
        if not rows:
            return NEVER
        here = now - rows[0].latest < _VISIT_MS
        return int(rows[0].before if here else rows[0].latest)

    async def mark(self, user_id: UserId, seen: Sequence[Seen], *, now: int) -> Sequence[Receipt]:
        """Note posts as read."""

        async def work(connection: AsyncConnection) -> Sequence[Receipt]:
            await self._touch(connection, user_id, now)
            return await self._mark(connection, user_id, seen, now)

        return await self._database.run(work)

    async def mark_all(self, user_id: UserId, *, until: int, now: int) -> Sequence[Receipt]:
        """Note all that is not newer than *until* as read."""
        until = min(until, now + _AHEAD_MS)

        async def work(connection: AsyncConnection) -> Sequence[Receipt]:
            await self._touch(connection, user_id, now)
            return await self._mark_all(connection, user_id, until)

        return await self._database.run(work)

    async def _mark(
        self, connection: AsyncConnection, user_id: UserId, seen: Sequence[Seen], now: int
    ) -> list[Receipt]:
        talk = {one.event_id: one.talk for one in seen}
        state = await read_state(connection, self._store.tables, user_id, list(talk))
        posts = self._store.tables.messages.c
        found = await connection.execute(
            sa.select(posts.event_id, posts.room_id, posts.at)
            .where(posts.event_id.in_(list(talk)), posts.root == "")
            .where(posts.room_id.in_(list(state.floors)))
        )
        rows, threads = [], []
        for post in found:
            floor, known = state.floors[post.room_id], state.rows.get(post.event_id, NEVER)
            told = max(talk[post.event_id], known)
            row = {"user_id": user_id, "event_id": post.event_id, "room_id": post.room_id}
            rows.append({**row, "at": post.at, "talk": told})
            if told > max(floor.talk, known):
                threads.append((RoomId(post.room_id), EventId(post.event_id), told))
        if not rows:
            return []
        await connection.execute(self._set_post, rows)
        receipts = []
        for room_id in {RoomId(str(row["room_id"])) for row in rows}:
            floor = state.floors[room_id]
            receipts += await self._advance(connection, user_id, room_id, floor, now)
        return receipts + [await self._thread_receipt(connection, *one) for one in threads]

    async def _advance(
        self, connection: AsyncConnection, user_id: UserId, room_id: RoomId, floor: Floor, now: int
    ) -> list[Receipt]:
        """Move the mark of a room past what is read without a gap; drop the rows it passed."""
        tables = self._store.tables
        unread = unread_posts(tables, user_id, room_id, floor.posts).subquery()
        oldest = await connection.scalar(sa.select(sa.func.min(unread.c.at)))
        newest = await self._newest(connection, room_id)
        reached = oldest - 1 if oldest is not None else newest[1] if newest else NEVER
        posts = max(floor.posts, reached, now - _NEWS_MS)
        talk = max(floor.talk, now - _NEWS_MS)
        row = {"user_id": user_id, "room_id": room_id, "posts": posts, "talk": talk}
        await connection.execute(self._set_room, [row])
        one = read_posts_table.c
        await connection.execute(
            sa.delete(read_posts_table)
            .where(one.user_id == user_id, one.room_id == room_id)
            .where(one.at <= posts, one.talk <= talk)
        )
        last = await self._newest(connection, room_id, until=posts)
        return [Receipt(room_id, last[0])] if last and last[1] > floor.posts else []

    async def _mark_all(
        self, connection: AsyncConnection, user_id: UserId, until: int
    ) -> list[Receipt]:
        found = (await connection.execute(unread_rooms(self._store.tables, user_id))).all()
        reader, one = readers_table.c, read_posts_table.c
        await connection.execute(
            sa.update(readers_table)
            .where(reader.user_id == user_id, reader.since < until)
            .values(since=until)
        )
        await connection.execute(
            sa.delete(read_posts_table).where(
                one.user_id == user_id, one.at <= until, one.talk <= until
            )
        )
        last = [
            (RoomId(row.room_id), await self._newest(connection, row.room_id, until=until))
            for row in found
        ]
        return [Receipt(room_id, post[0]) for room_id, post in last if post]

    async def _newest(
        self, connection: AsyncConnection, room_id: RoomId, *, until: int | None = None
    ) -> tuple[EventId, int] | None:
        """Return the newest post of a room, and its time."""
        posts = self._store.tables.messages.c
        query = sa.select(posts.event_id, posts.at).where(
            posts.room_id == room_id, posts.root == "", posts.deleted == sa.false()
        )
        if until is not None:
            query = query.where(posts.at <= until)
        newest = query.order_by(posts.at.desc(), posts.event_id.desc()).limit(1)
        found = (await connection.execute(newest)).first()
        return (EventId(found.event_id), int(found.at)) if found else None

    async def _thread_receipt(
        self, connection: AsyncConnection, room_id: RoomId, root: EventId, talk: int
    ) -> Receipt:
        comments = self._store.tables.messages.c
        event_id = await connection.scalar(
            sa.select(comments.event_id)
            .where(comments.root == root, comments.at <= talk, comments.step == sa.false())
            .order_by(comments.at.desc(), comments.event_id.desc())
            .limit(1)
        )
        return Receipt(room_id, EventId(event_id), root) if event_id else Receipt(room_id, root)

    async def _touch(self, connection: AsyncConnection, user_id: UserId, now: int) -> None:
        """Note that something was read; what was read before this visit is remembered apart."""
        await connection.execute(self._new_reader, [_new_reader(user_id, now)])
        reader = readers_table.c
        away = reader.latest <= now - _VISIT_MS
        await connection.execute(
            sa.update(readers_table)
            .where(reader.user_id == user_id)
            .values(before=sa.case((away, reader.latest), else_=reader.before), latest=now)
        )


def _new_reader(user_id: UserId, now: int) -> dict[str, object]:
    return {"user_id": user_id, "since": now, "latest": NEVER, "before": NEVER}
