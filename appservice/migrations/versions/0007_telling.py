"""What owners want of a connection, cards that wait behind digests, and quicker looks at both trays."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the indexes."""
    op.add_column(
        "connections", sa.Column("options", sa.Text(), nullable=False, server_default="{}")
    )
    op.add_column(
        "cases", sa.Column("behind", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index("cases_by_root_key", "cases", ["root_key"])
    op.create_index(
        "cases_behind",
        "cases",
        ["connection", "case_id"],
        sqlite_where=sa.text("behind = 1"),
        postgresql_where=sa.text("behind"),
    )
    op.create_index(
        "outbox_lanes",
        "outbox",
        ["room_id", "identity", "id"],
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
