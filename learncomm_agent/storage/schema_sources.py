"""Tables of what the library brings in by itself: pages behind links, feeds, conversations."""

import sqlalchemy as sa

from learncomm_agent.storage.columns import key
from learncomm_agent.storage.schema import Moment, metadata

pages = sa.Table(
    "pages",
    metadata,
    sa.Column("resource_id", sa.ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True),
    key("communities", "community_id"),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("checked_at", Moment, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("gone_at", Moment),
    sa.Column("check_at", Moment, nullable=False),
    sa.Index("pages_by_address", "community_id", "address"),
    sa.Index("pages_to_check", "check_at"),
)

feeds = sa.Table(
    "feeds",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    key("communities", "community_id"),
    key("rooms", "room_id"),
    sa.Column("member_id", sa.ForeignKey("members.id", ondelete="SET NULL")),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
    sa.Column("checked_at", Moment),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("check_at", Moment, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.UniqueConstraint("room_id", "address"),
    sa.Index("feeds_to_check", "check_at"),
    sqlite_autoincrement=True,
)

feed_entries = sa.Table(
    "feed_entries",
    metadata,
    sa.Column("feed_id", sa.ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    sa.Column("entry", sa.Text, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.PrimaryKeyConstraint("feed_id", "entry"),
)

windows = sa.Table(
    "windows",
    metadata,
    sa.Column("resource_id", sa.ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True),
    key("rooms", "room_id"),
    sa.Column("day", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Index("windows_of_room", "room_id", "day"),
)

window_messages = sa.Table(
    "window_messages",
    metadata,
    sa.Column("resource_id", sa.ForeignKey("windows.resource_id", ondelete="CASCADE")),
    sa.Column("message_id", sa.ForeignKey("messages.id", ondelete="CASCADE")),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.PrimaryKeyConstraint("resource_id", "message_id"),
    sa.Index("window_messages_by_message", "message_id"),
)

collections = sa.Table(
    "collections",
    metadata,
    key("communities", "community_id"),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("dimensions", sa.Integer, nullable=False),
    sa.Column("is_whole", sa.Boolean(create_constraint=False), nullable=False),
    sa.PrimaryKeyConstraint("community_id", "generation"),
)
"""The generations of a community's vectors."""
