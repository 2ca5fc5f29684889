"""How often a call came again after it was taken in."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for the number, and find those that did."""
    repeats = sa.Column("repeats", sa.Integer(), nullable=False, server_default="0")
    op.add_column("deliveries", repeats)
    op.create_index(
        "deliveries_repeated",
        "deliveries",
        ["connection"],
        sqlite_where=sa.text("repeats > 0"),
        postgresql_where=sa.text("repeats > 0"),
    )
