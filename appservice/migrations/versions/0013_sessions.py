"""Sessions know their browser and when they were last used; those that stand begin anew to be idle."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    for column in (
        sa.Column("seen", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("browser", sa.Text(), nullable=False, server_default=""),
    ):
        op.add_column("sessions", column)
    sessions = sa.table("sessions", sa.column("seen", sa.BigInteger()))
    op.execute(sa.update(sessions).values(seen=int(time.time() * 1000)))
