"""A leader's choice whether a room is read, and what language models used.

Written out, so that it makes the same tables whatever later versions look like.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

CHANGES = """
ALTER TABLE rooms ADD COLUMN reading BOOLEAN;

CREATE TABLE usage (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    community_id INTEGER NOT NULL,
    day TEXT NOT NULL,
    model TEXT NOT NULL,
    purpose TEXT NOT NULL,
    calls INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    received INTEGER NOT NULL,
    cached INTEGER NOT NULL,
    UNIQUE (community_id, day, model, purpose),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE
)
"""


def upgrade() -> None:
    """Add them."""
    for statement in CHANGES.split(";"):
        op.execute(statement)
