"""Threads are shown to whoever may read the room that they branch from."""

from datetime import UTC, datetime

from learncomm_agent.chat.messages import Room, RoomId, RoomKind, RoomRef
from learncomm_agent.chat.people import SpaceRef
from learncomm_agent.storage import branches, communities, rooms
from learncomm_agent.storage.database import Connection, Database

HERE, THERE = SpaceRef("fake", "here"), SpaceRef("fake", "there")
HALL = RoomRef(HERE, "hall")
THREAD = RoomKind.THREAD


async def test_a_room_brings_its_threads_and_those_of_no_other(database: Database) -> None:
    kept = {
        "hall": Room(HALL, "Hall"),
        "branch": Room(RoomRef(HERE, "branch"), "Branch", THREAD, HALL),
        "alone": Room(RoomRef(HERE, "alone"), "Private", THREAD),
        "den": Room(RoomRef(HERE, "den"), "Den"),
        "of the den": Room(RoomRef(HERE, "aside"), "Aside", THREAD, RoomRef(HERE, "den")),
        "elsewhere": Room(RoomRef(THERE, "branch"), "Branch", THREAD, RoomRef(THERE, "hall")),
    }

    def keep(conn: Connection) -> dict[str, RoomId]:
        now = datetime(2026, 1, 5, tzinfo=UTC)
        community = communities.ensure(
            conn, "home", name="Home", language="en", timezone="UTC", now=now
        ).id
        found = {space: communities.add_space(conn, community, space) for space in (HERE, THERE)}
        return {
            name: rooms.ensure(conn, community, found[room.ref.space], room)
            for name, room in kept.items()
        }

    ids = await database.write(keep)
    shown = await database.read(lambda conn: branches.readable(conn, [HALL]).rooms)
    assert shown == {ids["hall"], ids["branch"]}
    assert await database.read(lambda conn: branches.readable(conn, []).rooms) == frozenset()
    thread = kept["branch"].ref
    shown = await database.read(lambda conn: branches.readable(conn, [thread]).rooms)
    assert shown == {ids["branch"]}
