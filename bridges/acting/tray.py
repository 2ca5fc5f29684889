"""The tray of what people want done at a source: one row for each Matrix event that asked for it.

    waiting --> sending --> sent         the source did it
       ^          |   `--> refused       it will not, and the asker was told why
       |          v
       `------- doubt ---> perhaps       we ended, or the line was cut, before the answer
    waiting --> withdrawn                the message was deleted before it went

Of a doubtful comment the source is asked whether it has it. Rows of one connection go in order.
"""

import hashlib
import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from appservice.database import Change, Database, insert_new
from appservice.ids import EventId, RoomId, UserId
from bridges.acting.store import actions_table
from bridges.casebook import CaseKey

_PATIENCE_MS = 24 * 3600 * 1000
_NO_SIGNS = re.compile("[\\s*_\\\\:\u2060]+")


class Kind(StrEnum):
    """What is wanted."""

    COMMENT = "comment"
    CLOSE = "close"
    ASSIGN = "assign"
    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"


class ActState(StrEnum):
    """How it stands with it."""

    WAITING = "waiting"
    SENDING = "sending"
    DOUBT = "doubt"
    SENT = "sent"
    REFUSED = "refused"
    PERHAPS = "perhaps"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Wanted:
    """What somebody wants done. *key* names it for all time: the event that asked.

    *room_id* is where it is told what became of it, in the thread of *root* where there is one.
    *target* is the key of the comment that is changed or deleted.
    """

    key: str
    connection: str
    case_id: str
    kind: Kind
    sender: UserId
    author: str
    words: str
    room_id: RoomId
    root: EventId = EventId("")
    target: str = ""

    @property
    def mark(self) -> str:
        """Return the word by which its comment is known again at the source."""
        return hashlib.sha256(f"act:{self.key}".encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Row:
    """A wish as it stands; times are milliseconds since 1970, *begun* that of the first try."""

    wanted: Wanted
    state: ActState
    tries: int
    due: int
    begun: int
    until: int
    remote: str
    print: str
    """What its comment is known by when all else fails; it outlives the words."""


def print_of(text: str) -> str:
    """Return a word for what *text* says, whatever marks and spaces a source puts around."""
    return hashlib.sha256(_NO_SIGNS.sub("", text).encode()).hexdigest()[:32]


class ActionTray:
    """The questions about what is wanted."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    def enqueue(self, *wanted: Wanted) -> Change:
        """Return what puts wishes into the tray; one that lies there already is left alone."""
        until = _now() + _PATIENCE_MS
        return Change(_insert, tuple(_values(one, until) for one in wanted))

    def forgetting(self, case: CaseKey) -> Change:
        """Return the change that forgets what was wanted of a case; what is not done yet is not."""
        return Change(_forget, ({"of": case[0], "case": case[1]},))

    async def put(self, *wanted: Wanted) -> None:
        """Commit wishes."""
        await self._database.write(self.enqueue(*wanted))

    async def row(self, key: str) -> Row | None:
        """Return the row of *key*, or None."""
        rows = await self._database.read(_by_keys, {"wanted": [key]})
        return _parse(rows[0]) if rows else None

    async def rows(self, keys: Collection[str]) -> Mapping[str, Row]:
        """Return those of *keys* that lie in the tray."""
        rows = await self._database.read(_by_keys, {"wanted": list(keys)})
        return {row.key: _parse(row) for row in rows}

    async def first(self) -> Sequence[Row]:
        """Return of each connection the first that is not settled, the oldest first."""
        states = (ActState.WAITING, ActState.DOUBT)
        firsts = sa.select(sa.func.min(_c.seq)).where(_c.state.in_(states)).group_by(_c.connection)
        rows = await self._database.read(
            sa.select(actions_table).where(_c.seq.in_(firsts)).order_by(_c.seq)
        )
        return [_parse(row) for row in rows]

    async def of_cases(
        self, cases: Sequence[CaseKey], remotes: Sequence[str], prints: Sequence[str]
    ) -> Sequence[Row]:
        """Return the comments on *cases* that are on their way, or that are among these."""
        rows = await self._database.read(
            sa.select(actions_table)
            .where(sa.tuple_(_c.connection, _c.case_id).in_(cases))
            .where(_c.kind == Kind.COMMENT)
            .where(
                sa.or_(
                    _c.remote.in_(remotes),
                    _c.print.in_(prints),
                    _c.state.in_((ActState.SENDING, ActState.DOUBT)),
                )
            )
        )
        return [_parse(row) for row in rows]

    async def known_remotes(self, case: CaseKey) -> frozenset[str]:
        """Return the source's ids of our comments on a case."""
        rows = await self._database.read(
            sa.select(_c.remote).where(
                _c.connection == case[0], _c.case_id == case[1], _c.remote != ""
            )
        )
        return frozenset(row.remote for row in rows)

    async def hand(self, key: str) -> bool:
        """Note that it is done now; return False if it was withdrawn meanwhile."""

        async def work(connection: Any) -> bool:
            done = await connection.execute(_hand, {"the_key": key, "at": _now()})
            return bool(done.rowcount)

        return await self._database.run(work)

    async def withdraw(self, key: str) -> None:
        """Take back what has not gone out."""
        await self._database.write(Change(_withdraw, ({"the_key": key},)))

    async def settle(self, key: str, state: ActState, *with_it: Change, remote: str = "") -> None:
        """Note how it ended; what was said is forgotten here. *with_it* is committed together."""
        settled = Change(_settle, ({"the_key": key, "now": state.value, "became": remote},))
        await self._database.write(settled, *with_it)

    async def put_off(self, key: str, state: ActState, *, due: int) -> None:
        """Have it tried, or looked for, again at *due*."""
        row = {"the_key": key, "now": state.value, "then": due}
        await self._database.write(Change(_put_off, (row,)))

    async def doubt(self) -> None:
        """Note at the start that nobody knows what became of what was being done."""
        await self._database.write(Change(_doubt))


_c = actions_table.c
_insert = insert_new(actions_table)
_by_keys = sa.select(actions_table).where(_c.key.in_(sa.bindparam("wanted", expanding=True)))
_one = sa.update(actions_table).where(_c.key == sa.bindparam("the_key"))
_hand = _one.where(_c.state == ActState.WAITING).values(
    state=ActState.SENDING.value,
    begun=sa.case((_c.begun == 0, sa.bindparam("at")), else_=_c.begun),
)
_withdraw = _one.where(_c.state == ActState.WAITING).values(
    state=ActState.WITHDRAWN.value, words=""
)
_settle = _one.values(state=sa.bindparam("now"), remote=sa.bindparam("became"), words="")
_put_off = _one.values(state=sa.bindparam("now"), tries=_c.tries + 1, due=sa.bindparam("then"))
_forget = sa.delete(actions_table).where(
    _c.connection == sa.bindparam("of"), _c.case_id == sa.bindparam("case")
)
_doubt = (
    sa.update(actions_table)
    .where(_c.state == ActState.SENDING)
    .values(state=ActState.DOUBT.value, due=0)
)


def _values(wanted: Wanted, until: int) -> dict[str, object]:
    return {
        "key": wanted.key,
        "connection": wanted.connection,
        "case_id": wanted.case_id,
        "kind": wanted.kind.value,
        "sender": wanted.sender,
        "author": wanted.author,
        "words": wanted.words,
        "print": print_of(wanted.author + wanted.words),
        "room_id": wanted.room_id,
        "root": wanted.root,
        "target": wanted.target,
        "state": ActState.WAITING.value,
        "tries": 0,
        "due": 0,
        "begun": 0,
        "until": until,
        "remote": "",
    }


def _parse(row: sa.Row[Any]) -> Row:
    wanted = Wanted(
        key=row.key,
        connection=row.connection,
        case_id=row.case_id,
        kind=Kind(row.kind),
        sender=UserId(row.sender),
        author=row.author,
        words=row.words,
        room_id=RoomId(row.room_id),
        root=EventId(row.root),
        target=row.target,
    )
    return Row(
        wanted=wanted,
        state=ActState(row.state),
        tries=row.tries,
        due=row.due,
        begun=row.begun,
        until=row.until,
        remote=row.remote,
        print=row.print,
    )


def _now() -> int:
    return int(time.time() * 1000)
