"""The tables of who can help whom, whom somebody doesn't wish to meet, and who was brought together."""

import sqlalchemy as sa

from learncomm_agent.storage.columns import key, row_id
from learncomm_agent.storage.schema import Moment, metadata

profiles = sa.Table(
    "profiles",
    metadata,
    key("members", "member_id", primary=True),
    key("communities", "community_id"),
    sa.Column("offers", sa.Text, nullable=False),
    sa.Column("wants", sa.Text, nullable=False),
    sa.Column("languages", sa.JSON, nullable=False),
    sa.Column("hours", sa.JSON, nullable=False),
    sa.Column("capacity", sa.Integer, nullable=False),
    sa.Column("is_open", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
)
"""What a member can help with and wants to learn, in which languages, when, and whether they may be matched."""

avoided = sa.Table(
    "avoided",
    metadata,
    key("members", "member_id", primary=True),
    key("members", "other_id", primary=True),
)
"""Whom a member does not wish to be matched with; nobody else is ever told."""

matches = sa.Table(
    "matches",
    metadata,
    row_id(),
    key("communities", "community_id"),
    key("sessions", "session_id", "SET NULL", null=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
    sqlite_autoincrement=True,
)
"""A pair, or a group of three, that was brought together."""

matched = sa.Table(
    "matched",
    metadata,
    key("matches", "match_id", primary=True),
    key("members", "member_id", primary=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("left_at", Moment),
    sa.Index("matched_member", "member_id"),
)
"""Who was in it, as a mentor, a mentee or a buddy."""
