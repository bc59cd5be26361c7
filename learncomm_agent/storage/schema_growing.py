"""The tables of goals that members set themselves, of what is published beyond the chat, and of what is kept how long."""

import sqlalchemy as sa

from learncomm_agent.storage.columns import key, row_id
from learncomm_agent.storage.schema import Moment, metadata

goals = sa.Table(
    "goals",
    metadata,
    row_id(),
    key("communities", "community_id"),
    key("members", "member_id"),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("is_suggested", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("unanswered", sa.Integer, nullable=False, server_default="0"),
    key("sessions", "session_id", "SET NULL", null=True),
    sa.Index("goals_of_member", "member_id", "state"),
    sqlite_autoincrement=True,
)
"""What a member wants to learn, in their own words; theirs alone until they share it."""

publications = sa.Table(
    "publications",
    metadata,
    row_id(),
    key("communities", "community_id"),
    key("writings", "writing_id", null=True),
    key("rooms", "room_id", null=True),
    key("accounts", "account_id", "SET NULL", null=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("published_at", Moment, nullable=False),
    sa.Column("hidden", sa.JSON, nullable=False),
    sa.UniqueConstraint("writing_id"),
    sqlite_autoincrement=True,
)
"""What a leader put on the community's page for others: a published summary, or the resource list of a room.

`hidden` holds names that stand in its words and are not shown, also once nobody is called so any more.
"""

retention = sa.Table(
    "retention",
    metadata,
    sa.Column(
        "community_id", sa.ForeignKey("communities.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("days", sa.Integer, nullable=False),
)
"""How long a kind of data is kept, as leaders chose; for ever where nothing stands."""
