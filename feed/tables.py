"""The feed's tables. All are rebuilt from the rooms, so each generation can stand beside another.

    serving generation <-- pages read          `parvis rebuild` fills the other one and switches;
    filling generation <-- rebuild             meanwhile new events go into both

Contents of strangers are kept raw (`base`, `content`); what pages show is derived once per event.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from appservice.database import KEPT, REBUILT, metadata

GENERATIONS = ("a", "b")
SHAPE = 11
"""Raise it whenever a table below changes, or what is written there: the feed is then rebuilt at the next start."""

NOT_DERIVED = b""
"""The facts of a message from which nothing was derived yet."""

_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")

serving_table = sa.Table(
    "feed_serving",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("generation", sa.Text, nullable=False),
    sa.Column("shape", sa.Integer, nullable=False),
    info=KEPT,
)


@dataclass(frozen=True, eq=False)
class FeedTables:
    """One generation."""

    generation: str
    metadata: sa.MetaData
    state: sa.Table
    """Current state events of the kinds that pages need."""
    rooms: sa.Table
    """Our rooms, as the create events that the bot or the co-creator sent say."""
    groups: sa.Table
    members: sa.Table
    names: sa.Table
    """What people were called in a room, by the event of each joining."""
    messages: sa.Table
    """Posts (`root` is empty), comments (`root` names the post), orphans (`root` is null)."""
    edits: sa.Table
    reactions: sa.Table
    redacted: sa.Table
    media: sa.Table
    """Which event or person of a room shows a piece of media."""
    labels: sa.Table
    """Which posts that pages show carry a label: `label` is folded, `word` as it is written."""
    search: sa.Table

    async def create(self, connection: AsyncConnection) -> None:
        """Make what is missing."""
        ordinary = [table for table in self.metadata.sorted_tables if table is not self.search]
        await connection.run_sync(self.metadata.create_all, tables=ordinary)
        await connection.exec_driver_sql(self._search_ddl(connection.dialect.name))
        if connection.dialect.name != "sqlite":
            name = self.search.name
            await connection.exec_driver_sql(
                f"CREATE INDEX IF NOT EXISTS {name}_words ON {name} USING gin (words)"
            )

    async def drop(self, connection: AsyncConnection) -> None:
        """Remove all of it."""
        await connection.run_sync(self.metadata.drop_all)

    async def stand(self, connection: AsyncConnection) -> bool:
        """Tell whether the tables exist."""
        return await connection.run_sync(
            lambda sync: sa.inspect(sync).has_table(self.messages.name)
        )

    def _search_ddl(self, dialect: str) -> str:
        name = self.search.name
        if dialect == "sqlite":
            return (
                f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} "
                'USING fts5(words, tokenize = "unicode61 remove_diacritics 2")'
            )
        return f"CREATE TABLE IF NOT EXISTS {name} (rowid BIGINT PRIMARY KEY, words TSVECTOR)"


@cache
def feed_tables(generation: str) -> FeedTables:
    """Return the tables of *generation*, one of GENERATIONS."""
    own = sa.MetaData()
    made: dict[str, sa.Table] = {}
    for name, columns in _COLUMNS.items():
        full = f"feed_{name}_{generation}"
        made[name] = sa.Table(full, own, *(_fresh(item) for item in columns), info=REBUILT)
    _index_messages(made["messages"])
    sa.Index(f"{made['members'].name}_by_user", made["members"].c.user_id)
    _index_names(made["names"])
    sa.Index(f"{made['edits'].name}_by_target", made["edits"].c.target)
    sa.Index(f"{made['reactions'].name}_by_target", made["reactions"].c.target)
    sa.Index(f"{made['media'].name}_by_source", made["media"].c.source)
    labels = made["labels"]
    sa.Index(f"{labels.name}_in", labels.c.room_id, labels.c.label, labels.c.at, labels.c.event_id)
    sa.Index(f"{labels.name}_newest", labels.c.room_id, labels.c.at)
    return FeedTables(generation, own, **made)


def _index_names(table: sa.Table) -> None:
    sa.Index(f"{table.name}_of", table.c.room_id, table.c.user_id, table.c.at)


def _index_messages(table: sa.Table) -> None:
    columns, posts = table.c, sa.text("root = ''")
    sa.Index(
        f"{table.name}_posts",
        columns.room_id,
        columns.at,
        columns.event_id,
        sqlite_where=posts,
        postgresql_where=posts,
    )
    people = sa.text("root = '' AND robot = false")
    sa.Index(
        f"{table.name}_people",
        columns.room_id,
        columns.at,
        sqlite_where=people,
        postgresql_where=people,
    )
    held = sa.text("held = true")
    sa.Index(
        f"{table.name}_held", columns.room_id, columns.at, sqlite_where=held, postgresql_where=held
    )
    sa.Index(f"{table.name}_thread", columns.root, columns.at, columns.event_id)
    sa.Index(f"{table.name}_relates", columns.relates)
    sa.Index(f"{table.name}_sender", columns.sender, columns.at)


def _fresh(column: sa.Column[Any]) -> sa.Column[Any]:
    return column._copy()  # noqa: SLF001 - SQLAlchemy's own way to use a column in two tables


def _text(name: str, *, key: bool = False, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=null)


def _number(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _raw(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


_COLUMNS: dict[str, tuple[sa.Column[Any], ...]] = {
    "state": (
        _text("room_id", key=True),
        _text("type", key=True),
        _text("state_key", key=True),
        _text("sender"),
        _number("at"),
        _raw("content"),
    ),
    "rooms": (_text("room_id", key=True), _text("uuid"), _text("part"), _text("predecessor")),
    "groups": (
        _text("uuid", key=True),
        _text("slug"),
        _text("name"),
        _text("kind"),
        _text("access"),
        _flag("landmark"),
        _text("place"),
        _text("charter"),
        sa.Column("answers", sa.JSON, nullable=False),
        sa.Column("labels", sa.JSON, nullable=False),
        sa.Column("sources", sa.JSON, nullable=False),
        _text("parent"),
        _text("space_id"),
        _text("posts_id"),
        _text("chat_id"),
        sa.Column("partners", sa.JSON, nullable=False),
        _flag("archived"),
        _number("rests_since"),
        _text("language"),
        _text("rule"),
        _text("successor"),
        sa.Column("former", sa.JSON, nullable=False),
        _number("members"),
    ),
    "members": (
        _text("room_id", key=True),
        _text("user_id", key=True),
        _text("membership"),
        _text("name"),
        _text("avatar"),
        _number("at"),
    ),
    "names": (
        _text("event_id", key=True),
        _text("room_id"),
        _text("user_id"),
        _text("name"),
        _number("at"),
    ),
    "messages": (
        sa.Column("id", _Id, primary_key=True),
        sa.Column("event_id", sa.Text, nullable=False, unique=True),
        _text("room_id"),
        _text("sender"),
        _number("at"),
        _text("relates"),
        _text("in_reply_to"),
        _raw("base"),
        _text("root", null=True),
        _flag("deleted"),
        _number("edited_at", null=True),
        _text("title"),
        _text("heading"),
        _text("html"),
        _text("text"),
        _text("source"),
        _text("language"),
        _raw("facts"),
        _flag("step"),
        _flag("robot"),
        _text("verdict"),
        _flag("held"),
        _number("comments"),
        _number("steps"),
        _text("latest_comment"),
        _text("latest_step"),
    ),
    "edits": (
        _text("event_id", key=True),
        _text("room_id"),
        _text("target"),
        _text("sender"),
        _number("at"),
        _raw("content"),
    ),
    "reactions": (
        _text("event_id", key=True),
        _text("room_id"),
        _text("target"),
        _text("sender"),
        _text("key"),
        _number("at"),
    ),
    "redacted": (_text("event_id", key=True), _text("room_id", key=True)),
    "media": (_text("mxc", key=True), _text("room_id", key=True), _text("source", key=True)),
    "labels": (
        _text("event_id", key=True),
        _text("label", key=True),
        _text("word"),
        _text("room_id"),
        _number("at"),
    ),
    "search": (
        sa.Column("rowid", _Id, primary_key=True),
        sa.Column("words", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql")),
    ),
}
