"""The first schema."""

from alembic import op

from learncomm_agent.storage.schema import FULL_TEXT, metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    metadata.create_all(op.get_bind())
    op.execute(FULL_TEXT)
