"""What was put aside is counted without looking through everything."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None

_INDEXES = (
    ("event_inbox_parked", "event_inbox", "seq"),
    ("outbox_dead", "outbox", "id"),
    ("deliveries_parked", "deliveries", "seq"),
)


def upgrade() -> None:
    """Make an index of what each tray put aside."""
    aside = sa.text("state = 2")
    for name, table, column in _INDEXES:
        op.create_index(
            name, table, [column], unique=False, sqlite_where=aside, postgresql_where=aside
        )
