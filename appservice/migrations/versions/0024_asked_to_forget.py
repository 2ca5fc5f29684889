"""Which request forgot a case, and how much was taken back: what a request says that is repeated."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for both."""
    for column in (sa.Column("asked", sa.Text()), sa.Column("messages", sa.Integer())):
        op.add_column("forgotten", column)
    op.create_index("forgotten_asked", "forgotten", ["asked"])
