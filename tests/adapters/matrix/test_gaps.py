"""What is told twice: nothing is news twice, and no state falls back behind what was told."""

from typing import Any

from learncomm_matrix.connection.answers import JoinedRoom, Sync
from learncomm_matrix.connection.gaps import Gaps
from learncomm_matrix.connection.homeserver import Homeserver
from learncomm_matrix.directory.state import RoomState
from tests.adapters.matrix.broken_server import broken
from tests.adapters.matrix.following_world import Quick, options

ROOM = "!room:x"


def event(type: str, id: str, key: str | None = None, **content: Any) -> dict[str, Any]:
    sent = {"type": type, "event_id": id, "sender": "@ann:x", "origin_server_ts": 1}
    return {**sent, "content": content, **({} if key is None else {"state_key": key})}


async def test_a_sync_that_begins_with_older_state_takes_back_nothing() -> None:
    create = event("m.room.create", "$c", "", room_version="11")
    invite = event("m.room.member", "$i", "@bot:x", membership="invite")
    join = {
        **event("m.room.member", "$j", "@bot:x", membership="join"),
        "unsigned": {"prev_content": {"membership": "invite"}, "replaces_state": "$i"},
    }
    said, named = event("m.room.message", "$m"), event("m.room.name", "$n", "", name="hall")
    first = Sync("s1", (JoinedRoom(ROOM, (), (create, invite, join, said)),))
    again = Sync("s2", (JoinedRoom(ROOM, (create, invite), (join, said, named)),))
    async with broken() as server:
        homeserver = Homeserver(options(server.url, "token"))
        await homeserver.open()
        gaps = Gaps(homeserver, Quick())
        told, _ = await gaps.filled_in(first, "s0")
        gaps.kept(told)
        told, _ = await gaps.filled_in(again, "s1")
        await homeserver.close()
    (room,) = told.joined
    state = RoomState(ROOM)
    for each in (*room.state, *room.timeline):
        state.apply(each)
    assert state.joined == {"@bot:x"} and state.name == "hall"
    assert [each["event_id"] for each in room.timeline] == ["$n"]
