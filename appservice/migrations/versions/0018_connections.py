"""What connections learnt: another proof, quiet hours, cards that begin anew, silence."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what they need."""
    op.add_column("connections", sa.Column("old_scheme", sa.Text()))
    op.add_column("connections", sa.Column("hushed", sa.BigInteger()))
    op.create_table(
        "watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("looked", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in (
        sa.Column("heard", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("generation", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("former", sa.Text(), nullable=False, server_default=""),
    ):
        op.add_column("cases", column)
    op.create_index(
        "deliveries_resting",
        "deliveries",
        ["connection"],
        sqlite_where=sa.text("state = 3"),
        postgresql_where=sa.text("state = 3"),
    )
