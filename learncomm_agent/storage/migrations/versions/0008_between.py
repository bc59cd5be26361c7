"""What happens between sessions: promises, matches, feedback, goals, and what is said unasked.

Written out, so that it makes the same tables whatever later versions look like.
"""

from alembic import op

revision = "0008"
down_revision = "0007"

CHANGES = """
ALTER TABLE members ADD COLUMN is_thanked BOOLEAN NOT NULL DEFAULT '1';

CREATE TABLE retention (
    community_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    days INTEGER NOT NULL,
    PRIMARY KEY (community_id, kind),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE
);

CREATE TABLE salts (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    salt BLOB NOT NULL,
    until BIGINT NOT NULL,
    UNIQUE (community_id, purpose),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE
);

CREATE TABLE avoided (
    member_id INTEGER NOT NULL,
    other_id INTEGER NOT NULL,
    PRIMARY KEY (member_id, other_id),
    FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE,
    FOREIGN KEY(other_id) REFERENCES members (id) ON DELETE CASCADE
);

CREATE TABLE nudged (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    kinds JSON NOT NULL,
    sent_at BIGINT NOT NULL,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);
CREATE INDEX nudged_by_time ON nudged (member_id, sent_at);

CREATE TABLE nudges (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject INTEGER NOT NULL,
    due BIGINT NOT NULL,
    expires BIGINT,
    UNIQUE (member_id, kind, subject),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);
CREATE INDEX nudges_due ON nudges (community_id, due);

CREATE TABLE profiles (
    member_id INTEGER NOT NULL,
    community_id INTEGER NOT NULL,
    offers TEXT NOT NULL,
    wants TEXT NOT NULL,
    languages JSON NOT NULL,
    hours JSON NOT NULL,
    capacity INTEGER NOT NULL,
    is_open BOOLEAN NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (member_id),
    FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE
);

CREATE TABLE quiet (
    member_id INTEGER NOT NULL,
    per_week INTEGER,
    starts INTEGER,
    ends INTEGER,
    stopped JSON NOT NULL,
    is_stopped BOOLEAN NOT NULL,
    PRIMARY KEY (member_id),
    FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);

CREATE TABLE tokens (
    salt_id INTEGER NOT NULL,
    token TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (salt_id, token),
    FOREIGN KEY(salt_id) REFERENCES salts (id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE feedback (
    id INTEGER NOT NULL,
    community_id INTEGER NOT NULL,
    room_id INTEGER,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    day TEXT NOT NULL,
    state TEXT NOT NULL,
    reply TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE SET NULL
);

CREATE TABLE pulses (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    question TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    closes_at BIGINT NOT NULL,
    closed_at BIGINT,
    result JSON,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE
);
CREATE INDEX pulses_of_room ON pulses (room_id, opened_at);

CREATE TABLE recurring (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    rule JSON NOT NULL,
    next_at BIGINT NOT NULL,
    last_at BIGINT,
    account_id INTEGER,
    UNIQUE (room_id, kind),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE,
    FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE SET NULL
);
CREATE INDEX recurring_next ON recurring (community_id, next_at);

CREATE TABLE goals (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    is_suggested BOOLEAN NOT NULL,
    unanswered INTEGER DEFAULT '0' NOT NULL,
    session_id INTEGER,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE,
    FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE SET NULL
);
CREATE INDEX goals_of_member ON goals (member_id, state);

CREATE TABLE lessons (
    id INTEGER NOT NULL,
    community_id INTEGER NOT NULL,
    session_id INTEGER,
    playbook TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    reply TEXT DEFAULT '' NOT NULL,
    day TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE CASCADE
);

CREATE TABLE matches (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    session_id INTEGER,
    kind TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    ended_at BIGINT,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE SET NULL
);

CREATE TABLE publications (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    writing_id INTEGER,
    room_id INTEGER,
    account_id INTEGER,
    title TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    hidden JSON NOT NULL,
    UNIQUE (writing_id),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(writing_id) REFERENCES writings (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE,
    FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE SET NULL
);

CREATE TABLE pulse_answers (
    pulse_id INTEGER NOT NULL,
    token TEXT NOT NULL,
    score INTEGER NOT NULL,
    PRIMARY KEY (pulse_id, token),
    FOREIGN KEY(pulse_id) REFERENCES pulses (id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE ratings (
    session_id INTEGER NOT NULL,
    token TEXT NOT NULL,
    score INTEGER NOT NULL,
    PRIMARY KEY (session_id, token),
    FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE actions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    item_id INTEGER NOT NULL,
    session_id INTEGER,
    owner_id INTEGER,
    added_by INTEGER,
    state TEXT NOT NULL,
    due BIGINT,
    is_day BOOLEAN DEFAULT '1' NOT NULL,
    result TEXT,
    said TEXT DEFAULT '' NOT NULL,
    sequence INTEGER DEFAULT '0' NOT NULL,
    made_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    done_at BIGINT,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE,
    UNIQUE (item_id),
    FOREIGN KEY(item_id) REFERENCES items (id) ON DELETE CASCADE,
    FOREIGN KEY(session_id) REFERENCES sessions (id) ON DELETE SET NULL,
    FOREIGN KEY(owner_id) REFERENCES members (id) ON DELETE SET NULL,
    FOREIGN KEY(added_by) REFERENCES members (id) ON DELETE SET NULL
);
CREATE INDEX actions_of_owner ON actions (owner_id, state);
CREATE INDEX actions_of_room ON actions (room_id, state);

CREATE TABLE decisions (
    item_id INTEGER NOT NULL,
    community_id INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    decided_at BIGINT NOT NULL,
    review_at BIGINT,
    reviewed_at BIGINT,
    is_dropped BOOLEAN DEFAULT '0' NOT NULL,
    PRIMARY KEY (item_id),
    FOREIGN KEY(item_id) REFERENCES items (id) ON DELETE CASCADE,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE
);
CREATE INDEX decisions_of_room ON decisions (room_id, decided_at);

CREATE TABLE matched (
    match_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    role TEXT NOT NULL,
    left_at BIGINT,
    PRIMARY KEY (match_id, member_id),
    FOREIGN KEY(match_id) REFERENCES matches (id) ON DELETE CASCADE,
    FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);
CREATE INDEX matched_member ON matched (member_id);
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in CHANGES.split(";"):
        if statement.strip():
            op.execute(statement)
