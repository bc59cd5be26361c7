"""Spaces that are left, leaders by role, how far rooms are read, who was told so, thanks.

Written out, so that it makes the same tables whatever later versions look like.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

CHANGES = """
ALTER TABLE spaces ADD COLUMN name TEXT;
ALTER TABLE spaces ADD COLUMN leader_roles JSON;
ALTER TABLE spaces ADD COLUMN left_at BIGINT;

CREATE TABLE cursors (
    room_id INTEGER NOT NULL,
    since BIGINT,
    read_to TEXT,
    read_at BIGINT,
    is_whole BOOLEAN NOT NULL,
    PRIMARY KEY (room_id),
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE
);

CREATE TABLE notices (
    room_id INTEGER NOT NULL,
    posted_at BIGINT NOT NULL,
    message TEXT,
    PRIMARY KEY (room_id),
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE
);

CREATE TABLE told (
    account_id INTEGER NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (account_id),
    FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE TABLE thanks (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    community_id INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    giver_id INTEGER NOT NULL,
    receiver_id INTEGER NOT NULL,
    writing_id INTEGER NOT NULL,
    message TEXT,
    said_in TEXT,
    thanked_at BIGINT NOT NULL,
    UNIQUE (writing_id),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE,
    FOREIGN KEY(giver_id) REFERENCES members (id) ON DELETE CASCADE,
    FOREIGN KEY(receiver_id) REFERENCES members (id) ON DELETE CASCADE,
    FOREIGN KEY(writing_id) REFERENCES writings (id) ON DELETE CASCADE
);
CREATE INDEX thanks_by_time ON thanks (community_id, thanked_at);
CREATE INDEX thanks_between ON thanks (giver_id, receiver_id);
CREATE INDEX thanks_for ON thanks (room_id, message);
CREATE INDEX thanks_said_in ON thanks (room_id, said_in);

CREATE INDEX posts_of_room ON posts (room_id)
"""


def upgrade() -> None:
    """Add them; nothing that is there changes."""
    for statement in CHANGES.split(";"):
        op.execute(statement)
