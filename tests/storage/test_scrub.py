"""What was deleted is in none of the files any more."""

from datetime import UTC, datetime
from random import Random

import pytest
import sqlalchemy as sa

from learncomm_agent.chat.people import CommunityId
from learncomm_agent.errors import StorageError
from learncomm_agent.storage import communities, lexical
from learncomm_agent.storage.database import Connection, Database
from learncomm_agent.storage.schema import chunks, resources

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def word(number: int) -> str:
    return f"confidential{number:04}x"


def add(conn: Connection, number: int, length: int) -> None:
    """Put a resource of one chunk, that repeats its own word, into the library and its full text."""
    community = communities.ensure(conn, "home", name="", language="", timezone="", now=NOW).id
    text = f"{word(number)} " * length
    row = {"source": "", "kind": "", "title": "", "hash": "", "revision": 0, "text": text}
    conn.execute(
        sa.insert(resources).values(
            id=number, community_id=community, added_at=NOW, changed_at=NOW, **row
        )
    )
    conn.execute(sa.insert(chunks).values(chunk(number, community, text)))
    lexical.add(conn, number)


def chunk(number: int, community: CommunityId, text: str) -> dict[str, object]:
    return {
        "community_id": community,
        "resource_id": number,
        "ordinal": 0,
        "start": 0,
        "end": len(text),
        "context": "",
        "text": text,
        "place": {},
        "hash": "",
        "words": text,
    }


def remove(conn: Connection, number: int) -> None:
    lexical.remove(conn, number)
    conn.execute(sa.delete(resources).where(resources.c.id == number))


def held(database: Database) -> bytes:
    """The bytes of all files of the database."""
    files = database.path.parent.glob(f"{database.path.name}*")
    return b"".join(file.read_bytes() for file in files)


async def test_deleted_words_are_in_no_file_after_a_scrub(database: Database) -> None:
    random, numbers = Random(7), list(range(1, 400))
    random.shuffle(numbers)
    gone: list[int] = []
    for begin in range(0, len(numbers), 20):
        some = numbers[begin : begin + 20]
        doomed = random.sample(numbers[: begin + 20], 8)

        def write(conn: Connection, some: list[int] = some, doomed: list[int] = doomed) -> None:
            for number in some:
                add(conn, number, random.randint(1, 60))
            for number in doomed:
                remove(conn, number)

        await database.write(write)
        gone += doomed
    await database.scrub()
    files = held(database)
    assert not [number for number in gone if word(number).encode() in files]
    assert word(next(iter(set(numbers) - set(gone)))).encode() in files


async def test_a_scrub_leaves_the_rest_to_be_found(database: Database) -> None:
    def write(conn: Connection) -> None:
        for number in (1, 2, 3):
            add(conn, number, 2)
        remove(conn, 2)

    await database.write(write)
    await database.scrub()
    found = sa.text("SELECT rowid FROM chunks_fts WHERE chunks_fts MATCH :word")

    def search(conn: Connection) -> list[list[int]]:
        return [list(conn.execute(found, {"word": word(number)}).scalars()) for number in (1, 2, 3)]

    assert await database.read(search) == [[1], [], [3]]


async def test_a_scrub_waits_its_turn_and_others_follow(database: Database) -> None:
    await database.write(lambda conn: add(conn, 1, 1))
    await database.scrub()
    await database.write(lambda conn: add(conn, 2, 1))
    await database.scrub()


async def test_a_scrub_that_fails_is_an_error_and_the_writer_goes_on(database: Database) -> None:
    await database.write(lambda conn: conn.exec_driver_sql("DROP TABLE chunks_fts"))
    with pytest.raises(StorageError):
        await database.scrub()
    await database.write(lambda conn: None)
