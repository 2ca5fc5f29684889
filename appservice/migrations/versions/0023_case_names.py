"""Cases are found by their names: marks of their number, of their id, and of their address."""

import hashlib
import json
from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_COLUMNS = ("by_number", "by_tail", "by_url")
_AT_ONCE = 1000


def upgrade() -> None:
    """Make room for the marks, and set those of the cases that are known."""
    for name in _COLUMNS:
        op.add_column("cases", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    cases = sa.table("cases", *map(sa.column, ("connection", "case_id", "state", *_COLUMNS)))
    key, last = sa.tuple_(cases.c.connection, cases.c.case_id), ("", "")
    some = sa.select(cases.c.connection, cases.c.case_id, cases.c.state).limit(_AT_ONCE)
    some = some.order_by(cases.c.connection, cases.c.case_id)
    marked = sa.update(cases).where(
        cases.c.connection == sa.bindparam("of"), cases.c.case_id == sa.bindparam("case")
    )
    bind = op.get_bind()
    while rows := bind.execute(some.where(key > sa.tuple_(*last))).all():
        found = [_marks(row.connection, row.case_id, bytes(row.state)) for row in rows]
        bind.execute(marked.values({name: sa.bindparam(name) for name in _COLUMNS}), found)
        last = (rows[-1].connection, rows[-1].case_id)
    for name in _COLUMNS:
        op.create_index(f"cases_{name}", "cases", [name])


def _marks(connection: str, case_id: str, state: bytes) -> Mapping[str, str]:
    """Return what bridges.case_names says of a case."""
    case = json.loads(state)
    number, url = case.get("number", ""), case.get("url", {}).get("value", "")
    names = (number.lstrip("#!&"), case_id.rpartition("/")[2], url)
    marks = (_mark(connection, name) for name in names)
    return {"of": connection, "case": case_id, **dict(zip(_COLUMNS, marks, strict=True))}


def _mark(connection: str, name: str) -> str:
    whole = f"{connection}:{name.lower()}"
    return hashlib.sha256(whole.encode()).hexdigest()[:16] if name else ""
