"""Derives posts and comments from raw rows: who hangs below whom, what is shown, how many."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.database import insert_new
from appservice.ids import EventId, RoomId, UserId
from appservice.languages import Language
from appservice.payload import Payload
from feed.folding import folded
from feed.model import Change
from feed.reading import Told, tell, tell_comment
from feed.tables import FeedTables
from feed.typography import french_html, french_text

_DEEPEST = 50
_Row = sa.Row[Any]


class Derivation:
    """Brings the derived columns of one generation up to date."""

    def __init__(self, tables: FeedTables, *, bot: UserId, language: Language) -> None:
        """*language* is that of messages that name none."""
        self._tables = tables
        self._bot = bot
        self._language = language
        self._new_media = insert_new(tables.media)

    async def refresh(
        self, connection: AsyncConnection, touched: Mapping[EventId, str]
    ) -> Sequence[Change]:
        """Derive the *touched* messages and all that hang on them; return what pages may show."""
        roots: dict[EventId, RoomId] = {}
        shown: dict[tuple[str, RoomId, EventId], Change] = {}
        pending: Mapping[EventId, str] = touched
        for _ in range(_DEEPEST):
            rows = await self._messages(connection, list(pending))
            changed = await self._refresh_messages(connection, rows, roots, pending)
            before = {row.event_id: row.root for row in rows}
            for row in await self._messages(connection, list(pending)):
                change = _change(row, before[row.event_id], pending[EventId(row.event_id)])
                shown[change.kind, change.room_id, change.event_id] = change
            pending = dict.fromkeys(await self._hanging_on(connection, changed), "comment")
            if not pending:
                break
        await self._count(connection, list(roots))
        return [change for change in shown.values() if change.event_id]

    async def _messages(
        self, connection: AsyncConnection, event_ids: Sequence[str]
    ) -> Sequence[_Row]:
        table = self._tables.messages
        found = await connection.execute(sa.select(table).where(table.c.event_id.in_(event_ids)))
        return found.all()

    async def _hanging_on(
        self, connection: AsyncConnection, event_ids: Sequence[EventId]
    ) -> list[EventId]:
        table = self._tables.messages
        found = await connection.execute(
            sa.select(table.c.event_id).where(table.c.relates.in_(event_ids))
        )
        return [EventId(row[0]) for row in found]

    async def _refresh_messages(
        self,
        connection: AsyncConnection,
        rows: Sequence[_Row],
        roots: dict[EventId, RoomId],
        causes: Mapping[EventId, str],
    ) -> list[EventId]:
        """Write the derived columns; return the messages on which others may now hang."""
        if not rows:
            return []
        edits = await self._edits(connection, rows)
        gone = await self._gone(connection, [row.event_id for row in rows])
        places = await self._places(connection, rows)
        changed = []
        for row in rows:
            deleted = row.event_id in gone
            root = "" if deleted or not row.relates else places.get(row.relates)
            content, edited_at = edits.get(row.event_id, (row.base, None))
            told = told_of(
                Payload() if deleted else Payload.parse(bytes(content)),
                root,
                by_bot=row.sender == self._bot,
                language=self._language,
            )
            await self._write(connection, row, told, root=root, deleted=deleted, edited=edited_at)
            for place in {row.root, root, row.event_id if root == "" else None}:
                if place:
                    roots[EventId(place)] = RoomId(row.room_id)
            moved = root != row.root or deleted != row.deleted
            if root is not None and (moved or causes[EventId(row.event_id)] == "post"):
                changed.append(EventId(row.event_id))
        return changed

    async def _edits(
        self, connection: AsyncConnection, rows: Sequence[_Row]
    ) -> dict[str, tuple[bytes, int]]:
        """Return the edit that counts, by message: the newest of its own sender that stands."""
        edits = self._tables.edits
        owners = {row.event_id: (row.sender, row.room_id) for row in rows}
        found = await connection.execute(
            sa.select(edits)
            .where(edits.c.target.in_(list(owners)))
            .where(~self._redacted(edits))
            .order_by(edits.c.at, edits.c.event_id)
        )
        return {
            row.target: (bytes(row.content), row.at)
            for row in found
            if owners[row.target] == (row.sender, row.room_id)
        }

    async def _gone(self, connection: AsyncConnection, event_ids: Sequence[str]) -> frozenset[str]:
        table = self._tables.messages
        found = await connection.execute(
            sa.select(table.c.event_id).where(
                table.c.event_id.in_(event_ids), self._redacted(table)
            )
        )
        return frozenset(row[0] for row in found)

    def _redacted(self, table: sa.Table) -> sa.Exists:
        """Return whether a row's event was redacted in its own room: elsewhere anybody may try."""
        redacted = self._tables.redacted.c
        return sa.exists().where(
            redacted.event_id == table.c.event_id, redacted.room_id == table.c.room_id
        )

    async def _places(
        self, connection: AsyncConnection, rows: Sequence[_Row]
    ) -> dict[str, str | None]:
        """Return the post below which an answer to each target belongs; unknown ones are left out."""
        table = self._tables.messages
        targets = {row.relates: row.room_id for row in rows if row.relates}
        found = await connection.execute(
            sa.select(table.c.event_id, table.c.root, table.c.room_id).where(
                table.c.event_id.in_(list(targets))
            )
        )
        return {
            row.event_id: row.event_id if row.root == "" else row.root
            for row in found
            if row.room_id == targets[row.event_id]
        }

    async def _write(
        self,
        connection: AsyncConnection,
        row: _Row,
        told: Told,
        *,
        root: str | None,
        deleted: bool,
        edited: int | None,
    ) -> None:
        table = self._tables.messages
        await connection.execute(
            sa.update(table)
            .where(table.c.id == row.id)
            .values(
                root=root,
                deleted=deleted,
                edited_at=None if deleted else edited,
                title=told.title,
                heading=told.heading,
                html=told.html,
                text=told.text,
                source=told.source,
                language=told.language,
                facts=msgspec.json.encode(told.facts),
                step=told.step,
                robot=told.robot,
                **({"base": b"{}", "relates": ""} if deleted else {}),
            )
        )
        await self._index(connection, row, "" if deleted or root is None else told.words)
        await self._show_media(connection, row, () if deleted else told.media_paths)

    async def _index(self, connection: AsyncConnection, row: _Row, words: str) -> None:
        search = self._tables.search
        await connection.execute(sa.delete(search).where(search.c.rowid == row.id))
        if words:
            value: Any = folded(words)
            if connection.dialect.name != "sqlite":
                value = sa.func.to_tsvector(sa.literal_column("'simple'"), value)
            await connection.execute(sa.insert(search).values(rowid=row.id, words=value))

    async def _show_media(
        self, connection: AsyncConnection, row: _Row, paths: Sequence[str]
    ) -> None:
        media = self._tables.media
        await connection.execute(
            sa.delete(media).where(media.c.source == row.event_id, media.c.room_id == row.room_id)
        )
        rows = [
            {"mxc": path, "room_id": row.room_id, "source": row.event_id} for path in set(paths)
        ]
        if rows:
            await connection.execute(self._new_media, rows)

    async def _count(self, connection: AsyncConnection, roots: Sequence[EventId]) -> None:
        """Write how many comments and steps each post has, and which is the newest of both."""
        table = self._tables.messages
        for root in roots:
            below = (table.c.root == root) & (table.c.deleted == sa.false())
            numbers = await connection.execute(
                sa.select(table.c.step, sa.func.count()).where(below).group_by(table.c.step)
            )
            counts = {bool(row[0]): int(row[1]) for row in numbers}
            newest = {
                step: await connection.scalar(
                    sa.select(table.c.event_id)
                    .where(below, table.c.step == sa.literal(step))
                    .order_by(table.c.at.desc(), table.c.event_id.desc())
                    .limit(1)
                )
                for step in (False, True)
            }
            await connection.execute(
                sa.update(table)
                .where(table.c.event_id == root)
                .values(
                    comments=counts.get(False, 0),
                    steps=counts.get(True, 0),
                    latest_comment=newest[False] or "",
                    latest_step=newest[True] or "",
                )
            )


def told_of(content: Payload, root: str | None, *, by_bot: bool, language: Language) -> Told:
    """Return what a message says as pages show it: people's French with its signs held."""
    told = tell_comment(content, by_bot=by_bot) if root else tell(content, by_bot=by_bot)
    if by_bot or not (told.language or language.value).startswith(Language.FR.value):
        return replace(told, heading=told.title)
    return replace(told, heading=french_text(told.title), html=french_html(told.html))


def _change(row: _Row, root_before: str | None, cause: str) -> Change:
    """Say which post looks different now: the one that the message is, or hangs below."""
    root = row.root or root_before
    post = root or (row.event_id if row.root == "" else "")
    kind = "comment" if root and cause == "post" else cause
    return Change(0, RoomId(row.room_id), kind, EventId(post))
