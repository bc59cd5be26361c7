"""The tables of what is said unasked: what waits for whom, what was sent, how much somebody wants, what recurs."""

import sqlalchemy as sa

from learncomm_agent.storage.schema import Moment, metadata


def _member(name: str = "member_id", *, primary: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey("members.id", ondelete="CASCADE")
    return sa.Column(name, key, primary_key=primary, nullable=False)


def _community() -> sa.Column[int]:
    key = sa.ForeignKey("communities.id", ondelete="CASCADE")
    return sa.Column("community_id", key, nullable=False)


nudges = sa.Table(
    "nudges",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    _community(),
    _member(),
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
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    _community(),
    _member(),
    sa.Column("kinds", sa.JSON, nullable=False),
    sa.Column("sent_at", Moment, nullable=False),
    sa.Index("nudged_by_time", "member_id", "sent_at"),
    sqlite_autoincrement=True,
)
"""What was said unasked to a member, which the budget counts; kept for five weeks."""

quiet = sa.Table(
    "quiet",
    metadata,
    _member(primary=True),
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
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    _community(),
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
