"""The ledger of cases and of what was told about them."""

import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote

import sqlalchemy as sa

from appservice.database import Change, Database, insert_new, upsert
from appservice.ids import EventId
from appservice.outbox_rows import outbox_table
from bridges.case_names import COLUMNS, are_names, have_same_names, marks_for, marks_of
from bridges.cases import Case, decode, encode
from bridges.readings import Activity
from bridges.row_keys import (
    continued_key,
    edit_key,
    flat_key,
    loud_key,
    root_key,
    root_mark,
    step_key,
)
from bridges.store import activities_table, cases_table, forgotten_table

CaseKey: TypeAlias = tuple[str, str]
"""The connection's id and the case's; empty where something happened to no case."""

_EVENT = re.compile(r"\$[\w.:+=-]+")
_DIGEST = "digest:"
"""Begins in the ledger what notes that a digest named a case."""
_ASKED_AT_ONCE = 1000
"""Three values each, and SQLite takes 32,766 in one question."""


@dataclass(frozen=True)
class KnownCase:
    """A case as stored. *shown* is the look that the room has, empty if it has no card yet;
    *edited* (milliseconds) is when its card was last said, *heard* when the call with its last
    news came, *generation* how often its card was renewed. *root* is the event of its card once that
    came back, *announced* (milliseconds) when it was last said once more in the room itself.
    """

    case: Case
    shown: str
    edits: int
    edited: int
    muted: bool
    heard: int = 0
    generation: int = 0
    root: EventId = EventId("")
    announced: int = 0


@dataclass(frozen=True)
class Continued:
    """A case whose new card became an event; *former* is the outbox key of the card before."""

    connection: str
    case_id: str
    case: Case
    event_id: EventId
    former: str
    generation: int


class Casebook:
    """The questions about cases."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def known(self, keys: Sequence[CaseKey]) -> Mapping[CaseKey, KnownCase]:
        """Return those of the cases of which something was heard before."""
        rows = await self._database.read(_cases, {"wanted": list(keys)})
        return {
            (row.connection, row.case_id): KnownCase(
                decode(bytes(row.state)),
                row.shown,
                row.edits,
                row.edited,
                bool(row.muted),
                row.heard or row.edited,
                row.generation,
                EventId(row.root_event or ""),
                row.announced,
            )
            for row in rows
        }

    async def told(
        self, activities: Iterable[tuple[CaseKey, str]]
    ) -> Mapping[CaseKey, frozenset[str]]:
        """Return those of *activities* (case and key) that were told before."""
        wanted = sorted({(*case, key) for case, key in activities})
        found: dict[CaseKey, set[str]] = {}
        for start in range(0, len(wanted), _ASKED_AT_ONCE):
            some = wanted[start : start + _ASKED_AT_ONCE]
            for row in await self._database.read(_told, {"wanted": some}):
                found.setdefault((row.connection, row.case_id), set()).add(row.key)
        return {case: frozenset(keys) for case, keys in found.items()}

    async def forgotten(self, cases: Collection[CaseKey]) -> frozenset[CaseKey]:
        """Return those of *cases* of which nothing is to be told any more."""
        marks = {root_mark(root_key(*case)): case for case in cases}
        rows = await self._database.read(_forgotten, {"marks": list(marks)})
        return frozenset(marks[row.mark] for row in rows)

    async def said(self, case: CaseKey) -> Sequence[str]:
        """Return the outbox keys of what may have been said about a case alone."""
        rows = await self._database.read(_one_of_all, {"of": case[0], "case": case[1]})
        keys: list[str] = []
        for row in rows:
            keys += [root_key(*case, number) for number in range(row.generation + 1)]
            keys += [continued_key(*case, number) for number in range(1, row.generation + 1)]
            keys += [edit_key(*case, number) for number in range(1, row.edits + 1)]
        for told in await self._ledger_of(case):
            keys += [key_of(*case, told) for key_of in (step_key, flat_key, loud_key)]
        return keys

    async def digests(self, case: CaseKey) -> Sequence[str]:
        """Return what tells the digests that named a case among others."""
        return [key[len(_DIGEST) :] for key in await self._ledger_of(case) if _is_digest(key)]

    async def _ledger_of(self, case: CaseKey) -> Sequence[str]:
        rows = await self._database.read(_ledger, {"of": case[0], "case": case[1]})
        return [row.key for row in rows]

    async def by_roots(self, event_ids: Sequence[EventId]) -> Mapping[EventId, CaseKey]:
        """Return the cases whose cards are among *event_ids*."""
        if not event_ids:
            return {}
        columns = cases_table.c
        rows = await self._database.read(
            sa.select(columns.connection, columns.case_id, columns.root_event).where(
                columns.root_event.in_(event_ids)
            )
        )
        return {EventId(row.root_event): (row.connection, row.case_id) for row in rows}

    async def root_of(self, case: CaseKey) -> EventId:
        """Return the event of a case's card, or an empty text while it has none."""
        columns = cases_table.c
        rows = await self._database.read(
            sa.select(columns.root_event).where(
                columns.connection == case[0], columns.case_id == case[1]
            )
        )
        return EventId((rows[0].root_event if rows else "") or "")

    async def named(self, connection: str, name: str) -> Sequence[str]:
        """Return the ids of the cases that people call *name*: the number as on the card or without
        sign, the address at the source, or a link to the card.
        """
        if event := _EVENT.search(unquote(name)):
            linked = (await self.by_roots([EventId(event[0])])).values()
            return [case_id for of, case_id in linked if of == connection]
        wanted = name.strip().lower()
        rows = await self._database.read(_marked, dict(marks_for(connection, wanted)))
        return [
            row.case_id
            for row in rows
            if wanted in are_names(row.case_id, decode(bytes(row.state)))
        ]

    async def behind(self, *, limit: int, after: CaseKey = ("", "")) -> Sequence[CaseKey]:
        """Return cases whose cards are older than what is known, after case *after*."""
        columns = cases_table.c
        rows = await self._database.read(
            sa.select(columns.connection, columns.case_id)
            .where(columns.behind)
            .where(sa.tuple_(columns.connection, columns.case_id) > sa.tuple_(*after))
            .order_by(columns.connection, columns.case_id)
            .limit(limit)
        )
        return [(row.connection, row.case_id) for row in rows]

    def put(
        self,
        connection: str,
        case_id: str,
        case: Case,
        known: KnownCase | None,
        shown: str,
        *,
        behind: bool = False,
        heard: int = 0,
        announced: int = 0,
    ) -> Change:
        """Return the change that stores *case*; *shown* is the look that the room will have.

        *behind*: the card is older than that. *heard*: when its news came, 0 if this is none;
        *announced*: when it was said once more, likewise.
        """
        changed = known is None or known.shown != shown
        row = {
            "connection": connection,
            "case_id": case_id,
            "root_key": root_mark(root_key(connection, case_id)),
            "heard": heard or (known.heard if known else 0),
            "state": encode(case),
            "shown": shown,
            "edits": (known.edits if known else 0) + changed,
            "edited": int(time.time() * 1000) if changed or known is None else known.edited,
            "muted": known.muted if known else False,
            "behind": behind,
            "announced": announced or (known.announced if known else 0),
        }
        if known and have_same_names(known.case, case):
            return Change(_put, (row,))
        return Change(_put_named, ({**row, **marks_of(connection, case_id, case)},))

    def renewal(self, connection: str, case_id: str, known: KnownCase) -> Change:
        """Return the change by which the card of a case is a new one from now on."""
        generation = known.generation + 1
        row = {
            "of": connection,
            "case": case_id,
            "to": generation,
            "mark": root_mark(root_key(connection, case_id, generation)),
            "before": root_key(connection, case_id, known.generation),
        }
        return Change(_renew, (row,))

    def ledger(self, connection: str, case_id: str, new: Sequence[Activity]) -> Change:
        """Return the change that remembers *new* as told."""
        rows = ({"connection": connection, "case_id": case_id, "key": item.key} for item in new)
        return Change(_tell, tuple(rows))

    def digested(self, case: CaseKey, first: int) -> Change:
        """Return the change that remembers that a digest named a case; *first* tells it from others."""
        row = {"connection": case[0], "case_id": case[1], "key": f"{_DIGEST}{first}"}
        return Change(_tell, (row,))

    def forgetting(self, case: CaseKey) -> Sequence[Change]:
        """Return the changes that forget all that is known of a case."""
        row = {"of": case[0], "case": case[1]}
        return (Change(_forget_case, (row,)), Change(_forget_ledger, (row,)))

    async def note_roots(self, roots: Mapping[str, EventId]) -> None:
        """Remember which event each card became; cards are named by their marks."""
        rows = tuple({"mark": mark, "became": event_id} for mark, event_id in roots.items())
        await self._database.write(Change(_root, rows))

    async def continued(self, marks: Collection[str]) -> Sequence[Continued]:
        """Return the cases, among those whose cards have one of *marks*, whose former cards do not
        say yet where they go on.
        """
        return [
            Continued(
                row.connection,
                row.case_id,
                decode(bytes(row.state)),
                EventId(row.root_event),
                row.former,
                row.generation,
            )
            for row in await self._database.read(_continued, {"marks": list(marks)})
        ]

    def linked(self, case: Continued) -> Change:
        """Return the change after which the former card of a case says where it goes on."""
        return Change(_link, ({"of": case.connection, "case": case.case_id},))

    async def mute(self, event_ids: Sequence[EventId]) -> None:
        """Say no more about cases whose cards were among *event_ids*."""
        rows = tuple({"card": event_id} for event_id in event_ids)
        await self._database.write(Change(_mute, rows), Change(_mute_unheard, rows))


def _is_digest(key: str) -> bool:
    return key.startswith(_DIGEST) and key[len(_DIGEST) :].isdecimal()


_cases = sa.select(cases_table).where(
    sa.tuple_(cases_table.c.connection, cases_table.c.case_id).in_(
        sa.bindparam("wanted", expanding=True)
    )
)
_marked = sa.union(
    *(
        sa.select(cases_table.c.case_id, cases_table.c.state).where(
            cases_table.c[name] == sa.bindparam(name)
        )
        for name in COLUMNS
    )
)
"""One question for each index: asked for all of them at once, a database may look at every case."""
_told = sa.select(activities_table).where(
    sa.tuple_(
        activities_table.c.connection, activities_table.c.case_id, activities_table.c.key
    ).in_(sa.bindparam("wanted", expanding=True))
)
_continued = (
    sa.select(cases_table)
    .where(cases_table.c.root_key.in_(sa.bindparam("marks", expanding=True)))
    .where(cases_table.c.former != "", cases_table.c.root_event.is_not(None))
)
_forgotten = sa.select(forgotten_table.c.mark).where(
    forgotten_table.c.mark.in_(sa.bindparam("marks", expanding=True))
)
_in_ledger = sa.and_(
    activities_table.c.connection == sa.bindparam("of"),
    activities_table.c.case_id == sa.bindparam("case"),
)
_ledger = sa.select(activities_table.c.key).where(_in_ledger)
_forget_ledger = sa.delete(activities_table).where(_in_ledger)
_NEW_EACH_TIME = ("state", "shown", "edits", "edited", "behind", "heard", "announced")
_put = upsert(cases_table, "connection", "case_id", only=_NEW_EACH_TIME)
_put_named = upsert(cases_table, "connection", "case_id", only=(*_NEW_EACH_TIME, *COLUMNS))
"""SQLite writes an index anew for what is set, also to what it was."""
_one_case = sa.and_(
    cases_table.c.connection == sa.bindparam("of"), cases_table.c.case_id == sa.bindparam("case")
)
_one_of_all = sa.select(cases_table).where(_one_case)
_forget_case = sa.delete(cases_table).where(_one_case)
_renew = (
    sa.update(cases_table)
    .where(_one_case)
    .values(
        generation=sa.bindparam("to"),
        root_key=sa.bindparam("mark"),
        root_event=None,
        former=sa.bindparam("before"),
    )
)
_link = sa.update(cases_table).where(_one_case).values(former="")
_tell = insert_new(activities_table)
_root = (
    sa.update(cases_table)
    .where(cases_table.c.root_key == sa.bindparam("mark"))
    .values(root_event=sa.bindparam("became"))
)
_mute = (
    sa.update(cases_table)
    .where(cases_table.c.root_event == sa.bindparam("card"))
    .values(muted=True)
)
_mute_unheard = (
    sa.update(cases_table)
    .where(cases_table.c.root_event.is_(None))
    .where(
        sa.exists()
        .where(
            outbox_table.c.key
            == "card"
            + sa.case(
                (cases_table.c.generation == 0, ""),
                else_=sa.cast(cases_table.c.generation, sa.Text),
            )
            + ":"
            + cases_table.c.connection
            + ":"
            + cases_table.c.case_id
        )
        .where(outbox_table.c.event_id == sa.bindparam("card"))
    )
    .values(muted=True)
)
"""A card may be deleted before it came back to us, or come back empty: the outbox knows its event."""
