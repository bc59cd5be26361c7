"""The tables of what was promised and decided; each is a line of a writing, and goes with it."""

import sqlalchemy as sa

from learncomm_agent.storage.columns import key, row_id
from learncomm_agent.storage.schema import Moment, metadata

actions = sa.Table(
    "actions",
    metadata,
    row_id(),
    key("communities", "community_id", "CASCADE"),
    key("rooms", "room_id", "CASCADE"),
    sa.Column(
        "item_id", sa.ForeignKey("items.id", ondelete="CASCADE"), nullable=False, unique=True
    ),
    key("sessions", "session_id", "SET NULL", null=True),
    key("members", "owner_id", "SET NULL", null=True),
    key("members", "added_by", "SET NULL", null=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("due", Moment),
    sa.Column("is_day", sa.Boolean(create_constraint=False), nullable=False, server_default="1"),
    sa.Column("result", sa.Text),
    sa.Column("said", sa.Text, nullable=False, server_default=""),
    sa.Column("sequence", sa.Integer, nullable=False, server_default="0"),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("done_at", Moment),
    sa.Index("actions_of_owner", "owner_id", "state"),
    sa.Index("actions_of_room", "room_id", "state"),
    sqlite_autoincrement=True,
)
"""Who does what by when. Its words are those of its line; `result` is a message of its room, by the platform's
id; `said` are digests of the owner and the day that the line named when it was read last.
"""

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("item_id", sa.ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    key("communities", "community_id", "CASCADE"),
    key("rooms", "room_id", "CASCADE"),
    sa.Column("decided_at", Moment, nullable=False),
    sa.Column("review_at", Moment),
    sa.Column("reviewed_at", Moment),
    sa.Column(
        "is_dropped", sa.Boolean(create_constraint=False), nullable=False, server_default="0"
    ),
    sa.Index("decisions_of_room", "room_id", "decided_at"),
)
"""What was decided; its words and reasons are those of its line."""
