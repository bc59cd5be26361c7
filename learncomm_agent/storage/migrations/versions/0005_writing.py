"""Drafts that leaders look over, votes on questions, segments that were read, speakers of recordings.

Written out, so that it makes the same tables whatever later versions look like.
"""

from alembic import op

revision = "0005"
down_revision = "0004"

CHANGES = """
ALTER TABLE spaces ADD COLUMN desk TEXT;
ALTER TABLE members ADD COLUMN is_named BOOLEAN NOT NULL DEFAULT '0';
ALTER TABLE shares ADD COLUMN is_held BOOLEAN NOT NULL DEFAULT '0';

CREATE TABLE drafts (
    writing_id INTEGER NOT NULL,
    community_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    desk_id INTEGER,
    asked_at BIGINT NOT NULL,
    reminded_at BIGINT,
    decided_at BIGINT,
    decided_by INTEGER,
    PRIMARY KEY (writing_id),
    FOREIGN KEY(writing_id) REFERENCES writings (id) ON DELETE CASCADE,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(desk_id) REFERENCES rooms (id) ON DELETE SET NULL,
    FOREIGN KEY(decided_by) REFERENCES members (id) ON DELETE SET NULL
);
CREATE INDEX drafts_open ON drafts (community_id) WHERE state = 'open';

CREATE TABLE edits (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    item_id INTEGER NOT NULL,
    text TEXT,
    place INTEGER,
    is_struck BOOLEAN NOT NULL,
    member_id INTEGER,
    edited_at BIGINT NOT NULL,
    FOREIGN KEY(item_id) REFERENCES items (id) ON DELETE CASCADE,
    FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE SET NULL
);
CREATE INDEX edits_of_item ON edits (item_id);

CREATE TABLE readings (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    community_id INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    content JSON NOT NULL,
    read_at BIGINT NOT NULL,
    UNIQUE (key),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE
);
CREATE INDEX readings_of_room ON readings (room_id, first);

CREATE TABLE ballots (
    writing_id INTEGER NOT NULL,
    community_id INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    most INTEGER NOT NULL,
    opened_at BIGINT NOT NULL,
    closes_at BIGINT,
    closed_at BIGINT,
    PRIMARY KEY (writing_id),
    FOREIGN KEY(writing_id) REFERENCES writings (id) ON DELETE CASCADE,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE
);
CREATE INDEX ballots_open ON ballots (room_id) WHERE closed_at IS NULL;

CREATE TABLE proposals (
    item_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    proposed_at BIGINT NOT NULL,
    PRIMARY KEY (item_id),
    FOREIGN KEY(item_id) REFERENCES items (id) ON DELETE CASCADE,
    FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);
CREATE INDEX proposals_of_member ON proposals (member_id);

CREATE TABLE votes (
    item_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    voted_at BIGINT NOT NULL,
    PRIMARY KEY (item_id, member_id),
    FOREIGN KEY(item_id) REFERENCES items (id) ON DELETE CASCADE,
    FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);
CREATE INDEX votes_of_member ON votes (member_id);

CREATE TABLE speakers (
    resource_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    member_id INTEGER,
    PRIMARY KEY (resource_id, name),
    FOREIGN KEY(resource_id) REFERENCES resources (id) ON DELETE CASCADE,
    FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);
CREATE INDEX speakers_of_member ON speakers (member_id)
"""


def upgrade() -> None:
    """Add them; nothing that is there changes."""
    for statement in CHANGES.split(";"):
        op.execute(statement)
