"""The tables of what members think, without a name: nothing in them leads to whoever wrote it.

Tables of marks have no row ids: those would tell in which order people came.
"""

import sqlalchemy as sa

from learncomm_agent.storage.columns import key, row_id
from learncomm_agent.storage.schema import Moment, metadata

salts = sa.Table(
    "salts",
    metadata,
    row_id(),
    key("communities", "community_id"),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("until", Moment, nullable=False),
    sa.UniqueConstraint("community_id", "purpose"),
    sqlite_autoincrement=True,
)
"""Keys under which a limit counts who has spoken; thrown away at their end, and all counts with them."""

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("salt_id", sa.ForeignKey("salts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""How often somebody has spoken, by a mark that nobody can turn back once its key is gone."""

feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    key("communities", "community_id"),
    key("rooms", "room_id", "SET NULL", null=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("day", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reply", sa.Text, nullable=False, server_default=""),
)
"""What somebody put into the box, or asked, without a name; its id is drawn by lot, its time is a day."""

pulses = sa.Table(
    "pulses",
    metadata,
    row_id(),
    key("communities", "community_id"),
    key("rooms", "room_id"),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("closes_at", Moment, nullable=False),
    sa.Column("closed_at", Moment),
    sa.Column("result", sa.JSON(none_as_null=True)),
    sa.Index("pulses_of_room", "room_id", "opened_at"),
    sqlite_autoincrement=True,
)
"""A short question to a room; the result is counts from low to high, where enough have answered."""

pulse_answers = sa.Table(
    "pulse_answers",
    metadata,
    sa.Column("pulse_id", sa.ForeignKey("pulses.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("score", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Answers to a pulse that is open, each under a mark of that pulse; deleted when it closes."""

ratings = sa.Table(
    "ratings",
    metadata,
    sa.Column("session_id", sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("score", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""How members rated a session, 1 to 5, each under a mark whose key is thrown away."""

lessons = sa.Table(
    "lessons",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    key("communities", "community_id"),
    key("sessions", "session_id", null=True),
    sa.Column("playbook", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("reply", sa.Text, nullable=False, server_default=""),
    sa.Column("day", sa.Text, nullable=False),
)
"""One open line of a member on a session, without a name, or what a leader changes next time and did change."""
