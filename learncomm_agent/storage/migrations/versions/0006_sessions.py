"""Sessions: their state, their rooms, what they wrote, and why the facilitator did what it did.

Written out, so that it makes the same tables whatever later versions look like.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

CHANGES = """
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    community_id INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    playbook TEXT NOT NULL,
    title TEXT NOT NULL,
    phase TEXT NOT NULL,
    revision INTEGER NOT NULL,
    content JSON NOT NULL,
    salt BLOB NOT NULL,
    made_at BIGINT NOT NULL,
    ended_at BIGINT,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE
);
CREATE INDEX sessions_of_community ON sessions (community_id);
CREATE INDEX sessions_open ON sessions (room_id) WHERE ended_at IS NULL;

CREATE TABLE session_rooms (
    session_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    PRIMARY KEY (session_id, number),
    FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE
);
CREATE INDEX session_rooms_of_room ON session_rooms (room_id);

CREATE TABLE session_writings (
    writing_id INTEGER NOT NULL,
    session_id INTEGER NOT NULL,
    effect INTEGER NOT NULL,
    PRIMARY KEY (writing_id),
    FOREIGN KEY(writing_id) REFERENCES writings (id) ON DELETE CASCADE,
    FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE CASCADE
);
CREATE INDEX session_writings_of_session ON session_writings (session_id);

CREATE TABLE session_marks (
    session_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    content JSON NOT NULL,
    PRIMARY KEY (session_id, name),
    FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE CASCADE
);

CREATE TABLE session_tokens (
    session_id INTEGER NOT NULL,
    token TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (session_id, token),
    FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE session_bases (
    session_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (session_id, kind, number),
    FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE CASCADE
);
CREATE INDEX session_bases_by_number ON session_bases (kind, number);

CREATE TABLE session_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    session_id INTEGER NOT NULL,
    noted_at BIGINT NOT NULL,
    content JSON NOT NULL,
    FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE CASCADE
);
CREATE INDEX session_log_of_session ON session_log (session_id, id);
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in CHANGES.split(";"):
        if statement.strip():
            op.execute(statement)
