"""Tables of the bridges. Connections and ledgers are kept; nothing else could make them again."""

import hashlib

import sqlalchemy as sa

from appservice.database import KEPT, LOCKED, metadata

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_LONGEST_ID, _BEGINNING = 255, 190
"""Signs: three ids of four bytes each fit into an index of PostgreSQL, which takes 2,704 bytes."""


def storable_id(text: str) -> str:
    """Return an id from outside as our tables hold it; of a monstrous one the beginning and a digest."""
    if len(text) <= _LONGEST_ID:
        return text
    return f"{text[:_BEGINNING]}:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"


connections_table = sa.Table(
    "connections",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("app", sa.Text, nullable=False),
    sa.Column("room_id", sa.Text, nullable=False),
    sa.Column("scheme", sa.Text, nullable=False),
    sa.Column("secret", sa.LargeBinary, nullable=False, info=LOCKED),
    sa.Column("old_secret", sa.LargeBinary, info=LOCKED),
    sa.Column("old_until", sa.BigInteger),
    sa.Column("old_scheme", sa.Text),
    sa.Column("hushed", sa.BigInteger),
    sa.Column("shown", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("last_delivery", sa.BigInteger),
    sa.Column("options", sa.Text, nullable=False, server_default="{}"),
    sa.Index("connections_by_room", "room_id"),
    info=KEPT,
)

watch_table = sa.Table(
    "watch",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("looked", sa.BigInteger, nullable=False),
    sa.Column("since", sa.BigInteger, nullable=False),
    info=KEPT,
)

catch_ups_table = sa.Table(
    "catch_ups",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("until", sa.BigInteger, nullable=False),
    info=KEPT,
)
"""Until when all that a source tells of itself was taken in, in milliseconds since 1970."""

pulls_table = sa.Table(
    "pulls",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("cursor", sa.Text, nullable=False),
    sa.Column("etag", sa.Text, nullable=False),
    sa.Column("modified", sa.Text, nullable=False),
    sa.Column("due", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("trouble", sa.Text, nullable=False),
    sa.Column("asked", sa.BigInteger, nullable=False),
    sa.Column("stopped", sa.Boolean, nullable=False),
    info=KEPT,
)

deliveries_table = sa.Table(
    "deliveries",
    metadata,
    sa.Column("seq", _ID, primary_key=True),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("delivery_id", sa.Text, nullable=False),
    sa.Column("headers", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("state", sa.SmallInteger, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("repeats", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("connection", "delivery_id"),
    sa.Index(
        "deliveries_waiting",
        "seq",
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    ),
    sa.Index(
        "deliveries_parked",
        "seq",
        sqlite_where=sa.text("state = 2"),
        postgresql_where=sa.text("state = 2"),
    ),
    sa.Index(
        "deliveries_resting",
        "connection",
        sqlite_where=sa.text("state = 3"),
        postgresql_where=sa.text("state = 3"),
    ),
    sa.Index(
        "deliveries_repeated",
        "connection",
        sqlite_where=sa.text("repeats > 0"),
        postgresql_where=sa.text("repeats > 0"),
    ),
    info=KEPT,
    sqlite_autoincrement=True,
)

cases_table = sa.Table(
    "cases",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("root_key", sa.Text, nullable=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sa.Column("root_event", sa.Text),
    sa.Column("shown", sa.Text, nullable=False),
    sa.Column("edits", sa.Integer, nullable=False),
    sa.Column("edited", sa.BigInteger, nullable=False),
    sa.Column("muted", sa.Boolean, nullable=False),
    sa.Column("behind", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("heard", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("generation", sa.Integer, nullable=False, server_default="0"),
    sa.Column("former", sa.Text, nullable=False, server_default=""),
    sa.Column("announced", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("by_number", sa.Text, nullable=False, server_default=""),
    sa.Column("by_tail", sa.Text, nullable=False, server_default=""),
    sa.Column("by_url", sa.Text, nullable=False, server_default=""),
    sa.Index("cases_by_number", "by_number"),
    sa.Index("cases_by_tail", "by_tail"),
    sa.Index("cases_by_url", "by_url"),
    sa.Index("cases_by_root_event", "root_event"),
    sa.Index("cases_by_root_key", "root_key"),
    sa.Index(
        "cases_behind",
        "connection",
        "case_id",
        sqlite_where=sa.text("behind = 1"),
        postgresql_where=sa.text("behind"),
    ),
    info=KEPT,
)

activities_table = sa.Table(
    "activities",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    info=KEPT,
)

forgotten_table = sa.Table(
    "forgotten",
    metadata,
    sa.Column("mark", sa.Text, primary_key=True),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("roots", sa.Text, nullable=False),
    sa.Column("files", sa.Text, nullable=False, server_default="[]"),
    sa.Column("asked", sa.Text),
    sa.Column("messages", sa.Integer),
    sa.Index("forgotten_asked", "asked"),
    info=KEPT,
)
"""Cases of which nothing is told any more. Once all of one is gone, its *mark* stays, which does not say
what it was, with that of the request (*asked*) which took back so many *messages*.
"""
