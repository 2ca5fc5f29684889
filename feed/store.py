"""The questions that pages ask, each answered only with what the viewer may see.

The one rule of sight stands in `_seen`: posts of rooms that the viewer's account is in, as long as
the room shows its history to members.
"""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.database import Database
from appservice.ids import EventId, RoomId, UserId, server_of
from appservice.payload import Payload
from feed.folding import folded, words_of
from feed.held import PUBLISHING, level_of
from feed.labels import most_used
from feed.model import Access, Comment, GroupView, Page, Person, Post, Thread, Viewer
from feed.queries import matching, newest_in
from feed.shaping import Shaper, person_of
from feed.sight import groups_for
from feed.tables import FeedTables
from feed.threads import comments_of, thread_rows
from feed.unread import unread_rooms

_PAGE = 20
_FOUR_WEEKS_MS = 28 * 24 * 3600 * 1000


class FeedStore:
    """Reads the serving generation."""

    def __init__(self, *, database: Database, tables: FeedTables, bot: UserId) -> None:
        self._database = database
        self.tables = tables
        self._bot = bot

    async def joined(self, user_id: UserId) -> frozenset[RoomId]:
        """Return the rooms that an account is in."""
        members = self.tables.members.c
        rows = await self._database.read(
            sa.select(members.room_id).where(
                members.user_id == user_id, members.membership == "join"
            )
        )
        return frozenset(RoomId(row[0]) for row in rows)

    async def groups(self, viewer: Viewer, *, now: int) -> Sequence[GroupView]:
        """Return every group that the viewer may know of, in the order of lists."""

        async def work(connection: AsyncConnection) -> Sequence[GroupView]:
            return await self._groups(connection, viewer, since=now - _FOUR_WEEKS_MS)

        return await self._database.look(work)

    async def own_groups(self, viewer: Viewer) -> Sequence[GroupView]:
        """Return the groups that the viewer is in, with whether they hold anything unread."""

        async def work(connection: AsyncConnection) -> Sequence[GroupView]:
            groups = await self._seen(connection, viewer)
            found = await connection.execute(unread_rooms(self.tables, viewer.user_id))
            unread = {row.room_id for row in found}
            return [replace(group, unread=group.posts_room_id in unread) for group in groups]

        return await self._database.look(work)

    async def group(self, viewer: Viewer, slug: str, *, now: int) -> GroupView | None:
        """Return one group by its address, or None if there is none for the viewer."""
        for group in await self.groups(viewer, now=now):
            if group.slug == slug:
                return group
        return None

    async def home(self, viewer: Viewer, *, cursor: str = "") -> Page:
        """Return the newest posts of all groups that the viewer is in."""

        async def work(connection: AsyncConnection) -> Page:
            groups = await self._seen(connection, viewer)
            return await self._page(connection, viewer, groups, cursor)

        return await self._database.look(work)

    async def group_posts(
        self, viewer: Viewer, group: GroupView, *, cursor: str = "", label: str = ""
    ) -> Page:
        """Return the newest posts of one group, none if the viewer is not in it.

        With *label*, those that carry it, however it is written.
        """

        async def work(connection: AsyncConnection) -> Page:
            seen = await self._seen(connection, viewer)
            only = [one for one in seen if one.uuid == group.uuid]
            return await self._page(connection, viewer, only, cursor, label=folded(label))

        return await self._database.look(work)

    async def labels(self, group: GroupView) -> Sequence[tuple[str, int]]:
        """Return the labels that a group's posts carry most, with their numbers, to its readers."""
        if not group.read_rooms:
            return ()
        rows = await self._database.read(most_used(self.tables, group.read_rooms))
        return [(row.word, row.number) for row in rows]

    async def post(self, viewer: Viewer, event_id: EventId) -> Post | None:
        """Return one post, or None if there is none for the viewer."""
        table = self.tables.messages

        async def work(connection: AsyncConnection) -> Post | None:
            groups = await self._seen(connection, viewer)
            rooms = _read_rooms(groups)
            found = await connection.execute(
                sa.select(table)
                .where(table.c.event_id == event_id, table.c.root == "")
                .where(table.c.deleted == sa.false(), table.c.room_id.in_(rooms))
            )
            posts = await self._shaper(connection, viewer, groups).posts(found.all())
            return posts[0] if posts else None

        return await self._database.look(work)

    async def held(self, viewer: Viewer, group: GroupView) -> Sequence[Post]:
        """Return the posts of a group that wait: all, for who may publish, or the viewer's own."""
        table = self.tables.messages

        async def work(connection: AsyncConnection) -> Sequence[Post]:
            seen = [one for one in await self._seen(connection, viewer) if one.uuid == group.uuid]
            own = table.c.sender == viewer.user_id
            room_id = group.posts_room_id
            level = await level_of(connection, self.tables, viewer.user_id, room_id)
            found = await connection.execute(
                sa.select(table)
                .where(table.c.room_id.in_(_read_rooms(seen)))
                .where(table.c.held == sa.true(), sa.true() if level >= PUBLISHING else own)
                .order_by(table.c.at, table.c.event_id)
                .limit(_PAGE)
            )
            return await self._shaper(connection, viewer, seen).posts(found.all())

        return await self._database.look(work)

    async def held_post(self, viewer: Viewer, event_id: EventId) -> Post | None:
        """Return a post that waits and that the viewer may publish, or None."""
        table = self.tables.messages

        async def work(connection: AsyncConnection) -> Post | None:
            groups = await self._seen(connection, viewer)
            found = await connection.execute(
                sa.select(table)
                .where(table.c.event_id == event_id, table.c.held == sa.true())
                .where(table.c.room_id.in_(_read_rooms(groups)))
            )
            posts = await self._shaper(connection, viewer, groups).posts(found.all())
            if not posts:
                return None
            level = await level_of(connection, self.tables, viewer.user_id, posts[0].room_id)
            return posts[0] if level >= PUBLISHING else None

        return await self._database.look(work)

    async def level(self, viewer: Viewer, group: GroupView) -> int:
        """Return the power level that the viewer's account holds in a group's posts room."""
        of = (self.tables, viewer.user_id, group.posts_room_id)
        return await self._database.look(lambda connection: level_of(connection, *of))

    async def thread(
        self, viewer: Viewer, post: Post, *, before: str = "", since: str = ""
    ) -> Thread:
        """Return a page of comments of a post that the viewer may see, and the steps of its case.

        *before* and *since* are cursors: the comments before the one, or from the other on; with
        neither, the newest.
        """

        async def work(connection: AsyncConnection) -> Thread:
            shaper = self._shaper(connection, viewer, [post.group])
            steps = (await connection.execute(comments_of(self.tables, post, steps=True))).all()
            rows, older, newer = await thread_rows(
                connection, self.tables, post, before=before, since=since
            )
            return Thread(
                comments=tuple(await shaper.comments(rows)),
                steps=tuple(await shaper.comments(list(reversed(steps)))),
                older=older,
                newer=newer,
            )

        return await self._database.look(work)

    async def comment(self, viewer: Viewer, post: Post, event_id: EventId) -> Comment | None:
        """Return one comment of a post that the viewer may see, or None if it has none such."""
        table = self.tables.messages

        async def work(connection: AsyncConnection) -> Comment | None:
            found = await connection.execute(
                sa.select(table)
                .where(table.c.event_id == event_id, table.c.root == post.event_id)
                .where(table.c.deleted == sa.false())
            )
            shaped = await self._shaper(connection, viewer, [post.group]).comments(found.all())
            return shaped[0] if shaped else None

        return await self._database.look(work)

    async def post_of(self, event_id: EventId) -> EventId | None:
        """Return the post below which a comment hangs; what the viewer may see of it comes after."""
        table = self.tables.messages.c
        rows = await self._database.read(
            sa.select(table.root).where(table.event_id == event_id, table.deleted == sa.false())
        )
        return EventId(rows[0].root) if rows and rows[0].root else None

    async def content_of(self, event_id: EventId) -> Payload:
        """Return what a message of a viewer's own says now, as it stands in its room."""
        messages, edits, redacted = self.tables.messages, self.tables.edits, self.tables.redacted
        rows = await self._database.read(
            sa.select(messages.c.base, edits.c.content)
            .select_from(messages)
            .outerjoin(
                edits,
                (edits.c.target == messages.c.event_id)
                & (edits.c.sender == messages.c.sender)
                & (edits.c.room_id == messages.c.room_id)
                & edits.c.event_id.not_in(sa.select(redacted.c.event_id)),
            )
            .where(messages.c.event_id == event_id)
            .order_by(edits.c.at.desc(), edits.c.event_id.desc())
            .limit(1)
        )
        return Payload.parse(bytes(rows[0].content or rows[0].base)) if rows else Payload()

    async def search(self, viewer: Viewer, query: str) -> Sequence[Post]:
        """Return the newest posts that hold all words of *query*, or whose comments do."""
        words = words_of(query)
        if not words:
            return ()
        table = self.tables.messages

        async def work(connection: AsyncConnection) -> Sequence[Post]:
            groups = await self._seen(connection, viewer)
            hits = (
                sa.select(sa.case((table.c.root == "", table.c.event_id), else_=table.c.root))
                .where(table.c.id.in_(matching(connection, self.tables.search, words)))
                .where(table.c.room_id.in_(_read_rooms(groups)))
            )
            found = await connection.execute(
                sa.select(table)
                .where(table.c.event_id.in_(hits), table.c.deleted == sa.false())
                .order_by(table.c.at.desc(), table.c.event_id.desc())
                .limit(_PAGE)
            )
            return await self._shaper(connection, viewer, groups).posts(found.all())

        return await self._database.look(work)

    async def person(self, viewer: Viewer, user_id: UserId) -> Person | None:
        """Return a person whom the viewer meets in some room."""
        members = self.tables.members.c
        rows = await self._database.read(
            sa.select(members.name, members.avatar)
            .where(members.user_id == user_id, members.membership == "join")
            .where(members.room_id.in_(await self.joined(viewer.user_id)))
            .order_by(members.at.desc())
            .limit(1)
        )
        own = server_of(self._bot)
        return person_of(user_id, rows[0].name, rows[0].avatar, own=own) if rows else None

    async def posts_of(self, viewer: Viewer, user_id: UserId) -> Sequence[Post]:
        """Return a person's newest posts that the viewer may see."""
        table = self.tables.messages

        async def work(connection: AsyncConnection) -> Sequence[Post]:
            groups = await self._seen(connection, viewer)
            found = await connection.execute(
                sa.select(table)
                .where(table.c.sender == user_id, table.c.root == "")
                .where(table.c.deleted == sa.false())
                .where(table.c.room_id.in_(_read_rooms(groups)))
                .order_by(table.c.at.desc(), table.c.event_id.desc())
                .limit(_PAGE)
            )
            return await self._shaper(connection, viewer, groups).posts(found.all())

        return await self._database.look(work)

    async def people(self, group: GroupView) -> Sequence[Person]:
        """Return who is in a group; only its members, or anybody for an open one, learn it."""
        if not group.joined and group.access is not Access.OPEN:
            return ()
        members = self.tables.members.c
        rows = await self._database.read(
            sa.select(members.user_id, members.name, members.avatar)
            .where(members.room_id == group.space_id, members.membership == "join")
            .where(members.user_id != self._bot)
        )
        own = server_of(self._bot)
        # A database sorts É behind Z.
        ordered = sorted(rows, key=lambda row: (folded(row.name), row.user_id))
        return [person_of(UserId(row.user_id), row.name, row.avatar, own=own) for row in ordered]

    async def knows(self, event_id: EventId, *, gone: bool = False) -> bool:
        """Tell whether a message, an edit or a reaction was taken in, or its redaction."""
        present = (self.tables.messages, self.tables.edits, self.tables.reactions)
        tables = (self.tables.redacted,) if gone else present
        found = sa.union_all(
            *(sa.select(table.c.event_id).where(table.c.event_id == event_id) for table in tables)
        )
        return bool(await self._database.read(found))

    async def may_see_media(self, viewer: Viewer, path: str) -> bool:
        """Tell whether something that the viewer may see shows the media at *path*."""
        media = self.tables.media.c
        rows = await self._database.read(
            sa.select(media.room_id)
            .where(media.mxc == path)
            .where(media.room_id.in_(await self.joined(viewer.user_id)))
            .limit(1)
        )
        return bool(rows)

    async def _seen(self, connection: AsyncConnection, viewer: Viewer) -> Sequence[GroupView]:
        groups = await self._groups(connection, viewer)
        return [group for group in groups if group.read_rooms]

    async def _groups(
        self, connection: AsyncConnection, viewer: Viewer, *, since: int | None = None
    ) -> Sequence[GroupView]:
        return await groups_for(connection, self.tables, viewer, since=since)

    async def _page(
        self,
        connection: AsyncConnection,
        viewer: Viewer,
        groups: Sequence[GroupView],
        cursor: str,
        *,
        label: str = "",
    ) -> Page:
        """Merge the newest posts of each room: the cost is rooms times one page, not history."""
        if not groups:
            return Page(())
        rooms = [
            newest_in(self.tables, room_id, cursor, limit=_PAGE + 1, label=label)
            for room_id in _read_rooms(groups)
        ]
        every = sa.union_all(*(sa.select(room.subquery()) for room in rooms)).subquery()
        newest = (
            sa.select(every.c.event_id)
            .order_by(every.c.at.desc(), every.c.event_id.desc())
            .limit(_PAGE + 1)
        )
        table = self.tables.messages
        found = await connection.execute(
            sa.select(table)
            .where(table.c.event_id.in_(newest))
            .order_by(table.c.at.desc(), table.c.event_id.desc())
        )
        rows = found.all()
        posts = await self._shaper(connection, viewer, groups).posts(rows[:_PAGE])
        return Page(tuple(posts), posts[-1].cursor if len(rows) > _PAGE else "")

    def _shaper(
        self, connection: AsyncConnection, viewer: Viewer, groups: Sequence[GroupView]
    ) -> Shaper:
        return Shaper(connection, self.tables, viewer, groups, bot=self._bot)


def _read_rooms(groups: Sequence[GroupView]) -> list[RoomId]:
    return [room_id for group in groups for room_id in group.read_rooms]
