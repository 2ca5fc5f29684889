"""The first kept tables."""

from alembic import op

from appservice.database import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every kept table."""
    metadata.create_all(op.get_bind())
