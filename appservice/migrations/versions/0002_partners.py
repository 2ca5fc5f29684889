"""Groups that are shared with partner organizations."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for the partners of a group; so far there are none."""
    op.add_column("groups", sa.Column("partners", sa.JSON(), nullable=False, server_default="[]"))
