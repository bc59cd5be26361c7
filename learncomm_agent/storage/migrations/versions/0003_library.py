"""Pages, feeds, conversations; full text over analysed words.

Written out, so that it makes the same tables whatever later versions look like.
"""

from alembic import op

from learncomm_agent.library.finding.analysis import Analyser

revision = "0003"
down_revision = "0002"

CHANGES = """
ALTER TABLE communities ADD COLUMN library_version INTEGER NOT NULL DEFAULT '0';
ALTER TABLE communities ADD COLUMN reaction TEXT;
ALTER TABLE rooms ADD COLUMN library_version INTEGER NOT NULL DEFAULT '0';
ALTER TABLE rooms ADD COLUMN links TEXT;
ALTER TABLE resources ADD COLUMN author TEXT;
ALTER TABLE resources ADD COLUMN published_at BIGINT;
ALTER TABLE shares ADD COLUMN source TEXT;
CREATE INDEX shares_of_room ON shares (community_id, room_id, resource_id);
CREATE INDEX shares_by_source ON shares (source) WHERE source IS NOT NULL;
ALTER TABLE chunks ADD COLUMN words TEXT NOT NULL DEFAULT '';

CREATE TABLE pages (
    resource_id INTEGER NOT NULL,
    community_id INTEGER NOT NULL,
    address TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    checked_at BIGINT NOT NULL,
    failures INTEGER NOT NULL,
    gone_at BIGINT,
    check_at BIGINT NOT NULL,
    PRIMARY KEY (resource_id),
    FOREIGN KEY(resource_id) REFERENCES resources (id) ON DELETE CASCADE,
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE
);
CREATE INDEX pages_by_address ON pages (community_id, address);
CREATE INDEX pages_to_check ON pages (check_at);

CREATE TABLE feeds (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    community_id INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    member_id INTEGER,
    address TEXT NOT NULL,
    title TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    checked_at BIGINT,
    failures INTEGER NOT NULL,
    check_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (room_id, address),
    FOREIGN KEY(community_id) REFERENCES communities (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE,
    FOREIGN KEY(member_id) REFERENCES members (id) ON DELETE SET NULL
);
CREATE INDEX feeds_to_check ON feeds (check_at);

CREATE TABLE feed_entries (
    feed_id INTEGER NOT NULL,
    entry TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (feed_id, entry),
    FOREIGN KEY(feed_id) REFERENCES feeds (id) ON DELETE CASCADE
);

CREATE TABLE windows (
    resource_id INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    day TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (resource_id),
    FOREIGN KEY(resource_id) REFERENCES resources (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE
);
CREATE INDEX windows_of_room ON windows (room_id, day);

CREATE TABLE window_messages (
    resource_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    PRIMARY KEY (resource_id, message_id),
    FOREIGN KEY(resource_id) REFERENCES windows (resource_id) ON DELETE CASCADE,
    FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE
);
CREATE INDEX window_messages_by_message ON window_messages (message_id);

DROP TABLE chunks_fts;
CREATE VIRTUAL TABLE chunks_fts USING fts5(
    words, content='chunks', content_rowid='id', detail=none,
    tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co M*' tokenchars '_'"
)
"""
BATCH = 1000


def upgrade() -> None:
    """Change the tables, then analyse every chunk that is there, since full text is built on that."""
    for statement in CHANGES.split(";"):
        op.execute(statement)
    _analyse()
    op.execute("INSERT INTO chunks_fts(chunks_fts) VALUES ('rebuild')")


def _analyse() -> None:
    conn = op.get_bind()
    spoken: dict[int, str] = dict(
        conn.exec_driver_sql("SELECT id, language FROM communities").all()
    )
    analyser = Analyser({"en", *spoken.values()})
    after = 0
    while rows := conn.exec_driver_sql(
        "SELECT c.id, c.context, c.text, r.language, c.community_id"
        " FROM chunks c JOIN resources r ON r.id = c.resource_id"
        " WHERE c.id > ? ORDER BY c.id LIMIT ?",
        (after, BATCH),
    ).all():
        analysed = [
            (analyser.words(f"{row[1]}\n{row[2]}", row[3] or spoken[row[4]]), row[0])
            for row in rows
        ]
        conn.exec_driver_sql("UPDATE chunks SET words = ? WHERE id = ?", analysed)
        after = rows[-1][0]
