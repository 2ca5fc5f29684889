"""What connections learnt: another proof, and quiet hours."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what they need."""
    op.add_column("connections", sa.Column("old_scheme", sa.Text()))
    op.create_index(
        "deliveries_resting",
        "deliveries",
        ["connection"],
        sqlite_where=sa.text("state = 3"),
        postgresql_where=sa.text("state = 3"),
    )
