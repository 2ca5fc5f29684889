"""Which uploaded files of a case that is forgotten are still to be deleted: those no event leads to yet."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for them."""
    op.add_column("forgotten", sa.Column("files", sa.Text(), nullable=False, server_default="[]"))
