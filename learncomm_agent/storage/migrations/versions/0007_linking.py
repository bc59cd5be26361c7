"""Codes that link accounts; rights stand with the account that has them, no longer with its member.

Written out, so that it makes the same tables whatever later versions look like.
"""

from alembic import op

revision = "0007"
down_revision = "0006"

CHANGES = """
ALTER TABLE accounts ADD COLUMN is_leader BOOLEAN NOT NULL DEFAULT '0';
UPDATE accounts SET is_leader = COALESCE(
    (SELECT members.is_leader FROM members WHERE members.id = accounts.member_id), 0
);
ALTER TABLE members DROP COLUMN is_leader;
CREATE INDEX accounts_of_member ON accounts (member_id);

CREATE TABLE link_codes (
    account_id INTEGER NOT NULL,
    room_id INTEGER NOT NULL,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    language TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (account_id),
    FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE,
    FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE
);

CREATE TABLE link_tries (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id INTEGER NOT NULL,
    tried_at BIGINT NOT NULL,
    FOREIGN KEY(account_id) REFERENCES accounts (id) ON DELETE CASCADE
);
CREATE INDEX link_tries_by_time ON link_tries (tried_at);
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in CHANGES.split(";"):
        if statement.strip():
            op.execute(statement)
