"""Tables of the way back: accounts at the sources, and what is to be done there."""

import sqlalchemy as sa

from appservice.database import KEPT, LOCKED, metadata

accounts_table = sa.Table(
    "connection_accounts",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("base_url", sa.Text, nullable=False),
    sa.Column("login", sa.Text, nullable=False),
    sa.Column("token", sa.LargeBinary, nullable=False, info=LOCKED),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("account_name", sa.Text, nullable=False),
    sa.Column("given_by", sa.Text, nullable=False),
    sa.Column("given", sa.BigInteger, nullable=False),
    info=KEPT,
)

actions_table = sa.Table(
    "actions",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("print", sa.Text, nullable=False),
    sa.Column("room_id", sa.Text, nullable=False),
    sa.Column("root", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("due", sa.BigInteger, nullable=False),
    sa.Column("begun", sa.BigInteger, nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False),
    sa.Column("remote", sa.Text, nullable=False),
    sa.Index("actions_by_state", "state", "seq"),
    sa.Index("actions_by_case", "connection", "case_id"),
    info=KEPT,
    sqlite_autoincrement=True,
)
