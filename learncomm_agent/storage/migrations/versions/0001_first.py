"""The first schema, as it was: what `storage.schema` says now is another matter."""

from alembic import op

revision = "0001"
down_revision = None

SCHEMA = """
CREATE TABLE communities (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    timezone TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (slug)
);

CREATE TABLE state (
    "key" TEXT NOT NULL,
    value JSON NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY ("key")
);

CREATE TABLE work (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    lane TEXT,
    "key" TEXT,
    args JSON,
    due BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    leased_until BIGINT,
    done_at BIGINT,
    error TEXT,
    UNIQUE ("key")
);
CREATE INDEX work_done ON work (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX work_due ON work (due) WHERE done_at IS NULL AND error IS NULL;
CREATE INDEX work_lanes ON work (lane, id) WHERE done_at IS NULL AND error IS NULL;

CREATE TABLE audit (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    at BIGINT NOT NULL,
    account_id INTEGER,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail JSON NOT NULL,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE
);

CREATE TABLE collections (
    community_id INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    model TEXT NOT NULL,
    dimensions INTEGER NOT NULL,
    is_whole BOOLEAN NOT NULL,
    PRIMARY KEY (community_id, generation),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE
);

CREATE TABLE members (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    consent TEXT NOT NULL,
    is_leader BOOLEAN NOT NULL,
    language TEXT,
    timezone TEXT,
    created_at BIGINT NOT NULL,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE
);

CREATE TABLE resources (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    language TEXT,
    text TEXT NOT NULL,
    hash TEXT NOT NULL,
    revision INTEGER NOT NULL,
    added_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE
);
CREATE INDEX resources_by_hash ON resources (community_id, hash);
CREATE INDEX resources_by_source ON resources (community_id, source);

CREATE TABLE spaces (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    platform TEXT NOT NULL,
    platform_id TEXT NOT NULL,
    UNIQUE (platform, platform_id),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE
);

CREATE TABLE accounts (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    member_id INTEGER NOT NULL,
    platform TEXT NOT NULL,
    platform_id TEXT NOT NULL,
    name TEXT NOT NULL,
    is_bot BOOLEAN NOT NULL,
    UNIQUE (community_id, platform, platform_id),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE CASCADE
);

CREATE TABLE chunks (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    resource_id INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    context TEXT NOT NULL,
    text TEXT NOT NULL,
    place JSON NOT NULL,
    hash TEXT NOT NULL,
    model TEXT,
    vector BLOB,
    generation INTEGER,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(resource_id) REFERENCES resources (id) ON DELETE CASCADE
);
CREATE INDEX chunks_of_resource ON chunks (resource_id, ordinal);
CREATE INDEX chunks_to_index ON chunks (community_id) WHERE generation IS NULL;

CREATE TABLE rooms (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    space_id INTEGER NOT NULL,
    platform_id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent TEXT,
    is_read BOOLEAN NOT NULL,
    language TEXT,
    retention_days INTEGER,
    UNIQUE (space_id, platform_id),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(space_id) REFERENCES spaces (id) ON DELETE CASCADE
);

CREATE TABLE messages (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    platform_id TEXT NOT NULL,
    account_id INTEGER,
    state TEXT NOT NULL,
    text TEXT NOT NULL,
    revision INTEGER NOT NULL,
    posted_at BIGINT NOT NULL,
    edited_at BIGINT,
    reply_to TEXT,
    is_addressed BOOLEAN NOT NULL,
    attachments JSON,
    UNIQUE (room_id, platform_id),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE,
    FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE SET NULL
);
CREATE INDEX messages_by_account ON messages (account_id, posted_at);
CREATE INDEX messages_by_time ON messages (room_id, posted_at);

CREATE TABLE writings (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    room_id INTEGER,
    member_id INTEGER,
    is_private BOOLEAN NOT NULL,
    request JSON NOT NULL,
    content JSON NOT NULL,
    trace JSON NOT NULL,
    lost INTEGER NOT NULL,
    verdict TEXT,
    created_at BIGINT NOT NULL,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE,
    FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE SET NULL
);
CREATE INDEX writings_of_member ON writings (member_id, created_at);

CREATE TABLE items (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    writing_id INTEGER NOT NULL,
    section TEXT NOT NULL,
    content JSON NOT NULL,
    FOREIGN KEY(writing_id) REFERENCES writings (id) ON DELETE CASCADE
);
CREATE INDEX items_of_writing ON items (writing_id);

CREATE TABLE posts (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    writing_id INTEGER,
    parts JSON NOT NULL,
    downgrades JSON NOT NULL,
    is_private BOOLEAN NOT NULL,
    posted_at BIGINT NOT NULL,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE,
    UNIQUE ("key"),
    FOREIGN KEY(writing_id) REFERENCES writings (id) ON DELETE SET NULL
);
CREATE INDEX posts_of_writing ON posts (writing_id);

CREATE TABLE shares (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    community_id INTEGER NOT NULL,
    resource_id INTEGER NOT NULL,
    room_id INTEGER,
    member_id INTEGER,
    message_id INTEGER,
    comment TEXT NOT NULL,
    shared_at BIGINT NOT NULL,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(resource_id) REFERENCES resources (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE,
    FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE SET NULL,
    FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE SET NULL
);
CREATE INDEX shares_of_member ON shares (member_id);
CREATE INDEX shares_of_message ON shares (message_id);
CREATE INDEX shares_of_resource ON shares (resource_id, room_id);

CREATE TABLE rests_on (
    item_id INTEGER NOT NULL,
    message_id INTEGER,
    resource_id INTEGER,
    revision INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    quote TEXT NOT NULL,
    FOREIGN KEY(item_id) REFERENCES items (id) ON DELETE CASCADE
);
CREATE INDEX rests_on_message ON rests_on (message_id);
CREATE INDEX rests_on_of_item ON rests_on (item_id);
CREATE INDEX rests_on_resource ON rests_on (resource_id);

CREATE VIRTUAL TABLE chunks_fts USING fts5(
    context, text,
    content='chunks', content_rowid='id',
    tokenize='porter unicode61 remove_diacritics 2'
)
"""


def upgrade() -> None:
    """Make all tables."""
    for statement in SCHEMA.split(";"):
        op.execute(statement)
