"""The tables of codes by which members link their accounts."""

import sqlalchemy as sa

from learncomm_agent.storage.schema import Moment, metadata

link_codes = sa.Table(
    "link_codes",
    metadata,
    sa.Column("account_id", sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("room_id", sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("made_at", Moment, nullable=False),
)
"""The code that an account was given last, as a hash under a salt of its own, and where it asked for it."""

link_tries = sa.Table(
    "link_tries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("account_id", sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    sa.Column("tried_at", Moment, nullable=False),
    sa.Index("link_tries_by_time", "tried_at"),
    sqlite_autoincrement=True,
)
"""When an account tried a code that was none; which, stands nowhere."""
