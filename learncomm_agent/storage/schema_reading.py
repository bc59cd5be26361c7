"""The tables of how far rooms are read, of who was told so, and of thanks."""

import sqlalchemy as sa

from learncomm_agent.storage.schema import Moment, metadata

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("room_id", sa.ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("since", Moment),
    sa.Column("read_to", sa.Text),
    sa.Column("read_at", Moment),
    sa.Column("is_whole", sa.Boolean(create_constraint=False), nullable=False),
)
"""Up to which message, by the platform's id, a room was read from `since` on (NULL: from its beginning)."""

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("room_id", sa.ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("posted_at", Moment, nullable=False),
    sa.Column("message", sa.Text),
)
"""When a room was told that it is read, and by which post of ours."""

told = sa.Table(
    "told",
    metadata,
    sa.Column("account_id", sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("told_at", Moment, nullable=False),
)
"""Who was told on their own what is kept here, before anything of theirs was."""

thanks = sa.Table(
    "thanks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("community_id", sa.ForeignKey("communities.id", ondelete="CASCADE"), nullable=False),
    sa.Column("room_id", sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    sa.Column("giver_id", sa.ForeignKey("members.id", ondelete="CASCADE"), nullable=False),
    sa.Column("receiver_id", sa.ForeignKey("members.id", ondelete="CASCADE"), nullable=False),
    sa.Column(
        "writing_id", sa.ForeignKey("writings.id", ondelete="CASCADE"), nullable=False, unique=True
    ),
    sa.Column("message", sa.Text),
    sa.Column("said_in", sa.Text),
    sa.Column("thanked_at", Moment, nullable=False),
    sa.Index("thanks_by_time", "community_id", "thanked_at"),
    sa.Index("thanks_between", "giver_id", "receiver_id"),
    sa.Index("thanks_for", "room_id", "message"),
    sa.Index("thanks_said_in", "room_id", "said_in"),
    sqlite_autoincrement=True,
)
"""Who thanked whom, in which room, for which message and by which, by the platform's ids.

What for stands in the request of its writing, under `why`, and nowhere else: a round-up of a month's
thanks reads both, and where one has gone, the other has.
"""
