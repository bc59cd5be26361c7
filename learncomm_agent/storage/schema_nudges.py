"""The tables of what is said unasked: what waits for whom, what was sent, how much somebody wants, what recurs."""

import sqlalchemy as sa

from learncomm_agent.storage.columns import key, row_id
from learncomm_agent.storage.schema import Moment, metadata

nudges = sa.Table(
    "nudges",
    metadata,
    row_id(),
    key("communities", "community_id"),
    key("members", "member_id"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Integer, nullable=False),
    sa.Column("due", Moment, nullable=False),
    sa.Column("expires", Moment),
    sa.UniqueConstraint("member_id", "kind", "subject"),
    sa.Index("nudges_due", "community_id", "due"),
    sqlite_autoincrement=True,
)
"""What is to be said to one member alone: a kind and what it is about, by its row; never words."""

nudged = sa.Table(
    "nudged",
    metadata,
    row_id(),
    key("communities", "community_id"),
    key("members", "member_id"),
    sa.Column("kinds", sa.JSON, nullable=False),
    sa.Column("sent_at", Moment, nullable=False),
    sa.Index("nudged_by_time", "member_id", "sent_at"),
    sqlite_autoincrement=True,
)
"""What was said unasked to a member, which the budget counts; kept for five weeks."""

quiet = sa.Table(
    "quiet",
    metadata,
    key("members", "member_id", primary=True),
    sa.Column("per_week", sa.Integer),
    sa.Column("starts", sa.Integer),
    sa.Column("ends", sa.Integer),
    sa.Column("stopped", sa.JSON, nullable=False),
    sa.Column("is_stopped", sa.Boolean(create_constraint=False), nullable=False),
)
"""What a member chose: how many messages a week, between which minutes of their day, which kinds not."""

recurring = sa.Table(
    "recurring",
    metadata,
    row_id(),
    key("communities", "community_id"),
    sa.Column("room_id", sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("rule", sa.JSON, nullable=False),
    sa.Column("next_at", Moment, nullable=False),
    sa.Column("last_at", Moment),
    sa.Column("account_id", sa.ForeignKey("accounts.id", ondelete="SET NULL")),
    sa.UniqueConstraint("room_id", "kind"),
    sa.Index("recurring_next", "community_id", "next_at"),
    sqlite_autoincrement=True,
)
"""What a leader ordered to be posted in a room again and again: a kind, a rule (time, zone), the next moment."""
