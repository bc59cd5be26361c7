"""Whether a store that nobody has open holds together: SQL, full text and vectors, both ways."""

import sqlite3
from contextlib import closing
from pathlib import Path

from learncomm_agent.storage.chroma import ChromaFolder
from learncomm_agent.storage.store import DATABASE, VECTORS


def unsound_rows(data: Path) -> list[str]:
    """Return what does not fit within SQL, at any moment, also right after a kill."""
    with closing(sqlite3.connect(data / DATABASE)) as conn:
        conn.execute("PRAGMA query_only = ON")

        def ids(sql: str) -> set[int]:
            return {row[0] for row in conn.execute(sql)}

        resources, messages = ids("SELECT id FROM resources"), ids("SELECT id FROM messages")
        chunks, words = ids("SELECT id FROM chunks"), ids("SELECT id FROM chunks_fts_docsize")
        owners = ids("SELECT resource_id FROM chunks")
        found = {
            "broken": {row[0] for row in conn.execute("PRAGMA integrity_check")} - {"ok"},
            "without what they refer to": conn.execute("PRAGMA foreign_key_check").fetchall(),
            "passages without full text": chunks - words,
            "full text without passages": words - chunks,
            "resources without passages": resources - owners,
            "resources that nobody shares": resources - ids("SELECT resource_id FROM shares"),
            "lines on what is gone": [
                *ids("SELECT resource_id FROM rests_on WHERE resource_id IS NOT NULL") - resources,
                *ids("SELECT message_id FROM rests_on WHERE message_id IS NOT NULL") - messages,
            ],
            "conversations without messages": ids("SELECT resource_id FROM windows")
            - ids("SELECT resource_id FROM window_messages"),
            "conversations of what is gone": ids(
                "SELECT message_id FROM window_messages JOIN messages ON id = message_id"
                " WHERE state <> 'kept'"
            ),
        }
    return [f"{name}: {sorted(map(str, each))[:5]}" for name, each in found.items() if each]


def unsound_words(data: Path) -> list[str]:
    """Return whether full text and passages say different things; writes, so only when all is done."""
    with closing(sqlite3.connect(data / DATABASE)) as conn:
        try:
            conn.execute("INSERT INTO chunks_fts(chunks_fts, rank) VALUES ('integrity-check', 1)")
        except sqlite3.DatabaseError as error:
            return [f"full text: {error}"]
    return []


def unsound_vectors(data: Path) -> list[str]:
    """Return passages without a vector and vectors without a passage; of the newest collections."""
    with closing(sqlite3.connect(data / DATABASE)) as conn:
        newest = "SELECT community_id, max(generation) FROM collections GROUP BY community_id"
        wanted = {
            community: {
                str(row[0])
                for row in conn.execute("SELECT id FROM chunks WHERE community_id = ?", [community])
            }
            for community, _ in conn.execute(newest).fetchall()
        }
    client = ChromaFolder(data / VECTORS).open()
    try:
        held = {
            int(collection.name.removeprefix("c").split("-")[0].split("_")[0]): set(
                collection.get(include=[])["ids"]
            )
            for collection in client.list_collections()
        }
    finally:
        client.close()
    found = {
        "passages without vectors": [
            (c, i) for c in wanted for i in wanted[c] - held.get(c, set())
        ],
        "vectors without passages": [(c, i) for c in held for i in held[c] - wanted.get(c, set())],
    }
    return [f"{name}: {sorted(map(str, each))[:5]}" for name, each in found.items() if each]
