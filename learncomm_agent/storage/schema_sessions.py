"""The tables of sessions: their state, their rooms, what they wrote, and why the facilitator did what it did."""

import sqlalchemy as sa

from learncomm_agent.storage.schema import Moment, metadata


def _session(*, primary: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey("sessions.id", ondelete="CASCADE")
    return sa.Column("session_id", key, primary_key=primary, nullable=False)


sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("community_id", sa.ForeignKey("communities.id", ondelete="CASCADE"), nullable=False),
    sa.Column("room_id", sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    sa.Column("playbook", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
    sa.Index("sessions_of_community", "community_id"),
    sa.Index("sessions_open", "room_id", sqlite_where=sa.text("ended_at IS NULL")),
    sqlite_autoincrement=True,
)
"""A session: `content` is its state as versioned JSON, `revision` counts its changes.

`salt` hides who has entered something anonymously; it is emptied when the session ends.
"""

session_rooms = sa.Table(
    "session_rooms",
    metadata,
    _session(primary=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("room_id", sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False),
    sa.Index("session_rooms_of_room", "room_id"),
)
"""The threads of a session's small groups, by the number of the group."""

session_writings = sa.Table(
    "session_writings",
    metadata,
    sa.Column("writing_id", sa.ForeignKey("writings.id", ondelete="CASCADE"), primary_key=True),
    _session(),
    sa.Column("effect", sa.Integer, nullable=False),
    sa.Index("session_writings_of_session", "session_id"),
)
"""Posts and drafts that a session wrote, by the effect that wished for them."""

session_marks = sa.Table(
    "session_marks",
    metadata,
    _session(primary=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),
)
"""What stands on a platform for a session: polls and calendar entries, by a name such as `poll:17`."""

session_tokens = sa.Table(
    "session_tokens",
    metadata,
    _session(primary=True),
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""How many things somebody has entered anonymously in the stage that runs, as hashes under the session's salt.

They have no row ids, which would tell who came first; dropped when the stage is over.
"""

session_bases = sa.Table(
    "session_bases",
    metadata,
    _session(primary=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Index("session_bases_by_number", "kind", "number"),
)
"""Which messages and resources the state of a session rests on, so that it is found when they go."""

session_log = sa.Table(
    "session_log",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    _session(),
    sa.Column("noted_at", Moment, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Index("session_log_of_session", "session_id", "id"),
    sqlite_autoincrement=True,
)
"""What the facilitator did and why, in words of ours and ids; no member's words."""
