"""When a case was last said once more in the room itself."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for the time."""
    announced = sa.Column("announced", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("cases", announced)
