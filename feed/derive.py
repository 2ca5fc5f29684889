"""Derives posts and comments from raw rows: who hangs below whom, what is shown, how many.

    touched --> rows --> derive --> write what differs --> those that hang on moved ones: again
                                                       --> count below the posts concerned

A new post takes six statements, so that it is in open pages within milliseconds; a batch of a
walk takes hardly more.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.ids import EventId, RoomId, UserId
from appservice.languages import Language
from appservice.payload import Payload
from feed.model import Change
from feed.reading import Told, tell, tell_comment
from feed.shown import Shown, ShownRows
from feed.tables import FeedTables
from feed.typography import french_html, french_text
from feed.verdicts import Verdicts

_DEEPEST = 50
_AT_ONCE = 1000
"""Messages in one statement: SQLite takes some 32,000 values, and a post may have more comments."""
_LISTED: sa.BindParameter[Any] = sa.bindparam("listed", expanding=True)
_Row = sa.Row[Any]


class Derivation:
    """Brings the derived columns of one generation up to date."""

    def __init__(self, tables: FeedTables, *, bot: UserId, language: Language) -> None:
        """*language* is that of messages that name none."""
        self._bot = bot
        self._language = language
        self._shown = ShownRows(tables)
        self._verdicts = Verdicts(tables, bot=bot)
        messages, edits, redacted = tables.messages.c, tables.edits, tables.redacted
        self._rows = (
            sa.select(tables.messages, redacted.c.event_id.label("gone"))
            .outerjoin(redacted, _same_event(tables.messages, redacted))
            .where(messages.event_id.in_(_LISTED))
            .order_by(messages.id)
        )
        self._roots = sa.select(messages.event_id, messages.room_id, messages.root).where(
            messages.event_id.in_(_LISTED)
        )
        self._hanging = sa.select(messages.event_id, messages.relates, messages.root).where(
            messages.relates.in_(_LISTED)
        )
        self._edits = (
            sa.select(edits)
            .where(edits.c.target.in_(_LISTED))
            .where(~sa.exists().where(_same_event(edits, redacted)))
            .order_by(edits.c.at, edits.c.event_id)
        )

    async def refresh(
        self, connection: AsyncConnection, touched: Mapping[EventId, str]
    ) -> Sequence[Change]:
        """Derive the *touched* messages and all that hang on them; return what pages may show.

        *touched* says for each message what happened: post, edit, deletion.
        """
        posts: set[EventId] = set()
        changes: dict[Change, None] = {}
        pending = touched
        for _ in range(_DEEPEST):
            next_ones: dict[EventId, str] = {}
            for part in _parts(pending):
                shown = await self._derive(connection, part)
                await self._shown.write(connection, shown)
                posts |= _to_be_counted(shown)
                changes |= dict.fromkeys(
                    _change(one.row, one.root, pending[EventId(one.row.event_id)]) for one in shown
                )
                next_ones |= dict.fromkeys(await self._misplaced(connection, shown), "comment")
                next_ones |= _judged(shown)
            pending = next_ones
            if not pending:
                break
        for part in _parts(sorted(posts)):
            await self._shown.count(connection, part)
        return [change for change in changes if change.event_id]

    async def reacted(
        self, connection: AsyncConnection, targets: Collection[EventId]
    ) -> Sequence[Change]:
        """Return the posts that show the reactions to *targets*; nothing is derived from those."""
        found = await connection.execute(self._roots, {"listed": list(targets)})
        posts = {(row.room_id, row.root or row.event_id) for row in found if row.root is not None}
        return [
            Change(0, RoomId(room_id), "reaction", EventId(post)) for room_id, post in sorted(posts)
        ]

    async def _derive(
        self, connection: AsyncConnection, event_ids: Sequence[EventId]
    ) -> Sequence[Shown]:
        rows = (await connection.execute(self._rows, {"listed": event_ids})).all()
        if not rows:
            return []
        edits = await self._edits_of(connection, rows)
        places = await self._places(connection, rows)
        held = await self._verdicts.held(connection, [row for row in rows if self._is_post(row)])
        shown = []
        for row in rows:
            deleted = row.gone is not None
            root = "" if deleted or not row.relates else places.get(row.relates)
            content, edited_at = edits.get(row.event_id, (row.base, None))
            told = told_of(
                Payload() if deleted else Payload.parse(bytes(content)),
                root,
                by_bot=row.sender == self._bot,
                language=self._language,
            )
            waits = row.event_id in held and not deleted
            # What is shown nowhere has no place, and neither has what hangs on it.
            root = None if waits or told.verdict or told.aside else root
            places[row.event_id] = None if root is None else root or row.event_id
            shown.append(Shown(row, root, deleted, edited_at, told, held=waits))
        return shown

    def _is_post(self, row: _Row) -> bool:
        return not row.relates and row.gone is None and row.sender != self._bot

    async def _misplaced(
        self, connection: AsyncConnection, shown: Sequence[Shown]
    ) -> list[EventId]:
        """Return what hangs on those of *shown* that moved, and does not stand where they do."""
        places = {
            one.row.event_id: None if one.root is None else one.root or one.row.event_id
            for one in shown
            if one.moved
        }
        if not places:
            return []
        found = await connection.execute(self._hanging, {"listed": list(places)})
        return [EventId(row.event_id) for row in found if row.root != places[row.relates]]

    async def _edits_of(
        self, connection: AsyncConnection, rows: Sequence[_Row]
    ) -> dict[str, tuple[bytes, int]]:
        """Return the edit that counts, by message: the newest of its own sender that stands."""
        owners = {row.event_id: (row.sender, row.room_id) for row in rows}
        found = await connection.execute(self._edits, {"listed": list(owners)})
        return {
            row.target: (bytes(row.content), row.at)
            for row in found
            if owners[row.target] == (row.sender, row.room_id)
        }

    async def _places(
        self, connection: AsyncConnection, rows: Sequence[_Row]
    ) -> dict[str, str | None]:
        """Return the post below which an answer to each target belongs; unknown ones are left out."""
        targets = {row.relates: row.room_id for row in rows if row.relates}
        if not targets:
            return {}
        found = await connection.execute(self._roots, {"listed": list(targets)})
        return {
            row.event_id: row.event_id if row.root == "" else row.root
            for row in found
            if row.room_id == targets[row.event_id]
        }


def _parts(touched: Collection[EventId]) -> Iterator[list[EventId]]:
    listed = list(touched)
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]


def _judged(shown: Sequence[Shown]) -> dict[EventId, str]:
    """Return the posts of which the bot says something else than before."""
    return {
        EventId(one.row.relates): "post"
        for one in shown
        if one.told.verdict != one.row.verdict and one.row.relates
    }


def _same_event(one: sa.Table, other: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(one.c.event_id == other.c.event_id, one.c.room_id == other.c.room_id)


def _to_be_counted(shown: Sequence[Shown]) -> set[EventId]:
    """Return the posts that have more, fewer or other comments and steps than before."""
    return {
        EventId(post)
        for one in shown
        if one.moved or one.told.step != one.row.step
        for post in (one.row.root, one.root)
        if post
    }


def told_of(content: Payload, root: str | None, *, by_bot: bool, language: Language) -> Told:
    """Return what a message says as pages show it: people's French with its signs held."""
    told = tell_comment(content, by_bot=by_bot) if root else tell(content, by_bot=by_bot)
    if by_bot or not (told.language or language.value).startswith(Language.FR.value):
        return replace(told, heading=told.title)
    return replace(told, heading=french_text(told.title), html=french_html(told.html))


def _change(row: _Row, root: str | None, cause: str) -> Change:
    """Say which post looks different now: the one that the message is, or hangs below."""
    below = root or row.root
    post = below or (row.event_id if root == "" else "")
    kind = "comment" if below and cause == "post" else cause
    return Change(0, RoomId(row.room_id), kind, EventId(post))
