"""Groups that are still being thought of: no room exists, and only their author knows of them.

begun --answers--> complete --creation policy--> made
--> waits for an approver --> made | refused
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from appservice.database import KEPT, Change, Database, metadata, upsert
from appservice.ids import UserId
from appservice.payload import Payload
from spaces.charter import EMPTY, QUESTIONS, Charter, charter_of
from spaces.vocabulary import Access

drafts_table = sa.Table(
    "group_drafts",
    metadata,
    sa.Column("uuid", sa.Text, primary_key=True),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("access", sa.Text, nullable=False),
    sa.Column("charter", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
    sa.Index("group_drafts_author", "author"),
    info=KEPT,
)


class DraftState(StrEnum):
    """Where a draft is on its way."""

    OPEN = "open"
    WAITING = "waiting"
    MADE = "made"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Split:
    """What a new group takes over: a *label* of the group *origin* (a uuid)."""

    origin: str
    label: str


@dataclass(frozen=True)
class Draft:
    """A group as its author wants it, as far as they have said; *changed* is in milliseconds."""

    uuid: str
    author: UserId
    name: str
    kind: str
    access: Access
    charter: Charter = EMPTY
    state: DraftState = DraftState.OPEN
    changed: int = 0
    split: Split | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the fields of the charter without which no group is made of it."""
        return self.charter.missing(self.access)

    @property
    def short(self) -> str:
        """Return how people name it."""
        return self.uuid[:8]

    def answered(self, answers: Mapping[str, str]) -> "Draft":
        """Return the draft with these fields of the charter filled."""
        known = {question.name for question in QUESTIONS} | {"purpose", "reason"}
        texts: dict[str, Any] = {
            name: " ".join(text.split()) for name, text in answers.items() if name in known
        }
        return replace(self, charter=replace(self.charter, **texts))


class DraftStore:
    """The questions about drafts."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def put(self, draft: Draft) -> None:
        """Store a draft as it is now."""
        row = {
            "uuid": draft.uuid,
            "author": draft.author,
            "name": draft.name,
            "kind": draft.kind,
            "access": draft.access.value,
            "charter": msgspec.json.encode(draft.charter.content() | _split_content(draft.split)),
            "state": draft.state.value,
            "changed": draft.changed,
        }
        await self._database.write(Change(_upsert, (row,)))

    async def get(self, uuid: str) -> Draft | None:
        """Return one draft, whatever became of it."""
        found = await self._where(drafts_table.c.uuid == uuid)
        return found[0] if found else None

    async def of(self, author: UserId) -> Sequence[Draft]:
        """Return what an author has begun, or has waiting, the newest first."""
        return await self._where(
            (drafts_table.c.author == author)
            & drafts_table.c.state.in_((DraftState.OPEN.value, DraftState.WAITING.value))
        )

    async def waiting(self) -> Sequence[Draft]:
        """Return what waits for an approver, the newest first."""
        return await self._where(drafts_table.c.state == DraftState.WAITING.value)

    async def _where(self, condition: sa.ColumnElement[bool]) -> Sequence[Draft]:
        rows = await self._database.read(
            sa.select(drafts_table).where(condition).order_by(drafts_table.c.changed.desc())
        )
        return [
            Draft(
                uuid=row.uuid,
                author=UserId(row.author),
                name=row.name,
                kind=row.kind,
                access=Access(row.access),
                charter=charter_of(said := Payload.parse(bytes(row.charter))),
                split=_split_of(said),
                state=DraftState(row.state),
                changed=row.changed,
            )
            for row in rows
        ]


def _split_content(split: Split | None) -> dict[str, Any]:
    """Return what is kept beside the charter: the columns are for what is asked of every draft."""
    return {"split": {"origin": split.origin, "label": split.label}} if split else {}


def _split_of(said: Payload) -> Split | None:
    origin = said.text("split", "origin")
    return Split(origin, said.text("split", "label")) if origin else None


_upsert = upsert(drafts_table, "uuid")
