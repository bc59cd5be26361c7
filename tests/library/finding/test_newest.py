"""A question for nothing but what is new is answered with what was shared last."""

from datetime import timedelta

import pytest

from learncomm_agent.chat.audience import Readable
from learncomm_agent.chat.messages import Room, RoomId, RoomRef
from learncomm_agent.chat.people import CommunityId, SpaceRef
from learncomm_agent.house import House
from learncomm_agent.library.resources import Found, Place, Reading, ResourceKind, Section, Share
from learncomm_agent.library.search import Query
from learncomm_agent.storage import communities, rooms
from learncomm_agent.storage.database import Connection
from learncomm_agent.testing.clock import ManualClock


async def add(
    house: House, community: CommunityId, source: str, text: str, room: RoomId | None = None
) -> None:
    kind = ResourceKind.CONVERSATION if source == "talk" else ResourceKind.TEXT
    reading = Reading(source, kind, source, (Section(text, Place()),))
    await house.adding.add(community, [reading], Share(room=room))


@pytest.fixture
async def hall(house: House, community: CommunityId, clock: ManualClock) -> RoomId:
    def write(conn: Connection) -> RoomId:
        ref = SpaceRef("fake", "home")
        space = communities.add_space(conn, community, ref)
        return rooms.ensure(conn, community, space, Room(RoomRef(ref, "hall"), "hall"))

    hall = await house.database.write(write)
    await add(house, community, "guides/new", "What is new this week: a guide to what is new.")
    await add(house, community, "old", "What is new this week: nothing.")
    await clock.advance(timedelta(days=40).total_seconds())
    await add(house, community, "talk", "Ann: What is new this week?", hall)
    await add(house, community, "secret", "The key lies under the mat.", hall)
    await clock.advance(60)
    await add(house, community, "note", "Herons nest by the mill.")
    await add(house, community, "old", "What is new this week: nothing.", hall)
    return hall


async def find(house: House, community: CommunityId, text: str, *readable: RoomId) -> Found:
    return await house.search.find(Query(text, community, Readable(frozenset(readable))))


NEW = (
    "What's new this week?",
    "what is new",
    "Anything new in the library today?",
    "was ist neu diese Woche",
    "Was gibt es Neues in der Bibliothek?",
    "the latest links, please",
)


@pytest.mark.parametrize("has_vectors", [False, True])
async def test_the_newest_shares_that_may_be_read_come_first(
    house: House, community: CommunityId, hall: RoomId, has_vectors: bool
) -> None:
    if has_vectors:
        await house.work.drain()
    for text in NEW:
        inside = await find(house, community, text, hall)
        assert [each.source for each in inside.passages] == ["note", "secret", "old"], text
        outside = await find(house, community, text)
        assert [each.source for each in outside.passages] == ["note", "old"], text
        assert outside.passages[0].parts["recency"] > outside.passages[1].parts["recency"]


async def test_with_other_words_these_are_looked_for_and_the_words_for_newness_are_not(
    house: House, community: CommunityId, hall: RoomId
) -> None:
    found = await find(house, community, "what's new about herons this week")
    assert [each.source for each in found.passages] == ["note"]
    assert "recency" in found.passages[0].parts
    assert not (await find(house, community, "what's new about zebras this week")).passages


async def test_guides_alone_are_nothing_new(house: House, community: CommunityId) -> None:
    await add(house, community, "guides/new", "What is new this week: a guide.")
    assert not (await find(house, community, "what's new")).passages
